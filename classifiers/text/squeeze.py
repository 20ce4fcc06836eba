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
_SHORT = 64
"""Characters below which an array costs more than it saves."""
_ASCII_SEPARATORS = bytes(code for code in range(128) if not chr(code).isalnum())
_ASCII_IN_KEY = bytes(chr(code).isalnum() for code in range(128)) + bytes(128)
_IN_KEY = np.fromiter((chr(code).isalnum() for code in range(_PLANE)), bool, _PLANE)


def units_of(text: str) -> Units | None:
    """The UTF-16 code units of a text; None where a character takes two."""
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    return units if len(units) == len(text) else None


def text_of(units: Units) -> str:
    return units.tobytes().decode("utf-16-le", "surrogatepass")


class Squeezed:
    """The letters, digits and ideographs of a text, in order."""

    __slots__ = ("_kept", "_places", "_text", "key", "units")

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: Sequence[int] | None = None
        self._kept: NDArray[np.bool_] | None = None
        self.units: Units | None = None
        """Of the key; None where it is ASCII, or not to be had."""
        if text.isascii():
            self.key = text.encode().translate(None, _ASCII_SEPARATORS).decode()
        elif len(text) >= _SHORT and (units := units_of(text)) is not None:
            self._kept = _IN_KEY[units]
            self.units = units[self._kept]
            self.key = text_of(self.units)
        else:
            self.key = "".join(filter(str.isalnum, text))

    @property
    def places(self) -> Sequence[int]:
        """For each character of the key, where it stands in the text."""
        if self._places is None:
            self._places = self._found_places()
        return self._places

    def _found_places(self) -> Sequence[int]:
        if len(self.key) == len(self._text):
            return range(len(self.key))
        if self._kept is not None:
            return _numbers(self._kept)
        if self._text.isascii():
            return _numbers(np.frombuffer(self._text.encode().translate(_ASCII_IN_KEY), bool))
        return list(compress(count(), map(str.isalnum, self._text)))


def _numbers(kept: NDArray[np.bool_]) -> Sequence[int]:
    """Where it says yes, as plain integers when they are taken out."""
    return memoryview(kept.nonzero()[0].data)


def squeeze(text: str) -> str:
    """The letters, digits and ideographs of a text, in order."""
    return Squeezed(text).key


def in_token(char: str) -> bool:
    """Whether the character is of a script that writes words apart, so that edges count."""
    return char < "\u2e80" and char.isalnum()
