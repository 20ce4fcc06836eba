"""Text without its separators: the key that words are looked up in, however they are spaced.

Text with other than ASCII is worked on as an array of UTF-16 code units, several times faster than
character by character; the rare text with characters beyond the Basic Multilingual Plane is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, count

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.uint16]

_PLANE = 0x10000
_ASCII_SEPARATORS = bytes(code for code in range(128) if not chr(code).isalnum())
_IN_KEY = np.fromiter((chr(code).isalnum() for code in range(_PLANE)), bool, _PLANE)


def units_of(text: str) -> Units | None:
    """The UTF-16 code units of a text; None where a character takes two."""
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    return units if len(units) == len(text) else None


def text_of(units: Units) -> str:
    return units.tobytes().decode("utf-16-le", "surrogatepass")


def squeeze(text: str) -> str:
    """The letters, digits and ideographs of a text, in order."""
    if text.isalnum():
        return text
    if text.isascii():
        return text.encode().translate(None, _ASCII_SEPARATORS).decode()
    units = units_of(text)
    if units is None:
        return "".join(filter(str.isalnum, text))
    return text_of(units[_IN_KEY[units]])


def places(text: str) -> Sequence[int]:
    """For each character of `squeeze(text)`, where it stands in `text`."""
    if text.isalnum():
        return range(len(text))
    units = units_of(text)
    if units is None:
        return list(compress(count(), map(str.isalnum, text)))
    return memoryview(np.flatnonzero(_IN_KEY[units]))


def in_token(char: str) -> bool:
    """Whether the character is of a script that writes words apart, so that edges count."""
    return char < "\u2e80" and char.isalnum()
