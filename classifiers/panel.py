"""The panel: asks every classifier, under a deadline, and makes one report of what they say.

A classifier that raises, is late or answers nonsense is named as a `Failure`, and packs say what
that means. Characters count as scanned when every classifier that names no failure has read them:
what a failure left unread is answered for by the failure, anything else unread is silent and shows
as `scanned < total`. Where nobody answered, nothing counts as scanned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from classifiers.types import (
    Classifier,
    Failure,
    FailureReason,
    Finding,
    Report,
    Scanner,
    ScanStream,
    Segment,
)

_SCAN_THREADS = 2
"""Scans of large batches at a time. They compute, so more would only take turns."""

Judge = Classifier | Scanner
Ask = Callable[[Sequence[Segment]], Awaitable[Report]]


class Panel:
    """Scanners and classifiers that judge the same texts. Belongs to one event loop."""

    def __init__(
        self,
        scanners: Sequence[Scanner],
        classifiers: Sequence[Classifier] = (),
        deadline_s: float = 2.0,
        inline_chars: int = 8_192,
    ) -> None:
        """`inline_chars`: the largest batch that scanners judge on the loop; above, in a thread.

        Ordinary text of that length takes the patterns a fraction of a millisecond, and text
        that is nothing but failing candidates about 20.
        """
        self.scanners = tuple(scanners)
        self.classifiers = tuple(classifiers)
        self._deadline_s = deadline_s
        self._inline_chars = inline_chars
        self._threads = asyncio.Semaphore(_SCAN_THREADS)

    async def classify(self, segments: Sequence[Segment]) -> Report:
        """Have every scanner and classifier judge whole texts."""
        size = _size(segments)
        asks = self._asks()
        if size > self._inline_chars:
            threads = [(scanner, partial(self._in_thread, scanner)) for scanner in self.scanners]
            return _joined(await self._answers([*threads, *asks], segments), size)
        scans = [_scan(scanner, segments) for scanner in self.scanners]
        return _joined([*scans, *await self._answers(asks, segments)], size)

    async def classify_windows(self, segments: Sequence[Segment]) -> Report:
        """Have only the classifiers judge: scanners follow a stream by themselves."""
        return _joined(await self._answers(self._asks(), segments), _size(segments))

    def stream(self, hold: frozenset[str]) -> PanelStream:
        """Open one growing text under all scanners. `hold`: as for `Scanner.stream`."""
        return PanelStream([scanner.stream(hold) for scanner in self.scanners])

    def _asks(self) -> list[tuple[Judge, Ask]]:
        return [(classifier, partial(_classify, classifier)) for classifier in self.classifiers]

    async def _answers(
        self, asks: Sequence[tuple[Judge, Ask]], segments: Sequence[Segment]
    ) -> list[Report]:
        """Ask all at once. Whoever cancels the caller cancels them."""
        if not asks:
            return []
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._answer(*ask, segments)) for ask in asks]
        return [task.result() for task in tasks]

    async def _answer(self, judge: Judge, ask: Ask, segments: Sequence[Segment]) -> Report:
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(self._deadline_s):
                return await ask(segments)
        except TimeoutError:
            return _failed(judge, FailureReason.TIMEOUT, segments)
        except asyncio.CancelledError:
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: the classifier lost a task of its own.
            return _failed(judge, FailureReason.ERROR, segments, "CancelledError")
        except Exception as error:  # the boundary where whatever a classifier raises becomes data
            return _failed(judge, FailureReason.ERROR, segments, type(error).__name__)

    async def _in_thread(self, scanner: Scanner, segments: Sequence[Segment]) -> Report:
        async with self._threads:
            return await asyncio.to_thread(_scan, scanner, segments)


class PanelStream:
    """One growing text under several scanners; safe is what all of them call safe."""

    def __init__(self, streams: Sequence[ScanStream]) -> None:
        self._streams = tuple(streams)
        self._length = 0

    def feed(self, delta: str) -> list[Finding]:
        self._length += len(delta)
        return [finding for stream in self._streams for finding in stream.feed(delta)]

    def finish(self) -> list[Finding]:
        return [finding for stream in self._streams for finding in stream.finish()]

    @property
    def safe(self) -> int:
        return min((stream.safe for stream in self._streams), default=self._length)

    @property
    def failures(self) -> Sequence[Failure]:
        return [failure for stream in self._streams for failure in stream.failures]


async def _classify(classifier: Classifier, segments: Sequence[Segment]) -> Report:
    return _checked(classifier, await classifier.classify(segments), segments)


def _scan(scanner: Scanner, segments: Sequence[Segment]) -> Report:
    try:
        return _checked(scanner, scanner.scan(segments), segments)
    except Exception as error:  # the boundary where whatever a scanner raises becomes data
        return _failed(scanner, FailureReason.ERROR, segments, type(error).__name__)


def _checked(judge: Judge, report: Report, segments: Sequence[Segment]) -> Report:
    """The report, or a failure in its place where it cannot be about these segments."""
    nonsense = _nonsense(judge, report, segments)
    if nonsense is None:
        return report
    return _failed(judge, FailureReason.MALFORMED, segments, nonsense)


def _nonsense(judge: Judge, report: Report, segments: Sequence[Segment]) -> str | None:
    """What a report says that cannot be, if anything."""
    size = _size(segments)
    if report.total != size or not 0 <= report.scanned <= size:
        return "count"
    if any(failure.classifier != judge.name for failure in report.failures):
        return "name"
    categories = judge.categories
    faults = (_fault(finding, judge.name, categories, segments) for finding in report.findings)
    return next(filter(None, faults), None)


def _fault(
    finding: Finding, name: str, categories: frozenset[str], segments: Sequence[Segment]
) -> str | None:
    if finding.classifier != name:
        return "name"
    if finding.category not in categories:
        return "category"
    if not 0.0 <= finding.score <= 1.0:
        return "score"
    if not 0 <= finding.segment < len(segments):
        return "segment"
    if not 0 <= finding.start < finding.end <= len(segments[finding.segment].text):
        return "span"
    return None


def _joined(reports: Sequence[Report], size: int) -> Report:
    merged = Report.merge(reports)
    answers = [report.scanned for report in reports if not report.failures]
    partial = [report.scanned for report in reports if report.failures]
    scanned = min(answers) if answers else max(partial, default=0)
    return Report(merged.findings, merged.failures, scanned, size)


def _failed(
    judge: Judge, reason: FailureReason, segments: Sequence[Segment], detail: str = ""
) -> Report:
    return Report(failures=(Failure(judge.name, reason, detail),), total=_size(segments))


def _size(segments: Sequence[Segment]) -> int:
    return sum(len(segment.text) for segment in segments)
