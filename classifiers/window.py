"""Long text as overlapping windows, whole or growing: what a classifier of short texts is given.

A window ends at the end of a sentence where there is one, and the first windows are small, so that
the beginning of a stream is not late. Where windows end depends on the text alone, so a growing
text is cut as the whole text would be, however it arrives. Every character is in a window.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"[。！？；.!?\n]")
_FIRST = 32
"""The first window brings a thirty-second of what later ones do, and each twice what the one
before it did: of 256 characters it brings 6, about two tokens, which is what a reader waits for."""
_LEAST = 4
"""A sentence may end a window that brings at least a quarter of what it could."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a text."""

    start: int
    end: int
    text: str


class WindowStream:
    """Cuts a growing text into windows of at most `size` characters."""

    def __init__(self, size: int, overlap: int | None = None) -> None:
        """`overlap`: how much of what came before each window repeats, a quarter by default.

        A match no longer than the overlap stands whole in some window.
        """
        overlap = size // 4 if overlap is None else overlap
        if not 0 <= overlap < size:
            raise ValueError(f"overlap {overlap} must be at least 0 and below the size {size}")
        self._overlap = overlap
        self._fresh = size - overlap
        self._limit = max(1, self._fresh // _FIRST)
        self._text = ""
        self._start = 0
        """Where `_text` begins in the whole text."""
        self._cut = 0
        """How much of `_text` has been in a window."""

    def feed(self, delta: str) -> list[Window]:
        """Take more text; return the windows that are now whole."""
        self._text += delta
        windows: list[Window] = []
        while (end := self._next_end()) is not None:
            windows.append(self._window(end))
        self._forget()
        return windows

    def finish(self) -> list[Window]:
        """The text ends here: what is left is the last window, if anything is."""
        return [self._window(len(self._text))] if self._cut < len(self._text) else []

    def _next_end(self) -> int | None:
        """Where the next window ends in `_text`, once that is certain."""
        full = self._cut + self._limit
        least = self._cut + max(1, self._limit // _LEAST)
        sentence = _SENTENCE_END.search(self._text, least - 1, full)
        if sentence:
            return sentence.end()
        return full if len(self._text) >= full else None

    def _window(self, end: int) -> Window:
        start = max(0, self._cut - self._overlap)
        self._cut = end
        self._limit = min(2 * self._limit, self._fresh)
        return Window(self._start + start, self._start + end, self._text[start:end])

    def _forget(self) -> None:
        """Drop the text that no window will repeat."""
        old = max(0, self._cut - self._overlap)
        self._text = self._text[old:]
        self._start += old
        self._cut -= old


def windows(text: str, size: int, overlap: int | None = None) -> list[Window]:
    """The windows of a whole text."""
    stream = WindowStream(size, overlap)
    return stream.feed(text) + stream.finish()


def covering(text: str, size: int, overlap: int | None = None) -> list[Window]:
    """As few windows as cover a whole text, ending with a sentence where one ends late in them.

    Nobody waits for the first of these, so unlike `windows` they are long from the start.
    """
    overlap = size // 4 if overlap is None else overlap
    found: list[Window] = []
    start = 0
    while len(text) - start > size:
        end = start + size
        # The last sentence end in the second half, where the window has one.
        ends = [match.end() for match in _SENTENCE_END.finditer(text, start + size // 2, end)]
        end = ends[-1] if ends else end
        found.append(Window(start, end, text[start:end]))
        start = end - overlap
    if start < len(text):
        found.append(Window(start, len(text), text[start:]))
    return found
