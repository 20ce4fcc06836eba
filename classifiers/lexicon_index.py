"""A word list compiled: keys of every entry in one automaton, and the hits that hold."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from classifiers.automaton import Automaton, Prefixes
from classifiers.lexicon_keys import keys_of, literal_of
from classifiers.terms import Term, TermKind
from classifiers.text.gaps import at_edges, bridges, pieces
from classifiers.text.page import WALL
from classifiers.text.parts import Site
from classifiers.text.sound import same_sound, sounded
from classifiers.text.squeeze import Squeezed, in_token
from classifiers.text.view import View, canonical

MAX_SPAN = 4096
"""Original characters that a hit may spread over, invisibles too; bounds what a stream holds."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry seen in a text, in original offsets."""

    term: int
    start: int
    end: int
    view: str


class Index:
    """Every key of a list of entries, and every way of writing their characters apart."""

    def __init__(self, terms: Sequence[Term], ways: Mapping[str, str]) -> None:
        self.terms = terms
        numbers: dict[str, int] = {}
        kinds: dict[tuple[str, str], int] = {}
        rows = array("I")
        for number, term in enumerate(terms):
            for key in keys_of(term, number):
                kind = kinds.setdefault((key.name, key.only), len(kinds))
                rows.extend((numbers.setdefault(key.text, len(numbers)), number, kind))
        by_word = np.array(rows, np.uint32).reshape(-1, 3)
        by_word = by_word[np.argsort(by_word[:, 0], kind="stable")]
        # A long list has hundreds of thousands of spellings: numbers take a tenth of objects.
        self._firsts = array("I", np.searchsorted(by_word[:, 0], range(len(numbers) + 1)).tolist())
        self._terms_of = array("I", by_word[:, 1].tolist())
        self._kinds_of = array("B", by_word[:, 2].tolist())
        self._kinds = list(kinds)
        words = [*numbers, *(way for way in ways if way not in numbers)]
        self._words = words
        self._ways = {number: ways[word] for number, word in enumerate(words) if word in ways}
        self._automaton = Automaton(words)

    def prefixes(self, categories: frozenset[str]) -> Prefixes:
        """The beginnings of every key of these categories."""
        wanted = [term.category in categories or term.kind is TermKind.ALLOW for term in self.terms]
        firsts, terms_of = self._firsts, self._terms_of
        return Prefixes(
            self._words[word]
            for word in range(len(firsts) - 1)
            if any(wanted[term] for term in terms_of[firsts[word] : firsts[word + 1]])
        )

    def raw(self, key_text: str) -> list[tuple[int, int, int]]:
        """`(word, start, end)` in squeezed text, before any rule is asked."""
        return self._automaton.hits(key_text)

    def hits(self, reading: Reading, raw: Iterable[tuple[int, int, int]]) -> Iterator[Hit]:
        """The raw hits of a reading that the rules let stand."""
        for word, start, end in raw:
            if word + 1 >= len(self._firsts) or not reading.within_edges(start, end):
                continue
            unbroken = reading.is_unbroken(start, end)
            bridged = unbroken or reading.is_bridged(start, end)
            for at in range(self._firsts[word], self._firsts[word + 1]):
                number = self._terms_of[at]
                name, only = self._kinds[self._kinds_of[at]]
                term = self.terms[number]
                stands = unbroken if term.kind is TermKind.EXACT else bridged
                # With its own spaces and signs it needs no bridge.
                stands = stands or _as_it_is_written(term) == reading.written(start, end)
                if (
                    stands
                    and self._counts(term, only, reading, start, end)
                    and reading.is_near(start, end)
                ):
                    begin, finish = reading.home(start, end)
                    yield Hit(number, begin, finish, name or reading.name)

    def sites(self, reading: Reading, raw: Iterable[tuple[int, int, int]]) -> list[Site]:
        """Where the reading may have a character in parts, with nothing between them."""
        ways, at = self._ways, reading.places
        return [
            (at[start], at[end - 1] + 1, ways[word])
            for word, start, end in raw
            if word in ways and at[end - 1] - at[start] == end - 1 - start
        ]

    def _counts(self, term: Term, only: str, reading: Reading, start: int, end: int) -> bool:
        """Whether a spelling counts in this view; by sound, only with the entry's tones."""
        if reading.name == "once" and not reading.repeats(start, end):
            return False
        if reading.heard is None:
            return only in ("", reading.name)
        if only != reading.name:
            return False
        heard = [reading.heard[at] for at in reading.places[start:end]]
        return same_sound(literal_of(term), heard)


@lru_cache(maxsize=4096)
def _as_it_is_written(term: Term) -> str:
    return one_spaced(canonical(term.text).text)


class Reading:
    """One view of one text, squeezed."""

    __slots__ = ("_squeezed", "heard", "key", "name", "view")

    def __init__(self, name: str, view: View, squeezed: Squeezed | None = None) -> None:
        self.name = name
        self.view = view
        self._squeezed = squeezed or Squeezed(view.text)
        self.key = self._squeezed.key
        self.heard: str | None = None
        """For a reading of sounds, the characters heard, place by place."""

    def aloud(self) -> Reading:
        """The same text as it sounds."""
        reading = Reading("sound", self.view, self._squeezed)
        reading.key = sounded(self._squeezed)
        reading.heard = self.view.text
        return reading

    @property
    def places(self) -> Sequence[int]:
        """Where each character of the key stands in the view."""
        return self._squeezed.places

    def within_edges(self, start: int, end: int) -> bool:
        """Whether key characters `[start, end)` begin and end where words do."""
        return at_edges(self.view.text, self.places[start], self.places[end - 1] + 1)

    def is_near(self, start: int, end: int) -> bool:
        """Whether these characters of the key are not too far apart in the original.

        Those that one encoded token carries are not, however long it is.
        """
        first, last = self.places[start], self.places[end - 1]
        begins = self.view.begins
        return begins[first] == begins[last] or self.view.ends[last] - begins[first] <= MAX_SPAN

    def is_unbroken(self, start: int, end: int) -> bool:
        """Whether nothing stands between these characters."""
        return self.places[end - 1] - self.places[start] == end - 1 - start

    def is_bridged(self, start: int, end: int) -> bool:
        """Whether only what a word may be cut with stands between these characters."""
        return bridges(self.view.text, pieces(self.places, start, end))

    def written(self, start: int, end: int) -> str:
        """The stretch of the view as it stands there, runs of blanks as one space.

        Nothing where it runs over a wall.
        """
        stretch = self.view.text[self.places[start] : self.places[end - 1] + 1]
        return "" if WALL in stretch else one_spaced(stretch)

    def begins(self, start: int) -> bool:
        """Whether a word may begin with this character of the key."""
        text, at = self.view.text, self.places[start]
        return not (at and in_token(text[at]) and in_token(text[at - 1]))

    def repeats(self, start: int, end: int) -> bool:
        """Whether any of these characters of the key stands for a run of several."""
        ends, begins = self.view.ends, self.view.begins
        return any(ends[at] - begins[at] > 1 for at in self.places[start:end])

    @property
    def trailing(self) -> int:
        """How many separators the view ends in."""
        return len(self.view.text) - 1 - self.places[-1]

    def home(self, start: int, end: int) -> tuple[int, int]:
        """The original `[start, end)` of key characters `[start, end)`."""
        return self.view.span(self.places[start], self.places[end - 1] + 1)


def one_spaced(text: str) -> str:
    """Runs of blanks as one space."""
    return " ".join(text.split())
