"""Which of many strings of octets are text, and in which encoding: looked at all at once.

A text may hold thousands of tokens that could be encoded words, and hardly any are. So all strings
stand in one array, with zeros between them, and every question is asked of the whole array.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from classifiers.text.fold import Codes, codes_of
from classifiers.text.tables import many_to_one

Octets = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

_PRINTABLE = 0.85
"""Share of its characters that must be such as people write."""
_STRAY = 0.05
"""Share of controls in what is read as GB 18030: nearly any octets are something in it."""
_SAMPLE = 1024
"""Octets that tell text from chance, in an encoding that chance fits as well."""
MOST_INFLATED = 65_536
"""Characters that are read of what is compressed, of all strings together."""


class Strings:
    """Strings of octets in one array: each at an even place, four zeros and more behind it."""

    def __init__(self, data: Octets, starts: Counts, lengths: Counts) -> None:
        self.data = data
        self.starts = starts
        self.lengths = lengths

    @classmethod
    def of(cls, strings: Sequence[bytes]) -> Strings:
        lengths = np.array([len(string) for string in strings], np.int64)
        padded = [string + _ZEROS[len(string) & 1] for string in strings]
        sizes = lengths + 4 + (lengths & 1)
        return cls(np.frombuffer(b"".join(padded), np.uint8), np.cumsum(sizes) - sizes, lengths)

    def string(self, number: int) -> bytes:
        first = int(self.starts[number])
        return self.data[first : first + int(self.lengths[number])].tobytes()

    def some(self, wanted: Flags) -> Strings:
        """Those of the strings that are wanted."""
        if wanted.all():
            return self
        sizes = np.diff(self.starts, append=len(self.data))
        kept = sizes[wanted]
        data = self.data[np.repeat(wanted, sizes)]
        return Strings(data, np.cumsum(kept) - kept, self.lengths[wanted])

    def cut(self, most: int) -> Strings:
        """The strings, each no longer than `most` octets."""
        if self.lengths.max(initial=0) <= most:
            return self
        return Strings.of([self.string(at)[:most] for at in range(len(self.lengths))])


_ZEROS = (bytes(4), bytes(5))


class Texts:
    """The texts that were read, by the number of their string."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.cut = False
        """Whether one said more than was read of it."""


def texts_of(strings: Strings) -> Texts:
    """Every string that is text: in UTF-8, or else in GB 18030 or UTF-16; also what is gzipped."""
    texts = Texts()
    if not len(strings.lengths):
        return texts
    strings = _inflated(strings, texts)
    every = np.arange(len(strings.lengths))
    sure = np.zeros(len(every), bool)
    likely = _may_be_utf8(strings)
    numbers = every[likely]
    for at, text in _read(strings.some(likely), "utf-8", _whole()):
        texts.found.append((int(numbers[at]), text))
        sure[numbers[at]] = True
    others, left = strings.some(~sure), every[~sure]
    samples = others.cut(_SAMPLE)
    for encoding in ("gb18030", "utf-16-le", "utf-16-be"):
        likely = _may_be(samples, encoding)
        numbers = np.flatnonzero(likely)
        for at, text in _read(samples.some(likely), encoding, _common()):
            number = int(numbers[at])
            if others.lengths[number] > _SAMPLE:
                text = others.string(number).decode(encoding, "replace")
            texts.found.append((int(left[number]), text))
    return texts


def _inflated(strings: Strings, texts: Texts) -> Strings:
    """The strings with what is gzipped read, as far as there is room."""
    first = strings.data[strings.starts], strings.data[strings.starts + 1]
    packed = np.flatnonzero((first[0] == 0x1F) & (first[1] == 0x8B)).tolist()
    if not packed:
        return strings
    room = MOST_INFLATED
    read = [strings.string(number) for number in range(len(strings.lengths))]
    for number in packed:
        inflater = zlib.decompressobj(31)
        try:
            read[number] = inflater.decompress(read[number], room) if room else b""
        except zlib.error:
            continue
        texts.cut |= not room or bool(inflater.unconsumed_tail)
        room -= len(read[number])
    return Strings.of(read)


def _may_be_utf8(strings: Strings) -> Flags:
    """Whether few enough octets are such as UTF-8 text has none of, where they stand."""
    data = strings.data
    odd = _ODD[data]
    odd[1:] |= (data[1:] & 0xC0 == 0x80) & (data[:-1] < 0x80)
    return _counted(odd, strings) <= (1 - _PRINTABLE) * strings.lengths


