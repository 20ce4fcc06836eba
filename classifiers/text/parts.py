"""Characters taken apart into what they are made of, or said twice, put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from classifiers.text.fold import fold_char
from classifiers.text.gaps import MAX_GAP
from classifiers.text.rewrite import splice
from classifiers.text.tables import rows
from classifiers.text.view import View

Site = tuple[int, int, str]
"""A stretch `[start, end)` of a text, and the character that it is the parts of."""

_REACH = 24
"""Pieces in a row that a growing text is held for: a word of eight, each in three."""


class Parts:
    """Knows how the characters of a word list are split; looks for no others."""

    def __init__(self, words: Iterable[str]) -> None:
        words = tuple(words)
        chars = {char for word in words for char in word}
        whole: dict[str, str] = {}
        for char, ways in rows("splits"):
            if char in chars:
                whole.update((way, char) for way in ways.split() if way not in whole)
        for char in sorted(chars):
            whole[char * 2] = whole[char * 3] = char
        self.wholes = whole
        """Each way of writing a character apart, and the character."""
        self._pairs = frozenset(a + b for word in words for a, b in pairwise(word))
        self._pieces = frozenset(piece for way in whole for piece in way if len(set(way)) > 1)

    def unfinished_from(self, text: str, end: int) -> int:
        """Where the characters before `end` that may be pieces of others begin; `end` if none."""
        start = at = end
        gap = found = 0
        while at > 0 and gap < MAX_GAP and found < _REACH:
            at -= 1
            if text[at] in self._pieces or fold_char(text[at]) in self._pieces:
                start, gap, found = at, 0, found + 1
            elif text[at].isalnum():
                break
            else:
                gap += 1
        return start

    def joined(self, view: View, sites: Iterable[Site]) -> View | None:
        """The text with split characters put together where that makes two characters of a word.

        `sites`: wherever any of `wholes` stands. None where nothing is put together.
        """
        apart = list(_apart(sorted(sites, key=lambda site: (site[0], -site[1]))))
        return splice(view, self._likely(view.text, apart))

    def _likely(self, text: str, sites: list[Site]) -> Iterator[Site]:
        """Those with a likely neighbour."""
        heads = {start: char for start, _, char in sites}
        tails = {end: char for _, end, char in sites}
        for start, end, char in sites:
            before = {tails.get(start, ""), text[start - 1 : start]}
            after = {heads.get(end, ""), text[end : end + 1]}
            if (
                end == len(text)
                or any(b + char in self._pairs for b in before)
                or any(char + a in self._pairs for a in after)
            ):
                yield start, end, char


def _apart(sites: Iterable[Site]) -> Iterator[Site]:
    """Those that do not overlap, the longest first at each place."""
    reach = 0
    for site in sites:
        if site[0] >= reach:
            reach = site[1]
            yield site
