"""`Patterns`: families of patterns over whole texts and over streams."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.linear import AnyOf
from classifiers.patterns.family import Family
from classifiers.patterns.haystack import Haystack, Piece, Span
from classifiers.patterns.matcher import Matcher
from classifiers.patterns.stream import Lane, PatternStream
from classifiers.prefix import SEPARATOR
from classifiers.text.fold import is_plain
from classifiers.text.view import canonical
from classifiers.types import Finding, Report, Segment

_GAP = SEPARATOR.encode()


_MOST_LANES = 32
"""Cuts that are kept. Packs that are loaded anew may hold something else each time."""


class Patterns:
    """A scanner over families. The category of a finding is the name of its family."""

    def __init__(self, families: Sequence[Family], name: str = "patterns") -> None:
        """Compile the families. Raises ExpressionError where an expression cannot be used."""
        self._name = name
        self._matchers = tuple(map(Matcher, families))
        self._present = AnyOf([matcher.whole for matcher in self._matchers])
        self._categories = frozenset(matcher.family.name for matcher in self._matchers)
        self._lanes: dict[frozenset[str], tuple[Lane, Lane]] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def categories(self) -> frozenset[str]:
        return self._categories

    @property
    def longest(self) -> int:
        """The longest match there can be, in folded characters."""
        return max((matcher.longest for matcher in self._matchers), default=0)

    def scan(self, segments: Sequence[Segment]) -> Report:
        """Judge the segments as one text, with a separator between them that nothing matches."""
        total = sum([len(segment.text) for segment in segments])
        data = _GAP.join((b"", *[_folded(segment.text) for segment in segments], b""))
        present = self._present.among(data)
        if not present:
            return Report(scanned=total, total=total)
        text = _joined(segments, data)
        found: list[tuple[int, Span, str, int]] = []
        for index in present:
            matcher = self._matchers[index]
            for start, end in matcher.matches(text, len(_GAP)):
                place = text.piece_at(start), text.span(start, end)
                found.append((*place, matcher.family.name, index))
        return Report(
            findings=tuple(
                self._finding(segment, span, self._matchers[index].family)
                for segment, span, _, index in sorted(found)
            ),
            scanned=total,
            total=total,
        )

    async def classify(self, segments: Sequence[Segment]) -> Report:
        return self.scan(segments)

    def stream(self, hold: frozenset[str]) -> PatternStream:
        lanes = self._lanes.get(hold)
        if lanes is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes.clear()
            lanes = self._lanes[hold] = self._cut(hold)
        return PatternStream(lanes, self._finding)

    def _cut(self, hold: frozenset[str]) -> tuple[Lane, Lane]:
        held = [m for m in self._matchers if m.family.name in hold]
        free = [m for m in self._matchers if m.family.name not in hold]
        return Lane(held), Lane(free)

    def _finding(self, segment: int, span: Span, family: Family) -> Finding:
        rule = family.rule or family.name
        return Finding(self._name, family.name, family.score, *span, segment=segment, rule=rule)


def _folded(text: str) -> bytes:
    folded = text.lower() if is_plain(text) else canonical(text).text
    return folded.encode("utf-8", "replace")


def _joined(segments: Sequence[Segment], data: bytes) -> Haystack:
    """The folded texts of all segments in one haystack, a piece each."""
    pieces: list[Piece] = []
    at = len(_GAP)
    for segment in segments:
        pieces.append(Piece(at, canonical(segment.text), segment.text))
        at = data.find(_GAP, at) + len(_GAP)
    return Haystack(data, pieces)
