"""A word list over a growing text: how far it may leave, and what it turned out to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from classifiers.automaton import Prefixes
from classifiers.lexicon_index import MAX_SPAN, Hit, Reading
from classifiers.text.fold import fold_char
from classifiers.text.gaps import MAX_GAP
from classifiers.text.squeeze import in_token
from classifiers.text.views import Budget, budget_for
from classifiers.types import Failure, FailureReason, Finding

_PATIENCE = 512
"""Kept characters above which a feed waits for a sixteenth more before it reads them again."""
_LONG_TOKEN = 24
"""Characters of a token that are read in one go."""


class Words(Protocol):
    """What a stream asks of the lexicon it belongs to."""

    @property
    def name(self) -> str: ...

    def read(self, text: str, budget: Budget) -> tuple[list[Reading], list[Hit]]: ...

    def readings(self, text: str) -> list[Reading]: ...

    def quiet(self, text: str, loose: int) -> list[Reading] | None: ...

    def unfinished_from(self, text: str) -> int: ...

    def finding(self, hit: Hit, text: str, segment: int = 0, offset: int = 0) -> Finding: ...


class LexiconStream:
    """Keeps, and reads again, only the text that a match may still reach into."""

    def __init__(self, words: Words, hold: frozenset[str], every: Prefixes, held: Prefixes) -> None:
        self._words = words
        self._hold = hold
        self._every = every
        self._held = held
        self._kept = ""
        self._base = 0
        """Where `_kept` begins in the whole text."""
        self._unread = 0
        self._safe = 0
        self._told: dict[Finding, None] = {}
        self._failures: tuple[Failure, ...] = ()

    @property
    def safe(self) -> int:
        return self._safe

    @property
    def failures(self) -> Sequence[Failure]:
        return self._failures

    def feed(self, delta: str) -> list[Finding]:
        within = self._goes_on(delta)
        self._kept += delta
        self._unread += len(delta)
        end = self._base + len(self._kept)
        if within or (len(self._kept) > _PATIENCE and self._unread * 16 < len(self._kept)):
            self._safe = self._safe if self._hold else end
            return []
        self._unread = 0
        loose = self._words.unfinished_from(self._kept)
        quiet = self._words.quiet(self._kept, loose)
        if quiet is not None:
            return self._let_go(quiet, [], loose)
        readings, findings = self._read(self._kept)
        if 0 < loose < len(self._kept):
            readings += self._words.readings(self._kept[:loose])
        return self._let_go(readings, findings, loose)

    def _let_go(
        self, readings: list[Reading], findings: list[Finding], loose: int
    ) -> list[Finding]:
        """Moves on as far as nothing is under way, and tells what is certain."""
        # Behind an invisible character the word may still go on.
        edge = self._base + visible_length(self._kept)
        ready = [finding for finding in findings if finding.end < edge]
        undecided = [finding for finding in findings if finding.end >= edge]
        begun = self._live(readings, self._every, loose)
        if self._hold:
            held = begun if self._held is self._every else self._live(readings, self._held, loose)
            starts = (f.start for f in undecided if f.category in self._hold)
            self._safe = max(self._safe, min([held, *starts]))
        else:
            self._safe = self._base + len(self._kept)
        return self._tell(ready, min([begun, *(f.start for f in undecided)]))

    def _goes_on(self, delta: str) -> bool:
        """Whether the text only goes on with the token that it ends in, which is held anyway."""
        return (
            self._kept[-1:].isalnum()
            and self._kept[-1:].isascii()
            and delta.isascii()
            and delta.isalnum()
            and self._unread + len(delta) <= _LONG_TOKEN
        )

    def finish(self) -> list[Finding]:
        _, findings = self._read(self._kept)
        self._safe = end = self._base + len(self._kept)
        return self._tell(findings, end)

    def _read(self, text: str) -> tuple[list[Reading], list[Finding]]:
        budget = budget_for(text)
        readings, hits = self._words.read(text, budget)
        if budget.spent:
            self._failures = (Failure(self._words.name, FailureReason.UNDECODABLE),)
        return readings, [self._words.finding(hit, text, offset=self._base) for hit in hits]

    def _live(self, readings: list[Reading], prefixes: Prefixes, loose: int) -> int:
        """The earliest place, in the whole text, from which a word may still come about."""
        ends = (begun_at(reading, prefixes) for reading in readings)
        first = min((at for at in ends if at is not None), default=loose)
        return self._back(min(first, loose))

    def _back(self, first: int) -> int:
        """The place in the whole text of the first kept character that may matter yet."""
        while 0 < first < len(self._kept) and self._kept[first - 1] == self._kept[first]:
            first -= 1  # a letter said twice may be meant once
        return self._base + max(first, len(self._kept) - MAX_SPAN)

    def _tell(self, ready: list[Finding], live: int) -> list[Finding]:
        """The findings not told before; forgets all that ends before the new beginning."""
        fresh = [finding for finding in ready if finding not in self._told]
        self._told.update(dict.fromkeys(fresh))
        self._cut(live - self._base)
        self._told = {f: None for f in self._told if f.end > self._base}
        return fresh

    def _cut(self, at: int) -> None:
        """Forget what stands before `at`, but for the token it stands in and what that follows."""
        kept = self._kept
        start = at
        while start > 0 and at - start < MAX_SPAN and _within_token(kept[start - 1]):
            start -= 1
        start = max(0, start - 1)
        self._kept = kept[start:]
        self._base += start


def _within_token(char: str) -> bool:
    """Whether a token may run over a character as it is read: 🅵 is a letter."""
    folded = fold_char(char)
    return not folded or any(map(in_token, folded))


def visible_length(text: str) -> int:
    """The length of the text without the characters at its end that folding drops."""
    length = len(text)
    while length and not fold_char(text[length - 1]):
        length -= 1
    return length


def begun_at(reading: Reading, prefixes: Prefixes) -> int | None:
    """The earliest original place from which the reading's end may begin a word. None: nowhere."""
    for start in prefixes.begun(reading.key):
        if reading.begins(start) and reading.trailing <= MAX_GAP:
            return reading.home(start, start + 1)[0]
    return None
