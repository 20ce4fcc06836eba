"""The fold: each character to the characters it stands for, whatever its neighbours are.

A fold that looks at no neighbour gives the same text for any cutting of a stream. It is NFKD
without the general combining marks, default-ignorables and controls, casefolded, with letter
shapes that Unicode leaves alone and with Han variants, traditional forms and radicals read as the
common character. Ideographic punctuation keeps its form. It is a key to match by, not to show.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from classifiers.text.letters import SHAPES
from classifiers.text.tables import many_to_one

_KEPT = "，。！？、：；“”‘’（）《》【】…—·　"
"""Punctuation of ordinary text: common in every sentence, and a separator either way."""

_IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\ufffc")
"""Blank characters that are no format characters by category (DerivedCoreProperties.txt)."""

_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0000-\U000e0fff\u180b-\u180f\u302a-\u302f]"
)
"""Marks that decorate. Marks that spell (Devanagari, Thai, kana voicing) stay."""

_HAN = many_to_one("han")

SAFE_HAN = "".join(chr(code) for code in range(0x4E00, 0x9FA6) if chr(code) not in _HAN)


def _ranges(chars: str) -> str:
    """The characters as the inside of a regex set, runs as ranges."""
    spans: list[list[int]] = []
    for code in map(ord, chars):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans)


_SAFE_SET = f"\\t\\n\\r -~{_ranges(_KEPT + SAFE_HAN)}"
_SAFE = re.compile(f"[{_SAFE_SET}]*")
_SAFE_ASCII = bytes([9, 10, 13, *range(32, 127)])

Codes = NDArray[np.uint32]


def is_plain(text: str) -> bool:
    """Whether nothing in the text needs folding but letter case."""
    if text.isascii():
        return not text.encode().translate(None, _SAFE_ASCII)
    return _SAFE.fullmatch(text) is not None


def is_mark(char: str) -> bool:
    """Whether the character only decorates the one before it."""
    return _MARKS.match(char) is not None


class _Folds(dict[str, str]):
    """Folds of single characters, worked out on first sight; bounded by Unicode itself."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = "".join(map(_settled, unicodedata.normalize("NFKD", char)))
        return folded


def _settled(char: str) -> str:
    if char in "\t\n\r":
        return char
    if char in _IGNORABLE or _MARKS.match(char) or unicodedata.category(char) in ("Cc", "Cf", "Cs"):
        return ""
    lowered = unicodedata.normalize("NFKD", SHAPES.get(char, char).casefold())
    return "".join(SHAPES.get(c, _HAN.get(c, c)) for c in lowered if not _MARKS.match(c))


_FOLDS = _Folds({char: char for char in _KEPT})


def fold_char(char: str) -> str:
    """What one character folds to: nothing, one character, or several."""
    return _FOLDS[char]


class _Codes(dict[int, str]):
    """`_FOLDS` by code point; letters that need no folding but for case are there as well."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        found = self[code] = char.lower() if _SAFE.fullmatch(char) else _FOLDS[char]
        return found


_CODES = _Codes()


def folded(text: str) -> str:
    """The fold of every character, one behind the other."""
    if len(text) < _SHORT:
        return text.translate(_CODES)
    found = _looked_up(codes_of(text))
    if (found == _MANY).any():
        return text.translate(_CODES)
    return text_of_codes(found[found != _NONE])


def fold_lengths(text: str) -> Codes:
    """How many characters each one folds to."""
    codes = codes_of(text)
    found = _looked_up(codes)
    lengths: Codes = (found != _NONE).astype(np.uint32)
    many = np.flatnonzero(found == _MANY)
    lengths[many] = [len(fold_char(chr(code))) for code in codes[many].tolist()]
    return lengths


def marks(text: str) -> NDArray[np.bool_] | None:
    """Which characters only decorate the one before them; None where none does."""
    if text.isascii() or _MARKS.search(text) is None:
        return None
    codes = codes_of(text)
    found = np.zeros(len(codes), bool)
    for code in np.unique(codes[codes > 0x2FF]).tolist():
        if is_mark(chr(code)):
            found |= codes == code
    return found


def codes_of(text: str) -> Codes:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def text_of_codes(codes: Codes) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


_SHORT = 192
"""Characters below which one look-up after the other is faster than arrays."""
_NONE, _MANY = 0x110000, 0x110001
_TABLE: Codes = np.zeros(0x110000, np.uint32)
"""The one character that each folds to, `_NONE` or `_MANY`; 0 where it was never asked for.

Only the pages that are written to take memory.
"""


def _looked_up(codes: Codes) -> Codes:
    """What stands in `_TABLE` for these characters, once it knows them."""
    found = _TABLE[codes]
    if not found.all():
        for code in np.unique(codes[found == 0]).tolist():
            fold = _CODES[code]
            _TABLE[code] = ord(fold) if len(fold) == 1 else _MANY if fold else _NONE
        found = _TABLE[codes]
    return found
