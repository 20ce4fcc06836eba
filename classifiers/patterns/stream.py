"""Patterns over a growing text: what is found, and how far the text may leave.

After each delta one pass over the new characters says which families can have a match in them or
one under way. In ordinary text there are none, and all of the text is safe. A family with a match
under way is looked at again from where that match began, until it is one or can be none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classifiers.linear import AnyOf
from classifiers.patterns.family import LOOKBACK
from classifiers.patterns.matcher import Haystack, Matcher, Piece, Span
from classifiers.prefix import SEPARATOR
from classifiers.text.view import ViewStream
from classifiers.types import Finding

_GAP = SEPARATOR.encode()
_LOOKBACK_BYTES = 4 * LOOKBACK

MakeFinding = Callable[[int, Span, str], Finding]


class Lane:
    """Families that are followed together in a stream, with one expression set over all of them."""

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self.matchers = tuple(matchers)
        begun = [matcher.begun for matcher in self.matchers]
        self._present = AnyOf([*begun, *(matcher.whole for matcher in self.matchers)])

    def concerned(self, data: bytes) -> set[int]:
        """The matchers that have a match in the data, or one under way at its end."""
        return {index % len(self.matchers) for index in self._present.among(data)}


class LaneStream:
    """One growing text under one lane. Looks at it once `stride` new characters have come."""

    def __init__(self, lane: Lane, make: MakeFinding, stride: int) -> None:
        self._lane = lane
        self._make = make
        self._stride = stride
        self._views = ViewStream()
        self._waiting: list[str] = []
        self._unseen = 0
        self._length = 0
        self._data = _GAP
        self._edge = 0
        """The byte at which the last character begins that no match under way needs."""
        self._pieces: list[Piece] = []
        self._under_way: dict[int, int] = {}
        """For each matcher with a match under way, the byte at which that begins."""
        self.safe = 0

    def feed(self, delta: str) -> list[Finding]:
        self._unseen += len(delta)
        self._waiting.append(delta)
        return self._look() if self._unseen >= self._stride else []

    def finish(self) -> list[Finding]:
        found = self._look()
        end = len(self._data)
        self._data += _GAP
        found += self._advance(end)
        self.safe = self._length
        return found

    def _look(self) -> list[Finding]:
        """Take in what waits."""
        text = self._waiting[0] if len(self._waiting) == 1 else "".join(self._waiting)
        self._waiting.clear()
        self._unseen = 0
        start = len(self._data)
        view = self._views.feed(text)
        self._data += view.text.encode("utf-8", "replace")
        self._pieces.append(Piece(start, view, text, self._length))
        self._length += len(text)
        return self._advance(start)

    def _advance(self, start: int) -> list[Finding]:
        """Settle what the bytes from `start` on make certain."""
        concerned = self._lane.concerned(self._data[self._edge :])
        if not concerned:
            self._rest()
            return []
        text = Haystack(self._data, self._pieces)
        found: list[tuple[Span, str]] = []
        under_way: dict[int, int] = {}
        for index in concerned:
            matcher = self._lane.matchers[index]
            spans, at = matcher.advance(text, self._under_way.get(index, start))
            found += [(text.span(*span), matcher.family.name) for span in spans]
            if at < len(self._data):
                under_way[index] = at
        self._under_way = under_way
        self._hold(text)
        return [self._make(0, *entry) for entry in sorted(found)]

    def _hold(self, text: Haystack) -> None:
        """Keep the text from the earliest match under way, and some context before it."""
        if not self._under_way:
            self._rest()
            return
        first = min(self._under_way.values())
        self.safe = text.begin(first)
        self._edge = text.context(first)
        self._forget(self._edge - _LOOKBACK_BYTES)

    def _rest(self) -> None:
        """No match is under way: all of the text is safe, and only context is kept."""
        self.safe = self._length
        self._under_way.clear()
        self._pieces.clear()
        self._data = self._data[-_LOOKBACK_BYTES:]
        self._edge = len(self._data) - 1
        while self._data[self._edge] & 0xC0 == 0x80:
            self._edge -= 1

    def _forget(self, before: int) -> None:
        """Drop bytes that nothing needs, once there are many."""
        if before < 4096:
            return
        self._data = self._data[before:]
        self._edge -= before
        self._under_way = {index: at - before for index, at in self._under_way.items()}
        self._pieces = [
            Piece(piece.start - before, piece.view, piece.original, piece.offset)
            for piece in self._pieces
        ]


class PatternStream:
    """One growing text under all families: those that hold it back, and those that only look on."""

    _STRIDE = 256
    """Nothing waits for families that hold nothing back, so they look at many deltas at once."""

    def __init__(self, lanes: tuple[Lane, Lane], make: MakeFinding) -> None:
        held, free = lanes
        self._held = LaneStream(held, make, stride=1)
        self._free = LaneStream(free, make, stride=self._STRIDE)

    def feed(self, delta: str) -> list[Finding]:
        """Take more text; findings of families that hold nothing back may come later, in bulk."""
        found = self._held.feed(delta)
        return found + self._free.feed(delta)

    def finish(self) -> list[Finding]:
        return sorted(self._held.finish() + self._free.finish(), key=lambda f: (f.start, f.end))

    @property
    def safe(self) -> int:
        return self._held.safe
