"""Folded text to be searched, and the way from its bytes back to the original characters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

from classifiers.patterns.family import LOOKBACK, Candidate
from classifiers.prefix import SEPARATOR
from classifiers.text.view import View

_GAP = SEPARATOR.encode()

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a haystack: a view of an original text."""

    start: int
    """The byte of the haystack at which the view's text begins."""
    view: View
    original: str
    offset: int = 0
    """Where `original` begins in the text that the view maps to."""


class Haystack:
    """Folded text as bytes, and the way home. It must begin with a separator or a left context."""

    def __init__(self, data: bytes, pieces: list[Piece]) -> None:
        self.data = data
        self.pieces = pieces
        self._mark = (-1, 0, 0)
        """A piece, a byte in it and the character there: where the last look-up was."""

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def context(self, at: int) -> int:
        """The byte at which the character before `at` begins."""
        at -= 1
        while self.data[at] & 0xC0 == 0x80:
            at -= 1
        return at

    def after(self, at: int) -> int:
        """The byte at which the character after the one at `at` begins."""
        at += 1
        while at < len(self.data) and self.data[at] & 0xC0 == 0x80:
            at += 1
        return at

    def candidate(self, start: int, end: int) -> Candidate:
        before = self.data[max(0, start - 4 * LOOKBACK) : start]
        before = before[before.rfind(_GAP) + 1 :]
        return Candidate(
            self.data[start:end].decode(), before.decode("utf-8", "ignore")[-LOOKBACK:]
        )

    def piece_at(self, byte: int) -> int:
        """The index of the piece that holds a byte."""
        return bisect_right(self._starts, byte) - 1

    def begin(self, byte: int) -> int:
        """Where the original of the character at a byte begins."""
        index = self.piece_at(byte)
        return self.pieces[index].view.begins[self._char(index, byte)]

    def span(self, start: int, end: int) -> Span:
        """The original characters under the bytes `[start, end)`."""
        begin, last = self.begin(start), self.piece_at(end - 1)
        return begin, self.pieces[last].view.ends[self._char(last, end) - 1]

    def cased(self, start: int, end: int) -> str:
        """The text under the bytes in its own letter case, widths folded, invisibles left out."""
        begins = [*self._original_places(start, end)]
        return "".join(normalize("NFKC", char) for char in begins)

    def _original_places(self, start: int, end: int) -> Iterator[str]:
        for index in range(self.piece_at(start), self.piece_at(end - 1) + 1):
            piece = self.pieces[index]
            first = self._char(index, max(start, piece.start))
            stop = self._starts[index + 1] if index + 1 < len(self.pieces) else len(self.data)
            last = self._char(index, min(end, stop))
            for place in dict.fromkeys(piece.view.begins[first:last]):
                yield piece.original[place - piece.offset]

    def _char(self, index: int, byte: int) -> int:
        """The character of a piece that begins at a byte; cheap when asked in rising order."""
        marked, at, char = self._mark
        if marked != index:
            at, char = self.pieces[index].start, 0
        if byte >= at:
            char += len(self.data[at:byte].decode())
        else:
            char -= len(self.data[byte:at].decode())
        self._mark = (index, byte, char)
        return char
