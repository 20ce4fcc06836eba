"""The Latin tokens of a text in which something stands, found without reading all the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import ascii_lowercase

from classifiers.linear import Search
from classifiers.text.gaps import english

_LETTERS = re.compile("[a-z]+")
_STAMMER = re.compile(r"([a-z])\1\1|([a-z])\2([a-z])\3")
NARROW = {"rn": "m", "vv": "w", "cl": "d"}
"""Pairs that look like one letter."""

_THREE = "|".join(letter * 3 for letter in ascii_lowercase)
_TWO = "|".join(letter * 2 for letter in ascii_lowercase)
TRIGGER_TWICE = rf"(?i)(?:{_THREE})|(?:{_TWO}){{2}}"
TRIGGER_WIDE = rf"(?i){'|'.join(NARROW)}"
_TWICE = Search(TRIGGER_TWICE)
_NARROW_BYTES = [pair.encode() for pair in NARROW]


def stammers(text: str) -> Iterator[re.Match[str]]:
    """Tokens with a letter three times in a row, or two pairs side by side, that are no words."""
    return _odd(_tokens_at((m.start() for m in _STAMMER.finditer(text)), text))


def narrow_tokens(text: str) -> Iterator[re.Match[str]]:
    """Tokens with a pair that looks like one letter, that are no words."""
    return _odd(_tokens_at(_sites_of(NARROW, text), text))


def may_stammer(data: bytes) -> bool:
    """Whether a text, encoded and in lower case, has any of `stammers`."""
    span = _TWICE.span(data)
    while span is not None:
        if not _is_word(data, span[0]):
            return True
        span = _TWICE.span(data, span[1])
    return False


def may_narrow(data: bytes) -> bool:
    """Whether a text, encoded and in lower case, has any of `narrow_tokens`."""
    for pair in _NARROW_BYTES:
        at = data.find(pair)
        while at >= 0:
            if not _is_word(data, at):
                return True
            at = data.find(pair, at + 2)
    return False


def lowered(text: str) -> str:
    """The text in lower case, one for one; as it is where that changes its length."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _tokens_at(sites: Iterable[int], text: str) -> Iterator[re.Match[str]]:
    """Each run of ASCII letters that a site stands in, once. Sites in rising order."""
    done = 0
    for at in sites:
        if at < done:
            continue
        while at > done and "a" <= text[at - 1] <= "z":
            at -= 1
        if token := _LETTERS.match(text, at):
            yield token
            done = token.end()


def _odd(tokens: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    return (token for token in tokens if token.group() not in english())


_LONGEST = 40
"""Bytes; a longer token is no word whatever it says."""


def _is_word(data: bytes, site: int) -> bool:
    """Whether the run of letters that a site stands in is a word."""
    # Most tokens of ordinary text have blanks on both sides.
    first = data.rfind(b" ", max(0, site - _LONGEST), site) + 1
    last = data.find(b" ", site, site + _LONGEST)
    if last > 0 and data[first:last].decode("utf-8", "replace") in english():
        return True
    first, last = _run_about(data, site)
    return data[first:last].decode() in english()


def _run_about(data: bytes, site: int) -> tuple[int, int]:
    first = last = site
    while first > 0 and site - first <= _LONGEST and 97 <= data[first - 1] <= 122:
        first -= 1
    while last < len(data) and last - site <= _LONGEST and 97 <= data[last] <= 122:
        last += 1
    return first, last


def _sites_of(pairs: Iterable[str], text: str) -> list[int]:
    """Where any of these strings stand, in order."""
    found = []
    for pair in pairs:
        at = text.find(pair)
        while at >= 0:
            found.append(at)
            at = text.find(pair, at + 1)
    return sorted(found)
