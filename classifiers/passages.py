"""What a model is given to read of a text: windows of it, as written and with disguises undone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
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


def passages(segments: Sequence[Segment], window_chars: int) -> Passages:
    """Windows of every reading, without those that hold no letter and no digit."""
    found: list[Passage] = []
    incomplete = False
    for number, segment in enumerate(segments):
        budget = Budget(_MOST_VIEWS, 4 * len(segment.text) + 4_096)
        for name, view in _readings(segment.text, budget):
            found += _windows(view, name, number, window_chars)
        incomplete = incomplete or budget.spent
    return Passages(tuple(found), incomplete)


def _readings(text: str, budget: Budget) -> Iterator[tuple[str, View]]:
    """The text as written, then what there is reason to look into.

    Tokenizers fold width and case themselves, so the folded text is another reading only where it
    lost more than those: invisible characters, say.
    """
    yield "plain", unmoved(text)
    folded = canonical(text)
    if not is_plain(text) and _compatible(folded.text) != _compatible(text).lower():
        yield "plain", folded
    yield from disguised(text, folded, budget)


def _compatible(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _windows(view: View, name: str, number: int, size: int) -> Iterator[Passage]:
    for window in covering(view.text, size):
        if _WORD.search(window.text):
            start, end = view.span(window.start, window.end)
            yield Passage(window.text, number, start, end, name)
