"""What a model is given to read of a text: windows of it, as written and with disguises undone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from classifiers.text.fold import is_plain
from classifiers.text.view import View, canonical, unmoved
from classifiers.text.views import Budget, disguised
from classifiers.types import Segment
from classifiers.window import covering

_WORD = re.compile(r"\w")
_MOST_VIEWS = 8
"""Readings of one text beside the text as written. A model costs more than a list does."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a segment in one reading."""

    text: str
    segment: int
    """Index of the segment it was taken from."""
    start: int
    end: int
    """`[start, end)` of the segment's text, in original characters."""
    view: str = "plain"


@dataclass(frozen=True, slots=True)
class Passages:
    """All that is to be read of a batch of segments."""

    passages: tuple[Passage, ...]
    incomplete: bool
    """True where there were more readings than are looked into."""


Readings = Callable[[str], tuple[Sequence[tuple[str, View]], bool]]
"""The views of a text, each with its name, and whether there are more than were looked into."""


def written_and_undone(text: str) -> tuple[Sequence[tuple[str, View]], bool]:
    """The text as written, then what there is reason to look into.

    Tokenizers fold width and case themselves, so the folded text is another reading only where it
    lost more than those: invisible characters, say.
    """
    budget = Budget(_MOST_VIEWS, 4 * len(text) + 4_096)
    found = [("plain", unmoved(text))]
    folded = canonical(text)
    if not is_plain(text) and _compatible(folded.text) != _compatible(text).lower():
        found.append(("plain", folded))
    found += disguised(text, budget)
    return found, budget.spent


def passages(
    segments: Sequence[Segment], window_chars: int, readings: Readings = written_and_undone
) -> Passages:
    """Windows of every reading, without those that hold no letter and no digit."""
    found: list[Passage] = []
    incomplete = False
    for number, segment in enumerate(segments):
        views, more = readings(segment.text)
        for name, view in views:
            found += _windows(view, name, number, window_chars)
        incomplete = incomplete or more
    return Passages(tuple(found), incomplete)


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _windows(view: View, name: str, number: int, size: int) -> Iterator[Passage]:
    for window in covering(view.text, size):
        if _WORD.search(window.text):
            start, end = view.span(window.start, window.end)
            yield Passage(window.text, number, start, end, name)
