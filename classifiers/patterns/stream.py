"""Patterns over a growing text: what is found, and how far the text may leave.

After each delta one pass over the new characters says which families can have a match in them or
one under way. In ordinary text there are none, and all of the text is safe. A family with a match
under way is looked at again from where that match began, until it is one or can be none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classifiers.linear import AnyOf, characters
from classifiers.patterns.family import LOOKBACK, Family
from classifiers.patterns.haystack import Haystack, Piece, Span
from classifiers.patterns.matcher import Matcher
from classifiers.prefix import SEPARATOR
from classifiers.text.fold import is_plain
from classifiers.text.view import canonical
from classifiers.types import Failure, Finding

_GAP = SEPARATOR.encode()
_LOOKBACK_BYTES = 4 * LOOKBACK
_MANY = 4096
_STRIDE = 256
"""Nothing waits for families that hold nothing back, so they look at many deltas at once."""

MakeFinding = Callable[[int, Span, Family], Finding]


class Lane:
    """Families that are followed together in a stream, with one expression set over all of them."""

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self.matchers = tuple(matchers)
        begun = [matcher.begun for matcher in self.matchers]
        self._present = AnyOf([*begun, *(matcher.whole for matcher in self.matchers)])
        self._openings = characters([source for m in self.matchers for source in m.openings])

    def idle(self, last: str, text: str) -> bool:
        """Whether plain text after a last character has no match in it and none under way."""
        if self._openings is not None and self._openings.isdisjoint(text):
            return True
        return self._present.none((last + text).encode("utf-8", "replace"))

    def concerned(self, data: bytes) -> tuple[set[int], set[int]]:
        """The matchers that have a match under way at the end of the data, and one within it."""
        present = set(self._present.among(data))
        begun = present.intersection(range(len(self.matchers)))
        return begun, {index - len(self.matchers) for index in present - begun}


class LaneStream:
    """One growing text under one lane.

    At rest, with no match under way, it keeps a little context; else the text since that match.
    """

    def __init__(self, lane: Lane, make: MakeFinding) -> None:
        self._lane = lane
        self._make = make
        self._length = 0
        self._context = SEPARATOR
        """At rest, the last characters."""
        self._data = b""
        self._edge = 0
        """The byte at which the last character begins that no match under way needs."""
        self._pieces: list[Piece] = []
        self._under_way: dict[int, int] = {}
        """For each matcher with a match under way, the byte at which that begins."""
        self.safe = 0

    def feed(self, text: str) -> list[Finding]:
        if not self._under_way and self._passes(text):
            return []
        return self._look(text)

    def finish(self) -> list[Finding]:
        end = len(self._data)
        self._data += _GAP
        found = self._settle(end) if self._under_way else []
        self.safe = self._length
        return found

    def _passes(self, text: str) -> bool:
        """Whether text that needs no folding goes by without a match; the way of almost all."""
        if not is_plain(text) or not self._lane.idle(self._context[-1], text):
            return False
        self._context = (self._context + text)[-LOOKBACK:]
        self._length += len(text)
        self.safe = self._length
        return True

    def _look(self, text: str) -> list[Finding]:
        if not self._under_way:
            self._wake()
        view = canonical(text, self._length)
        start = len(self._data)
        self._data += view.text.encode("utf-8", "replace")
        self._pieces.append(Piece(start, view, text, self._length))
        self._length += len(text)
        return self._settle(start)

    def _settle(self, start: int) -> list[Finding]:
        """What the bytes from `start` on make certain."""
        text = Haystack(self._data, self._pieces)
        begun, whole = self._lane.concerned(self._data[self._edge :])
        found: list[tuple[Span, Family]] = []
        under_way: dict[int, int] = {}
        for index in whole:
            matcher = self._lane.matchers[index]
            spans, under_way[index] = matcher.advance(text, self._under_way.get(index, start))
            found += [(text.span(*span), matcher.family) for span in spans]
        for index in begun - whole:
            at = self._under_way.get(index, start)
            under_way[index] = self._lane.matchers[index].under_way(text, at)
        under_way = {index: at for index, at in under_way.items() if at < len(self._data)}
        self._under_way = under_way
        if under_way:
            self._hold(text)
        else:
            self._rest()
        found.sort(key=lambda entry: (entry[0], entry[1].name))
        return [self._make(0, *entry) for entry in found]

    def _hold(self, text: Haystack) -> None:
        """Keep the text from the earliest match under way, and some context before it."""
        first = min(self._under_way.values())
        self.safe = text.begin(first)
        self._edge = text.context(first)
        self._forget(self._edge - _LOOKBACK_BYTES)

    def _rest(self) -> None:
        """No match is under way: all of the text is safe, and only context is kept."""
        self.safe = self._length
        self._context = self._data[-_LOOKBACK_BYTES:].decode("utf-8", "ignore")[-LOOKBACK:]
        self._pieces.clear()

    def _wake(self) -> None:
        last = self._context[-1]
        self._data = self._context.lower().encode("utf-8", "replace")
        self._edge = len(self._data) - len(last.lower().encode("utf-8", "replace"))

    def _forget(self, before: int) -> None:
        """Drop bytes that nothing needs, once there are many."""
        if before < _MANY:
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

    def __init__(self, lanes: tuple[Lane, Lane], make: MakeFinding) -> None:
        held, free = lanes
        self._held = LaneStream(held, make)
        self._free = LaneStream(free, make)
        self._waiting: list[str] = []
        self._unseen = 0

    def feed(self, delta: str) -> list[Finding]:
        """Take more text; findings of families that hold nothing back may come later, in bulk."""
        found = self._held.feed(delta)
        self._waiting.append(delta)
        self._unseen += len(delta)
        return found + self._look_on() if self._unseen >= _STRIDE else found

    @property
    def failures(self) -> Sequence[Failure]:
        """None: an expression reads every text."""
        return ()

    def finish(self) -> list[Finding]:
        found = [*self._held.finish(), *self._look_on(), *self._free.finish()]
        return sorted(found, key=lambda finding: (finding.start, finding.end))

    @property
    def safe(self) -> int:
        return self._held.safe

    def _look_on(self) -> list[Finding]:
        text = "".join(self._waiting)
        self._waiting.clear()
        self._unseen = 0
        return self._free.feed(text)
