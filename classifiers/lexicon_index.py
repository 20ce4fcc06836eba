"""A word list compiled: keys of every entry in one automaton, and the hits that hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifiers.automaton import Automaton, Prefixes
from classifiers.lexicon_keys import Key, keys_of, literal_of
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
        by_text: dict[str, list[Key]] = defaultdict(list)
        for number, term in enumerate(terms):
            for key in keys_of(term, number):
                by_text[key.text].append(key)
        self._keys = list(by_text.values())
        self._spelled = [one_spaced(canonical(term.text).text) for term in terms]
        """Each entry with its own spaces and signs: so written, it needs no bridge."""
        words = list(by_text)
        words += [way for way in ways if way not in by_text]
        self._ways = {number: ways[word] for number, word in enumerate(words) if word in ways}
        self._automaton = Automaton(words)

    def prefixes(self, categories: frozenset[str]) -> Prefixes:
        """The beginnings of every key of these categories."""
        terms = self.terms
        return Prefixes(
            keys[0].text
            for keys in self._keys
            if any(
                terms[key.term].category in categories or terms[key.term].kind is TermKind.ALLOW
                for key in keys
            )
        )

    def raw(self, key_text: str) -> list[tuple[int, int, int]]:
        """`(keys, start, end)` in squeezed text, before any rule is asked."""
        return self._automaton.hits(key_text)

    def hits(self, reading: Reading, raw: Iterable[tuple[int, int, int]]) -> Iterator[Hit]:
        """The raw hits of a reading that the rules let stand."""
        for keys, start, end in raw:
            if keys >= len(self._keys) or not reading.within_edges(start, end):
                continue
            unbroken = reading.is_unbroken(start, end)
            bridged = unbroken or reading.is_bridged(start, end)
            for key in self._keys[keys]:
                exact = self.terms[key.term].kind is TermKind.EXACT
                stands = unbroken if exact else bridged
                stands = stands or self._spelled[key.term] == reading.written(start, end)
                if (
                    stands
                    and self._counts(key, reading, start, end)
                    and reading.is_near(start, end)
                ):
                    begin, finish = reading.home(start, end)
                    yield Hit(key.term, begin, finish, key.name or reading.name)

    def sites(self, reading: Reading, raw: Iterable[tuple[int, int, int]]) -> list[Site]:
        """Where the reading may have a character in parts, with nothing between them."""
        ways, at = self._ways, reading.places
        return [
            (at[start], at[end - 1] + 1, ways[word])
            for word, start, end in raw
            if word in ways and at[end - 1] - at[start] == end - 1 - start
        ]

    def _counts(self, key: Key, reading: Reading, start: int, end: int) -> bool:
        """Whether a hit of the key counts in this view; by sound, only with the entry's tones."""
        if reading.name == "once" and not reading.repeats(start, end):
            return False
        if reading.heard is None:
            return key.only in ("", reading.name)
        if key.only != reading.name:
            return False
        heard = [reading.heard[at] for at in reading.places[start:end]]
        return same_sound(literal_of(self.terms[key.term]), heard)


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