def _may_be(strings: Strings, encoding: str) -> Flags:
    """Whether few enough octets are such as text in this encoding has none of."""
    if encoding == "gb18030":
        odd = _counted(_NEVER_GB[strings.data], strings)
        return odd <= _STRAY * strings.lengths
    # High octets of Hebrew to Vedic, Yi and Hangul: none of it folds to Latin or Han.
    high = _FAR[strings.data]
    high[0 if encoding == "utf-16-le" else 1 :: 2] = False
    far = _counted(high, strings)
    return 2 * far <= (1 - _PRINTABLE) * strings.lengths


def _counted(flags: Flags, strings: Strings) -> Counts:
    """How many of each string's octets are flagged."""
    sums: Counts = np.concatenate(([0], np.cumsum(flags)))
    counts: Counts = sums[strings.starts + strings.lengths] - sums[strings.starts]
    return counts


def _read(strings: Strings, encoding: str, good: Flags) -> Iterator[tuple[int, str]]:
    """The strings that are mostly characters of `good` in this encoding."""
    if not len(strings.lengths):
        return
    data = strings.data
    if encoding.startswith("utf-16"):
        units = data.view(np.uint16)
        inside = _inside(strings)[::2]
        data = np.where((units == 0) & inside, _ONE[encoding], units).view(np.uint8)
    else:
        data = np.where((data == 0) & _inside(strings), 1, data).astype(np.uint8)
    text = data.tobytes().decode(encoding, "replace")
    codes = codes_of(text)
    filled = np.concatenate(([False], codes != 0, [False]))
    steps = np.flatnonzero(filled[1:] != filled[:-1])
    starts, ends = steps[::2], steps[1::2]
    sums = np.concatenate(([0], np.cumsum(good[codes])))
    lengths = ends - starts
    fits = (lengths >= 2) & (sums[ends] - sums[starts] >= _PRINTABLE * lengths)
    if encoding != "utf-8":
        fits &= _mixed(codes, starts, ends) <= np.maximum(2, lengths // 4)
    for at in np.flatnonzero(fits).tolist():
        yield at, text[starts[at] : ends[at]]


def _mixed(codes: Codes, starts: Counts, ends: Counts) -> Counts:
    """How often each stretch goes from Han to ASCII or back; chance does so all the time."""
    han, ascii_ = codes >= 0x2E80, (codes > 0x20) & (codes < 0x7F)
    steps = (han[1:] & ascii_[:-1]) | (ascii_[1:] & han[:-1])
    sums: Counts = np.concatenate(([0], np.cumsum(steps)))
    counts: Counts = sums[ends - 1] - sums[starts]
    return counts


def _inside(strings: Strings) -> Flags:
    """Which octets belong to a string, and which stand between two."""
    steps = np.zeros(len(strings.data) + 1, np.int8)
    steps[strings.starts] = 1
    steps[strings.starts + strings.lengths] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def _flags(octets: Sequence[int]) -> Flags:
    flags = np.zeros(256, bool)
    flags[list(octets)] = True
    return flags


_ONE = {"utf-16-le": 0x0001, "utf-16-be": 0x0100}
"""The character U+0001, as a unit of either order."""
_CONTROLS = (*range(1, 8), *range(0x0E, 0x1B), *range(0x1C, 0x20))
_ODD = _flags((*_CONTROLS, 0xC0, 0xC1, *range(0xF5, 0x100)))
"""Octets that are no part of UTF-8 text wherever they stand."""
_NEVER_GB = _flags((*_CONTROLS, 0x7F, 0xFF))
_FAR = _flags((*range(0x05, 0x1D), *range(0xA0, 0xA6), *range(0xAC, 0xD8)))
_BROKEN = re.compile("[\ufffd\x01-\x07\x0e-\x1a\x1c-\x1f\x80-\x9f\ue000-\uf8ff]")
"""What text has none of: bytes that fit nothing, and controls but those that move a cursor."""


@cache
def _whole() -> Flags:
    """The characters that are not broken."""
    good = np.ones(0x110000, bool)
    good[[0, *map(ord, _BROKEN.findall("".join(map(chr, range(0x10000)))))]] = False
    return good


@cache
def _common() -> Flags:
    """The characters of GB 2312 and those that are read as one of them."""
    rows = "".join(
        bytes((row, cell)).decode("gb2312", "ignore")
        for row in range(0xA1, 0xF8)
        for cell in range(0xA1, 0xFF)
    )
    known = {*rows, *map(chr, range(0x20, 0x7F)), *"\t\n\r\ufeff"}
    good = np.zeros(0x110000, bool)
    folds = many_to_one("han")
    good[[ord(char) for char in {*known, *(s for s, t in folds.items() if t in known)}]] = True
    return good
