"""Implicit labels in files: one module per family, each writing where its TC260 guide says.

    marking.py    the way in: write a label, read it back, keep the one that is there
    families.py   which family a file belongs to
    medium.py     what each family provides
    xmp.py        the packet that pictures carry

Writers move bytes: no picture or sound is encoded anew, and what a file says of itself stays.
"""
