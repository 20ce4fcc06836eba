"""A reading of a text, and the way from each of its characters back to the original."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.text.fold import fold_lengths, folded, is_plain, marks

Places = Sequence[int]
"""A `range`, or numbers of an array (`places_of`): indexing gives plain integers."""
Numbers = NDArray[np.int64]
Home = Callable[[], tuple[Places, Places]]
"""Works out the `begins` and `ends` of a view."""

Changed = Callable[[], Numbers]
"""Works out places in a view's text, in order."""


def numbers_of(places: Places) -> Numbers:
    """The places as an array."""
    if isinstance(places, range):
        return np.arange(places.start, places.stop, places.step)
    return np.asarray(places, np.int64)


def places_of(numbers: Numbers) -> Places:
    """An array as places."""
    return memoryview(np.ascontiguousarray(numbers, np.int64).data)


class View:
    """A text as it is matched, each character tied to the original characters it came from.

    The way home is worked out when it is first asked for: most views hold no hit, and need none.
    """

    __slots__ = ("_found", "_home", "changed", "cut", "text")

    def __init__(
        self, text: str, home: Home, *, changed: Changed | None = None, cut: bool = False
    ) -> None:
        self.text = text
        self.changed = changed
        """Finds where this reads otherwise than what it is a view of. None: all of it does."""
        self.cut = cut
        """Whether there was more to read than a bound allows, so that this is not all of it."""
        self._home: Home | None = home
        self._found: tuple[Places, Places] = ((), ())

    @property
    def begins(self) -> Places:
        """For each character, where in the original it begins. A `range` where nothing moved."""
        return self._places()[0]

    @property
    def ends(self) -> Places:
        """For each character, where in the original it ends (exclusive)."""
        return self._places()[1]

    def _places(self) -> tuple[Places, Places]:
        home = self._home
        if home is not None:
            self._found = home()
            self._home = None
        return self._found

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original `[start, end)` of a non-empty stretch of the view, whichever way it runs."""
        return min(self.begins[start:end]), max(self.ends[start:end])

    def over(self, outer: View) -> View:
        """This view of `outer.text`, as a view of what `outer` is a view of."""

        def home() -> tuple[Places, Places]:
            return _taken(outer.begins, self.begins), _taken(outer.ends, self.ends, -1)

        same = len(self.text) == len(outer.text)
        return View(self.text, home, changed=outer.changed if same else None)

    def over_with_marks(self, outer: View) -> View:
        """As `over`; each character ends where the marks that follow it in `outer` do."""

        def home() -> tuple[Places, Places]:
            ends, decorating = self.ends, marks(outer.text)
            if decorating is not None:
                stops = np.append(np.flatnonzero(~decorating), len(outer.text))
                ends = places_of(stops[np.searchsorted(stops, numbers_of(ends))])
            return _taken(outer.begins, self.begins), _taken(outer.ends, ends, -1)

        return View(self.text, home)

    def part(self, start: int, end: int) -> View:
        """The stretch `[start, end)` of this view, still tied to the same original."""
        return View(self.text[start:end], lambda: (self.begins[start:end], self.ends[start:end]))

    def backwards(self) -> View:
        """This view read from its end."""

        def home() -> tuple[Places, Places]:
            return places_of(numbers_of(self.begins)[::-1]), places_of(numbers_of(self.ends)[::-1])

        return View(self.text[::-1], home)

    def read_as(self, text: str) -> View:
        """This view with each of its characters read as another."""
        return View(text, self._places)


def unmoved(text: str, offset: int = 0) -> View:
    """A view whose characters stand one for one where the original's stand."""
    first, last = offset, offset + len(text)
    return View(text, lambda: (range(first, last), range(first + 1, last + 1)))


def canonical(text: str, offset: int = 0) -> View:
    """The folded text (`classifiers.text.fold`), mapped home; `offset` is added to every place.

    About a microsecond per KB where nothing needs folding.
    """
    if is_plain(text):
        return unmoved(text.lower(), offset)
    return View(folded(text), lambda: _folded_home(text, offset))


def _folded_home(text: str, offset: int) -> tuple[Places, Places]:
    begins = np.repeat(np.arange(offset, offset + len(text)), fold_lengths(text))
    return places_of(begins), places_of(begins + 1)


def _taken(places: Places, at: Places, shift: int = 0) -> Places:
    """The places at these numbers, each `shift` further."""
    return places_of(numbers_of(places)[numbers_of(at) + shift])


class ViewStream:
    """The canonical view of a growing text, piece by piece, for any cutting of it."""

    def __init__(self) -> None:
        self._length = 0

    def feed(self, delta: str) -> View:
        """The view of the new text alone; its spans are offsets of the whole text."""
        view = canonical(delta, self._length)
        self._length += len(delta)
        return view

    def finish(self) -> View:
        """What only the end of the text makes certain: nothing, for the fold needs no neighbour."""
        return unmoved("", self._length)
