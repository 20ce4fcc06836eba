"""Word lists: any number of entries, found in one pass through every disguise of the views."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from classifiers.lexicon_index import Hit, Index, Reading
from classifiers.lexicon_stream import LexiconStream
from classifiers.terms import Term
from classifiers.text.fold import is_mark
from classifiers.text.view import canonical
from classifiers.types import Finding, Report, Segment

_WALL = "\ufdd0"
"""Between the keys of two texts: a noncharacter, so no key holds it and no word spans it."""


class Lexicon:
    """A compiled word list. Immutable; a changed list is a new one."""

    def __init__(self, terms: Sequence[Term], name: str = "lexicon") -> None:
        self._name = name
        self._terms = tuple(terms)
        self._index = Index(self._terms)
        self._rules = [rule_of(term) for term in self._terms]
        self._categories = frozenset(term.category for term in self._terms)
        self._prefixes = lru_cache(maxsize=8)(self._index.prefixes)

    @classmethod
    def compile(cls, terms: Iterable[Term], name: str = "lexicon") -> Lexicon:
        """Build the automaton; a fifth of a second for 20,000 entries, so not on an event loop."""
        return cls(tuple(terms), name)

    @property
    def name(self) -> str:
        return self._name

    @property
    def categories(self) -> frozenset[str]:
        return self._categories

    async def classify(self, segments: Sequence[Segment]) -> Report:
        return self.scan(segments)

    def scan(self, segments: Sequence[Segment]) -> Report:
        """Judge whole texts, all in one pass of the automaton."""
        readings = [Reading("plain", canonical(segment.text)) for segment in segments]
        shares = share(self._index.raw(_WALL.join(r.key for r in readings)), readings)
        findings = tuple(
            self.finding(hit, segments[number].text, number)
            for number, raw in shares.items()
            for hit in self._index.hits(readings[number], raw)
        )
        total = sum(len(segment.text) for segment in segments)
        return Report(findings=findings, scanned=total, total=total)

    def stream(self, hold: frozenset[str]) -> LexiconStream:
        """Open one growing text."""
        every, held = self._prefixes(self._categories), self._prefixes(hold & self._categories)
        return LexiconStream(self, hold, every, held)

    def readings(self, text: str) -> list[Reading]:
        """Every view of one text that there is reason to look into."""
        return [Reading("plain", canonical(text))]

    def hits(self, readings: Iterable[Reading]) -> list[Hit]:
        """Every entry seen in the readings of one text."""
        found = (self._index.hits(reading, self._index.raw(reading.key)) for reading in readings)
        return list(chain.from_iterable(found))

    def finding(self, hit: Hit, text: str, segment: int = 0, offset: int = 0) -> Finding:
        """What a hit in `text` says; `offset` is where the text begins in the whole."""
        term = self._terms[hit.term]
        return Finding(
            classifier=self._name,
            category=term.category,
            score=term.severity,
            start=hit.start + offset,
            end=with_marks(text, hit.end) + offset,
            segment=segment,
            rule=self._rules[hit.term],
            view=hit.view,
        )


def rule_of(term: Term) -> str:
    """An id for the entry that does not say what it is."""
    digest = hashlib.sha256(term.text.encode("utf-8", "surrogatepass")).hexdigest()
    return term.id or f"{term.category}#{digest[:12]}"


def with_marks(text: str, end: int) -> int:
    """The end of a span once the marks that decorate its last character are in it."""
    while end < len(text) and is_mark(text[end]):
        end += 1
    return end


def share(
    raw: Iterable[tuple[int, int, int]], readings: Sequence[Reading]
) -> dict[int, list[tuple[int, int, int]]]:
    """Raw hits in joined keys, by the number of the reading each stands in."""
    shares: dict[int, list[tuple[int, int, int]]] = {}
    number, base, reach = -1, 0, -1
    for key, start, end in raw:
        while end > reach:
            number += 1
            base = reach + 1
            reach = base + len(readings[number].key)
        shares.setdefault(number, []).append((key, start - base, end - base))
    return shares
