"""The evasion suite: every way of hiding words that we know of, made from a seed.

`disguises` hides a term, `forms` says how Chinese terms are written otherwise, `words` are the
placeholder terms and the sentences they stand in, `twins` are texts that must be left alone, and
`suite` puts them together. The tests hold the classifiers to it, `benchmarks/disguises.py` counts.
"""
