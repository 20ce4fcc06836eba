"""A scanner for tests: finds fixed words exactly, and holds back exactly their live prefixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.types import Failure, Finding, Report, ScanStream, Segment


@dataclass(frozen=True)
class Needles:
    """Words by category. Plain substring search, the simplest thing that can be right."""

    words: Mapping[str, str]
    """word -> category"""
    name: str = "needles"

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(self.words.values())

    def scan(self, segments: Sequence[Segment]) -> Report:
        found = [
            Finding(self.name, category, 1.0, at, at + len(word), segment=number)
            for number, segment in enumerate(segments)
            for word, category in self.words.items()
            for at in _places(segment.text, word)
        ]
        total = sum(len(segment.text) for segment in segments)
        return Report(tuple(found), (), total, total)

    def stream(self, hold: frozenset[str]) -> ScanStream:
        return NeedleStream(self, hold)


class NeedleStream:
    """Keeps the whole text and looks at all of it each time."""

    def __init__(self, needles: Needles, hold: frozenset[str]) -> None:
        self._needles = needles
        self._held = [word for word, category in needles.words.items() if category in hold]
        self._text = ""
        self._returned: set[tuple[int, int]] = set()
        self._finished = False

    def feed(self, delta: str) -> list[Finding]:
        self._text += delta
        findings = self._needles.scan([Segment(self._text)]).findings
        new = [f for f in findings if (f.start, f.end) not in self._returned]
        self._returned |= {(f.start, f.end) for f in new}
        return new

    def finish(self) -> list[Finding]:
        self._finished = True
        return []

    @property
    def failures(self) -> Sequence[Failure]:
        return ()

    @property
    def safe(self) -> int:
        if self._finished:
            return len(self._text)
        live = (
            len(self._text) - length
            for word in self._held
            for length in range(1, len(word))
            if self._text.endswith(word[:length])
        )
        return min(live, default=len(self._text))


def _places(text: str, word: str) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(word, at)]
