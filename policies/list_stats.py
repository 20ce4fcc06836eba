"""What a word list is made of, counted; no figure quotes the list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifiers.lexicon_keys import keys_of, literal_of
from classifiers.terms import Term

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile("[a-z]")


@dataclass(frozen=True, slots=True)
class Count:
    """Entries that have one thing in common."""

    by: str
    """`script`, `kind`, `option`, `leaf`, or `all`."""
    name: str
    entries: int
    keys: int
    """Spellings that the automaton looks for on their account."""


def script_of(term: Term) -> str:
    """`han`, `latin`, `mixed` (both) or `other`, by the entry as it is looked up."""
    literal = literal_of(term)
    han, latin = bool(_HAN.search(literal)), bool(_LATIN.search(literal))
    if han and latin:
        return "mixed"
    return "han" if han else "latin" if latin else "other"


def count_terms(terms: Sequence[Term]) -> list[Count]:
    """The counts of a list, by script, kind and leaf, and of all entries."""
    entries: Counter[tuple[str, str]] = Counter()
    keys: Counter[tuple[str, str]] = Counter()
    for number, term in enumerate(terms):
        made = len({key.text for key in keys_of(term, number)})
        leaf = term.category.rpartition("/")[2]
        traits = [("script", script_of(term)), ("kind", term.kind.value), ("leaf", leaf)]
        traits += [("all", "all"), *(("option", name) for name in _options(term))]
        for trait in traits:
            entries[trait] += 1
            keys[trait] += made
    order = ["script", "kind", "option", "leaf", "all"]
    names = sorted(entries, key=lambda trait: (order.index(trait[0]), trait[1]))
    return [Count(*name, entries[name], keys[name]) for name in names]


def _options(term: Term) -> Iterator[str]:
    """The options that make the entry another than the usual."""
    if not term.phonetic:
        yield "not heard"
    if term.severity < 1:
        yield "milder"
    if term.expires is not None:
        yield "expires"
