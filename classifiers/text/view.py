"""A reading of a text, and the way from each of its characters back to the original."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, repeat

from classifiers.text.fold import fold_char, folded, is_mark, is_plain, unsafe_runs

Places = Sequence[int]
Home = Callable[[], tuple[Places, Places]]
"""Works out the `begins` and `ends` of a view."""


class View:
    """A text as it is matched, each character tied to the original characters it came from.

    The way home is worked out when it is first asked for: most views hold no hit, and need none.
    """

    __slots__ = ("_found", "_home", "text")

    def __init__(self, text: str, home: Home) -> None:
        self.text = text
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
            begins, ends = outer.begins, outer.ends
            return [begins[at] for at in self.begins], [ends[at - 1] for at in self.ends]

        return View(self.text, home)

    def over_with_marks(self, outer: View) -> View:
        """As `over`; each character ends where the marks that follow it in `outer` do."""

        def home() -> tuple[Places, Places]:
            text, ends, last = outer.text, outer.ends, len(outer.text)
            found = []
            for at in self.ends:
                while at < last and text[at] > "\u02ff" and is_mark(text[at]):
                    at += 1
                found.append(ends[at - 1])
            begins = outer.begins
            return [begins[at] for at in self.begins], found

        return View(self.text, home)

    def part(self, start: int, end: int) -> View:
        """The stretch `[start, end)` of this view, still tied to the same original."""
        return View(self.text[start:end], lambda: (self.begins[start:end], self.ends[start:end]))

    def backwards(self) -> View:
        """This view read from its end."""
        return View(self.text[::-1], lambda: (self.begins[::-1], self.ends[::-1]))

    def read_as(self, text: str) -> View:
        """This view with each of its characters read as another."""
        return View(text, self._places)


def joined(parts: Sequence[View]) -> View:
    """Views of stretches of one original, one behind the other."""
    return View(
        "".join(part.text for part in parts),
        lambda: (
            [*chain.from_iterable(part.begins for part in parts)],
            [*chain.from_iterable(part.ends for part in parts)],
        ),
    )


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
    begins: list[int] = []
    at = 0
    for start, end in unsafe_runs(text):
        begins.extend(range(offset + at, offset + start))
        for place in range(start, end):
            begins.extend(repeat(offset + place, len(fold_char(text[place]))))
        at = end
    begins.extend(range(offset + at, offset + len(text)))
    return begins, [begin + 1 for begin in begins]


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
