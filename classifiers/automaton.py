"""Many words looked for at once, and which of them a growing text may still become."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind


class Automaton:
    """Finds every occurrence of every word, overlapping ones too. Immutable, safe in any thread."""

    def __init__(self, words: Sequence[str]) -> None:
        """`words` are distinct and not empty."""
        self.longest = max(map(len, words), default=0)
        self._matcher = AhoCorasick(
            words, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def hits(self, text: str) -> list[tuple[int, int, int]]:
        """`(word, start, end)` of each occurrence."""
        return self._matcher.find_matches_as_indexes(text, overlapping=True)


class Prefixes:
    """Tells which ends of a text some word begins with."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        self.longest = max(map(len, self._words), default=0)
        # One look-up tells most places of ordinary text apart from a beginning.
        self._starts = frozenset(chain.from_iterable((w[:1], w[:2]) for w in self._words))

    def begun(self, text: str) -> list[int]:
        """Each place from which the rest of the text is, or begins, one of the words."""
        first, last = max(0, len(text) - self.longest), len(text)
        starts, words = self._starts, self._words
        found = []
        for at in range(first, last):
            if text[at : at + 2] in starts:
                tail = text[at:]
                near = bisect_left(words, tail)
                if near < len(words) and words[near].startswith(tail):
                    found.append(at)
        return found
