"""The Latin tokens of a text in which something stands, found without reading all the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from classifiers.text.squeeze import units_of

_LETTERS = re.compile("[a-z]+")
_STAMMER = re.compile(r"([a-z])\1\1|([a-z])\2([a-z])\3")


def tokens_at(sites: Iterable[int], lowered: str) -> Iterator[re.Match[str]]:
    """Each run of ASCII letters that a site stands in, once. Sites in rising order."""
    done = 0
    for at in sites:
        if at < done:
            continue
        while at > done and "a" <= lowered[at - 1] <= "z":
            at -= 1
        if token := _LETTERS.match(lowered, at):
            yield token
            done = token.end()


def lowered(text: str) -> str:
    """The text in lower case, one for one; as it is where that changes its length."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def stammers(text: str) -> Iterable[int]:
    """Where a letter is said three times, or two pairs stand side by side."""
    units = units_of(text)
    if units is None:
        return [match.start() for match in _STAMMER.finditer(text)]
    twice = (units[1:] == units[:-1]) & (units[1:] >= ord("a")) & (units[1:] <= ord("z"))
    sites: list[int] = np.flatnonzero(twice[:-2] & (twice[1:-1] | twice[2:])).tolist()
    return [*sites, *_at_end(text)]


def _at_end(text: str) -> list[int]:
    """The three-letter stammer that the last place has no room for otherwise."""
    return [len(text) - 3] if _STAMMER.match(text, len(text) - 3) else []


def sites_of(pairs: Iterable[str], text: str) -> list[int]:
    """Where any of these strings stand, in order."""
    found = []
    for pair in pairs:
        at = text.find(pair)
        while at >= 0:
            found.append(at)
            at = text.find(pair, at + 1)
    return sorted(found)
