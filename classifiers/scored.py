"""A classifier made of a model: passages in, scores remembered, findings out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from classifiers.cache import Key, VerdictCache
from classifiers.observing import UNOBSERVED, Observer, Spared
from classifiers.passages import Passage, Passages, Readings, passages, written_and_undone
from classifiers.scoring import Backend, BackendFault, Scores, Side, side_of
from classifiers.types import Failure, FailureReason, Finding, Report, Segment

_INLINE_CHARS = 512
"""Above that, the passages of a batch are made in a thread: many callers may ask at once."""
_READER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stoplog-read")
"""One: several that compute in Python would keep the event loop waiting in turn."""
_MARK = 12
"""Digits of the model's digest that stand with every finding."""


class Scale(Protocol):
    """Reads a model's scores as calibrated ones."""

    def read(self, row: Scores, text: str, side: Side) -> Scores: ...

    def rule(self, label: str, text: str, side: Side) -> str:
        """By which calibration a label's score was read, for the record."""
        ...


class AsTheyAre:
    """Scores that are taken as the model gives them."""

    def read(self, row: Scores, text: str, side: Side) -> Scores:
        return row

    def rule(self, label: str, text: str, side: Side) -> str:
        return label


AS_THEY_ARE = AsTheyAre()


@dataclass(frozen=True, slots=True)
class Reading:
    """How a model's scores become findings."""

    floors: Mapping[str, float] | None = None
    """By label, the score from which it is a finding; labels left out never are, and with None
    every score is."""
    scale: Scale = AS_THEY_ARE
    window_chars: int | None = None
    """Longest passage; None for what the model reads at once."""
    readings: Readings = written_and_undone


class ScoredClassifier:
    """A `Classifier` over a backend."""

    def __init__(
        self,
        name: str,
        backend: Backend,
        reading: Reading = Reading(),
        *,
        cache: VerdictCache | None = None,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._name = name
        self._backend = backend
        self._reading = reading
        self._cache = cache
        self._observer = observer
        self._window_chars = reading.window_chars or backend.window_chars
        self._mark = "@" + backend.digest.removeprefix("sha256:")[:_MARK]

    @property
    def name(self) -> str:
        return self._name

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(self._backend.labels)

    @property
    def digest(self) -> str:
        """`sha256:` of the model."""
        return self._backend.digest

    async def classify(self, segments: Sequence[Segment]) -> Report:
        total = sum(len(segment.text) for segment in segments)
        found = await self._passages(segments, total)
        try:
            rows = await self._rows(found.passages, segments)
        except BackendFault as fault:
            return Report(failures=(Failure(self._name, fault.reason, fault.detail),), total=total)
        findings = tuple(self._findings(found.passages, segments, rows))
        failures = (Failure(self._name, FailureReason.UNDECODABLE),) if found.incomplete else ()
        return Report(findings, failures, total, total)

    async def _passages(self, segments: Sequence[Segment], total: int) -> Passages:
        if total > _INLINE_CHARS:
            return await asyncio.get_running_loop().run_in_executor(_READER, self._read, segments)
        return self._read(segments)

    def _read(self, segments: Sequence[Segment]) -> Passages:
        return passages(segments, self._window_chars, self._reading.readings)

    async def _rows(
        self, found: Sequence[Passage], segments: Sequence[Segment]
    ) -> Mapping[tuple[str, Side], Scores]:
        """The scores of each different text, asked for once."""
        wanted = {(p.text, side_of(segments[p.segment].role)): None for p in found}
        rows: dict[tuple[str, Side], Scores] = {}
        for side in Side:
            texts = [text for text, its in wanted if its is side]
            rows |= {(text, side): row for text, row in (await self._of_side(texts, side)).items()}
        return rows

    async def _of_side(self, texts: Sequence[str], side: Side) -> Mapping[str, Scores]:
        known = {text: row for text in texts if (row := self._remembered(text, side)) is not None}
        asked = [text for text in texts if text not in known]
        if known:
            self._observer.texts(self._name, Spared.CACHED, len(known))
        if asked:
            self._observer.texts(self._name, Spared.ASKED, len(asked))
            for text, row in zip(asked, await self._backend.score(asked, side), strict=True):
                known[text] = row
                self._note(text, side, row)
        return known

    def _remembered(self, text: str, side: Side) -> Scores | None:
        return None if self._cache is None else self._cache.get(self._key(text, side))

    def _key(self, text: str, side: Side) -> Key:
        if self._cache is None:
            raise RuntimeError("there is no cache: this is a bug")
        return self._cache.key(text, side)

    def _note(self, text: str, side: Side, row: Scores) -> None:
        if self._cache is not None:
            self._cache.put(self._key(text, side), row)
        for label, score in zip(self._backend.labels, row, strict=True):
            self._observer.scored(self._name, label, score)

    def _findings(
        self,
        found: Sequence[Passage],
        segments: Sequence[Segment],
        rows: Mapping[tuple[str, Side], Scores],
    ) -> Iterator[Finding]:
        floors, scale = self._reading.floors, self._reading.scale
        for passage in found:
            side = side_of(segments[passage.segment].role)
            scores = scale.read(rows[passage.text, side], passage.text, side)
            for label, score in zip(self._backend.labels, scores, strict=True):
                if floors is None or score >= floors.get(label, 2.0):
                    yield Finding(
                        self._name,
                        label,
                        score,
                        passage.start,
                        passage.end,
                        passage.segment,
                        f"{scale.rule(label, passage.text, side)} {self._mark}",
                        passage.view,
                    )
