"""Word lists: any number of entries, found in one pass through every disguise of the views."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from classifiers.lexicon_index import Hit, Index, Reading
from classifiers.lexicon_keys import literal_of
from classifiers.lexicon_stream import LexiconStream
from classifiers.terms import Term, TermKind
from classifiers.text.fold import is_mark, is_plain
from classifiers.text.page import Page
from classifiers.text.parts import Parts
from classifiers.text.sound import spelled
from classifiers.text.unfinished import unfinished_from
from classifiers.text.view import View, canonical, unmoved
from classifiers.text.views import Budget, budget_for, disguised, suspect
from classifiers.types import Failure, FailureReason, Finding, Report, Segment

_WALL = "\ufdd0"
"""Between the keys of two texts: a noncharacter, so no key holds it and no word spans it."""


_HAN = re.compile("[\u3105-\u9fff\ua000-\ua48c]")
_HAN_ONLY = re.compile("[\u3400-\u9fff]+")


class Lexicon:
    """A compiled word list. Immutable; a changed list is a new one."""

    def __init__(self, terms: Sequence[Term], name: str = "lexicon") -> None:
        self._name = name
        self._terms = tuple(terms)
        self._parts = Parts(_han_words(self._terms))
        self._index = Index(self._terms, self._parts.wholes)
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
        page = Page([segment.text for segment in segments])
        folded = canonical(page.text)
        views = [("plain", folded)]
        spent = False
        if suspect(page.text, folded):
            for segment, start in zip(segments, page.starts, strict=True):
                budget = budget_for(segment.text)
                views.extend(disguised(segment.text, budget, start))
                spent = spent or budget.spent
        _, hits = self._read(views)
        findings = tuple(self._placed(hit, page) for hit in sorted(hits, key=_start))
        total = sum(len(segment.text) for segment in segments)
        failures = (Failure(self._name, FailureReason.UNDECODABLE),)
        return Report(findings, failures if spent else (), scanned=total, total=total)

    def _placed(self, hit: Hit, page: Page) -> Finding:
        """A hit on a page, told of the segment that it stands in."""
        number = page.number(hit.start)
        return self.finding(hit, page.text, number, -page.starts[number])

    def stream(self, hold: frozenset[str]) -> LexiconStream:
        """Open one growing text."""
        every, held = self._prefixes(self._categories), self._prefixes(hold & self._categories)
        return LexiconStream(self, hold, every, held)

    def unfinished_from(self, text: str) -> int:
        """Where the end of a growing text begins that more text may still change."""
        return self._parts.unfinished_from(text, unfinished_from(text))

    def read(self, text: str, budget: Budget) -> tuple[list[Reading], list[Hit]]:
        """Every view of a text that there is reason to look into, and the entries seen in them."""
        return self._read([("plain", canonical(text)), *disguised(text, budget)])

    def quiet(self, text: str, loose: int) -> list[Reading] | None:
        """The readings of a growing text up to `loose` if it holds no disguise and no entry.

        For the text of every day; None where all of its views have to be looked into. What is
        begun from `loose` on is held anyway, so the readings need not go further.
        """
        if not is_plain(text):
            return None
        lowered = text.lower()
        folded = unmoved(lowered)
        if suspect(text, folded):
            return None
        written = Reading("plain", folded)
        readings = [written]
        if not text.isascii():
            if spelled(folded) is not None:
                return None
            readings.append(written.aloud())
        for reading in readings:
            raw = self._index.raw(reading.key)
            if raw and (self._index.sites(reading, raw) or any(self._index.hits(reading, raw))):
                return None
        if loose == len(text):
            return readings
        before = Reading("plain", unmoved(lowered[:loose]))
        return [before] if len(readings) == 1 else [before, before.aloud()]

    def readings(self, text: str) -> list[Reading]:
        """The views of a text, to see what it may be the beginning of."""
        if text.isascii() and not suspect(text, folded := canonical(text)):
            return [Reading("plain", folded)]
        return self.read(text, budget_for(text))[0]

    def _read(self, views: Sequence[tuple[str, View]]) -> tuple[list[Reading], list[Hit]]:
        written = [Reading(name, view) for name, view in views]
        readings = [*written, *_aloud(written)]
        hits, whole = self._pass(readings)
        if whole:
            # A character put together counts as written, and is heard as well.
            whole += _aloud(whole)
            readings += whole
            hits += self._pass(whole)[0]
        return readings, self._standing(hits)

    def _pass(self, readings: Sequence[Reading]) -> tuple[list[Hit], list[Reading]]:
        """The hits of one pass over the readings, and those with characters to put together."""
        index = self._index
        raw = index.raw(_WALL.join([reading.key for reading in readings]))
        hits: list[Hit] = []
        whole: list[Reading] = []
        for number, shares in share(raw, readings).items():
            reading = readings[number]
            hits += index.hits(reading, shares)
            if reading.heard is None and (sites := index.sites(reading, shares)):
                joined = self._parts.joined(reading.view, sites)
                whole += [Reading("parts", joined)] if joined else []
        return hits, whole

    def _standing(self, hits: list[Hit]) -> list[Hit]:
        """The hits that no allowed phrase excuses, each entry once per place."""
        excused = [h for h in hits if self._terms[h.term].kind is TermKind.ALLOW]
        kept: dict[int, list[Hit]] = {}
        for hit in hits:
            if self._terms[hit.term].kind is TermKind.ALLOW:
                continue
            if any(e.start <= hit.start and hit.end <= e.end for e in excused):
                continue
            told = kept.setdefault(hit.term, [])
            if not any(t.start < hit.end and hit.start < t.end for t in told):
                told.append(hit)
        return list(chain.from_iterable(kept.values()))

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
            rule=rule_of(term),
            view=hit.view,
        )


def _aloud(written: Sequence[Reading]) -> list[Reading]:
    """How those with Chinese in them sound."""
    found = []
    for reading in written:
        if not reading.key.isascii() and _HAN.search(reading.key):
            line = spelled(reading.view)
            found.append((Reading("spelled", line) if line else reading).aloud())
    return found


def _start(hit: Hit) -> int:
    return hit.start


def _han_words(terms: Iterable[Term]) -> list[str]:
    """The entries that are all Han, as they are looked up."""
    words = (literal_of(term) for term in terms if term.kind is TermKind.WORD)
    return [word for word in words if len(word) >= 2 and _HAN_ONLY.fullmatch(word)]


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
