"""Why an entry is found in a text, and if it is not, what kept it from being found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifiers.lexicon import Lexicon, with_marks
from classifiers.lexicon_index import MAX_SPAN, Hit, Index, Reading
from classifiers.lexicon_keys import literal_of
from classifiers.patterns import Family, Patterns
from classifiers.terms import Term, TermKind
from classifiers.text.gaps import at_edges
from classifiers.text.views import budget_for
from classifiers.types import Segment

_HAN = re.compile("[\u3400-\u9fff]+")


class Outcome(StrEnum):
    """What became of an entry at one place of a text."""

    FOUND = "found"
    ALLOWED = "allowed"
    """An allow phrase that contains it excuses it."""
    EDGES = "edges"
    """A letter or digit stands right beside it: it is part of another word."""
    SEPARATORS = "separators"
    """What stands between its characters is more than one word is cut with."""
    SPREAD = "spread"
    """Its characters stand too far apart."""
    TONES = "tones"
    """It sounds alike but for the tones, or too few of its characters are others."""
    SPELLING = "spelling"
    """A spelling of it stands there that counts in another view only."""
    ABSENT = "absent"
    """No view has its characters in order."""
    UNDECODABLE = "undecodable"
    """Not every view of the text could be looked into."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a text, and what became of the entry there."""

    outcome: Outcome
    view: str
    """Empty where no view has it."""
    start: int
    end: int
    original: str
    """The characters of the text."""
    reason: str
    severity: float = 0.0
    """What the hit weighs; nothing where it is none that counts."""


_REASONS = {
    Outcome.FOUND: "it counts here",
    Outcome.ALLOWED: "an allow phrase contains it",
    Outcome.EDGES: "a letter or digit stands right beside it, so it is part of another word",
    Outcome.SEPARATORS: "what stands between its characters is no bridge (rule D-GAP)",
    Outcome.SPREAD: f"it spreads over more than {MAX_SPAN} characters",
    Outcome.TONES: "the tones differ, or of three syllables too few are written otherwise",
    Outcome.SPELLING: "this spelling counts in another view only",
    Outcome.UNDECODABLE: "the budget of views was spent before all were looked into",
}


def explain(term: Term, text: str, allow: Sequence[Term] = ()) -> list[Place]:
    """Each place of `text` where the entry is found or nearly is; one without a place if none is.

    In the order of the text, found before not found. `allow`: phrases that excuse.
    """
    if term.kind is TermKind.REGEX:
        return _matches(term, text)
    budget = budget_for(text)
    readings, hits = Lexicon.compile([term]).read(text, budget)
    _, kept = Lexicon.compile([term, *allow]).read(text, budget_for(text))
    standing = {hit for hit in kept if hit.term == 0}
    found = [
        _place(Outcome.FOUND, hit, text, term.severity)
        if hit in standing
        else _place(Outcome.ALLOWED, hit, text)
        for hit in hits
    ]
    near = [
        _place(outcome, hit, text)
        for outcome, hit in _near(term, readings)
        if not any(hit.start < h.end and h.start < hit.end for h in hits)
    ]
    places = [*sorted(found, key=_at), *sorted(_widest(near), key=_at)]
    if budget.spent:
        reason = _REASONS[Outcome.UNDECODABLE]
        places.append(Place(Outcome.UNDECODABLE, "", 0, len(text), "", reason))
    return places or [Place(Outcome.ABSENT, "", 0, 0, "", _absent(term))]


def _widest(near: Sequence[Place]) -> list[Place]:
    """Each place once, without those inside another: shortened spellings of the same."""
    return [
        place
        for place in dict.fromkeys(near)
        if not any(
            other.start <= place.start
            and place.end <= other.end
            and place.end - place.start < other.end - other.start
            for other in near
        )
    ]


def _near(term: Term, readings: Sequence[Reading]) -> Iterator[tuple[Outcome, Hit]]:
    """Where a spelling of the entry stands and does not count."""
    index = Index([term], {})
    for reading in readings:
        for raw in index.raw(reading.key):
            if not list(index.hits(reading, [raw])):
                _, start, end = raw
                outcome = _why_not(term, reading, start, end)
                yield outcome, Hit(0, *reading.home(start, end), reading.name)


def _why_not(term: Term, reading: Reading, start: int, end: int) -> Outcome:
    """The first rule that says no, in the order in which the index asks them."""
    first, last = reading.places[start], reading.places[end - 1]
    if not at_edges(reading.view.text, first, last + 1):
        return Outcome.EDGES
    if not reading.within_edges(start, end):
        return Outcome.SPREAD
    exact = term.kind is TermKind.EXACT
    if not reading.is_unbroken(start, end) and (exact or not reading.is_bridged(start, end)):
        return Outcome.SEPARATORS
    return Outcome.SPELLING if reading.heard is None else Outcome.TONES


def _matches(term: Term, text: str) -> list[Place]:
    """Where an expression matches the folded text: no disguise is undone for it."""
    report = Patterns([Family(term.category, term.text)]).scan([Segment(text)])
    why = _REASONS[Outcome.FOUND]
    found = [
        Place(Outcome.FOUND, "plain", f.start, f.end, text[f.start : f.end], why, term.severity)
        for f in report.findings
    ]
    return found or [Place(Outcome.ABSENT, "", 0, 0, "", "the folded text has no match of it")]


def _place(outcome: Outcome, hit: Hit, text: str, severity: float = 0.0) -> Place:
    end = with_marks(text, hit.end)
    original = text[hit.start : end]
    return Place(outcome, hit.view, hit.start, end, original, _REASONS[outcome], severity)


def _at(place: Place) -> tuple[int, int, str]:
    return place.start, place.end, place.view


def _absent(term: Term) -> str:
    literal = literal_of(term)
    if not literal:
        return "the entry folds to nothing, so nothing can match it"
    if term.kind is TermKind.WORD and _HAN.fullmatch(literal) and len(literal) < 3:
        return "no view has its characters in order; under three syllables none is heard by sound"
    return "no view has its characters in order"
