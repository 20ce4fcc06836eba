"""Which separators a word may be broken by and still be that word (rule D-GAP).

Latin words are whole tokens. Broken ones must begin and end at token edges; words of five letters
and fewer only count in single letters. Han words may be broken by symbols and spaces, by clause
punctuation only one character at a time, and never by other Han.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from classifiers.text.squeeze import in_token

MAX_GAP = 16
"""Folded characters between two pieces; what stands further apart does not read as one word."""

_CLAUSE = re.compile(r"[,.!?;:]\s|[，。！？；：、]|\n\s*\n")
_HAN_CLAUSE = re.compile(r"[,.!?;:，。！？；：、\n]")
_TIGHT = re.compile(r"[^\s\w,.!?;:，。！？；：、()（）\[\]【】{}<>《》“”‘’\"'/\\|]{1,4}|_+")
_LIGHT = re.compile(r"[ \u3000/'’]{1,3}")


@cache
def english() -> frozenset[str]:
    """Common English words (`classifiers/tables`)."""
    text = files("classifiers").joinpath("tables", "english.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def at_edges(text: str, start: int, end: int) -> bool:
    """Whether `[start, end)` cuts no token in two at either end."""
    if start and in_token(text[start]) and in_token(text[start - 1]):
        return False
    return not (end < len(text) and in_token(text[end - 1]) and in_token(text[end]))


def pieces(places: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
    """The unbroken runs that key characters `[start, end)` form in the text, as `[start, end)`."""
    runs: list[tuple[int, int]] = []
    begin = last = places[start]
    for at in range(start + 1, end):
        here = places[at]
        if here != last + 1:
            runs.append((begin, last + 1))
            begin = here
        last = here
    runs.append((begin, last + 1))
    return runs


def bridges(text: str, runs: Sequence[tuple[int, int]]) -> bool:
    """Whether these runs of `text`, put together, still read as one word."""
    gaps = [text[end:begin] for (_, end), (begin, _) in pairwise(runs)]
    if max(map(len, gaps)) > MAX_GAP:
        return False
    words = [text[begin:end] for begin, end in runs]
    if all(in_token(char) for word in words for char in (word[0], word[-1])):
        return _bridges_latin(words, gaps)
    return _bridges_han(words, gaps)


def _bridges_latin(words: list[str], gaps: list[str]) -> bool:
    length = sum(map(len, words))
    if len(words) == length:
        return length >= 3
    if length <= 5 or any(map(_CLAUSE.search, gaps)):
        return False
    return not (len(words) == 2 and _LIGHT.fullmatch(gaps[0]) and english().issuperset(words))


def _bridges_han(words: list[str], gaps: list[str]) -> bool:
    length = sum(map(len, words))
    if all(map(_TIGHT.fullmatch, gaps)):
        return True
    if length >= 3 and len(words) == length:
        return True
    return length >= 4 and not any(map(_HAN_CLAUSE.search, gaps))
