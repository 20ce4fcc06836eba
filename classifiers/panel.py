"""The panel: asks every classifier, under a deadline, and makes one report of what they say.

Cheap evidence comes first: where what a scanner found decides already, no classifier is asked. A
classifier behind a gate is asked only about the texts that the one before it is unsure of.

A classifier that raises, is late or answers nonsense is named as a `Failure`, and packs say what
that means. Characters count as scanned when every classifier that names no failure has read them:
what a failure left unread is answered for by the failure, anything else unread is silent and shows
as `scanned < total`. Where nobody answered, nothing counts as scanned.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from classifiers.health import Health
from classifiers.observing import UNOBSERVED, Observer, Spared
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

_DEADLINE_CHARS = 16_384
"""A deadline is for a batch of this size; longer ones get more, in proportion."""
_MOST_DEADLINES = 8
_PROBE = (Segment("How are you?"),)
_PROBE_EVERY_S = 1.0

Judge = Classifier | Scanner
Ask = Callable[[Sequence[Segment]], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets a classifier be asked only where the one before it is unsure."""

    after: str
    """The classifier whose scores are looked at; it may have no gate of its own."""
    zones: Mapping[str, tuple[float, float]]
    """By category of that classifier, `[low, high)`: below it is sure that there is nothing, from
    `high` on that there is something."""

    def opinion(self, findings: Iterable[Finding]) -> Spared:
        """What is known of one text once `after` has spoken."""
        opinion = Spared.CLEAR
        for finding in findings:
            low, high = self.zones.get(finding.category, (2.0, 2.0))
            if finding.score >= high:
                return Spared.SURE
            if finding.score >= low:
                opinion = Spared.ASKED
        return opinion


@dataclass(frozen=True, slots=True)
class Seat:
    """On which terms a classifier sits on the panel."""

    deadline_s: float | None = None
    """None for the panel's own."""
    gate: Gate | None = None


_PLAIN_SEAT = Seat()
Evidence = frozenset[tuple[str, str]]
"""Classifier and category."""


class Panel:
    """Scanners and classifiers that judge the same texts. Belongs to one event loop."""

    def __init__(
        self,
        scanners: Sequence[Scanner],
        classifiers: Sequence[Classifier] = (),
        deadline_s: float = 2.0,
        inline_chars: int = 8_192,
        *,
        seats: Mapping[str, Seat] | None = None,
        decisive: Evidence = frozenset(),
        observer: Observer = UNOBSERVED,
    ) -> None:
        """`inline_chars`: the largest batch that scanners judge on the loop; above, in a thread.

        Ordinary text of that length takes the patterns a fraction of a millisecond, and text
        that is nothing but failing candidates about 20.

        `seats` are by a classifier's name. `decisive` is what scanners may find that leaves
        nothing for classifiers to add.
        """
        self.scanners = tuple(scanners)
        self.classifiers = tuple(classifiers)
        self._deadline_s = deadline_s
        self._inline_chars = inline_chars
        self._seats = seats or {}
        self._decisive = decisive
        self._observer = observer
        self._health = {classifier.name: Health() for classifier in self.classifiers}
        self._probed = -_PROBE_EVERY_S
        self._threads = asyncio.Semaphore(_SCAN_THREADS)

    async def classify(self, segments: Sequence[Segment]) -> Report:
        """Have every scanner and classifier judge whole texts."""
        size = _size(segments)
        scans = await self._scans(segments, size)
        if self.settled(finding for report in scans for finding in report.findings):
            self._spared(self.classifiers, Spared.SETTLED, len(segments))
            return _joined(scans, size)
        return _joined([*scans, *await self._answers(segments)], size)

    async def scan(self, segments: Sequence[Segment]) -> Report:
        """Have only the scanners judge: for further readings of what classifiers judge as it is."""
        size = _size(segments)
        return _joined(await self._scans(segments, size), size)

    async def _scans(self, segments: Sequence[Segment], size: int) -> list[Report]:
        if size <= self._inline_chars:
            return [_scan(scanner, segments) for scanner in self.scanners]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._scanned(s, segments)) for s in self.scanners]
        return [task.result() for task in tasks]

    async def classify_windows(self, segments: Sequence[Segment]) -> Report:
        """Have only the classifiers judge: scanners follow a stream by themselves."""
        return _joined(await self._answers(segments), _size(segments))

    def stream(self, hold: frozenset[str]) -> PanelStream:
        """Open one growing text under all scanners. `hold`: as for `Scanner.stream`."""
        return PanelStream([scanner.stream(hold) for scanner in self.scanners])

    def settled(self, findings: Iterable[Finding]) -> bool:
        """Whether scanners have found what decides by itself."""
        decisive = self._decisive
        return any((finding.classifier, finding.category) in decisive for finding in findings)

    async def problems(self) -> Mapping[str, str]:
        """The classifiers that do not answer, each with why. Asks those again, now and then."""
        unwell = [c for c in self.classifiers if self._health[c.name].problem]
        now = time.monotonic()
        if unwell and now - self._probed >= _PROBE_EVERY_S:
            self._probed = now
            async with asyncio.TaskGroup() as group:
                for classifier in unwell:
                    group.create_task(self._asked(classifier, _PROBE))
        problems = ((c.name, self._health[c.name].problem) for c in unwell)
        return {name: problem for name, problem in problems if problem}

    async def _answers(self, segments: Sequence[Segment]) -> list[Report]:
        """Ask the classifiers, all at once but for those that wait for another's answer.

        Whoever cancels the caller cancels them.
        """
        if not self.classifiers:
            return []
        tasks: dict[str, asyncio.Task[Report]] = {}
        async with asyncio.TaskGroup() as group:
            for classifier in sorted(self.classifiers, key=lambda c: self._gate(c) is not None):
                gate = self._gate(classifier)
                work = (
                    self._asked(classifier, segments)
                    if gate is None
                    else self._asked_behind(gate, tasks[gate.after], classifier, segments)
                )
                tasks[classifier.name] = group.create_task(work)
        return [tasks[classifier.name].result() for classifier in self.classifiers]

    def _gate(self, classifier: Classifier) -> Gate | None:
        return self._seats.get(classifier.name, _PLAIN_SEAT).gate

    async def _asked(self, classifier: Classifier, segments: Sequence[Segment]) -> Report:
        own = self._seats.get(classifier.name, _PLAIN_SEAT).deadline_s or self._deadline_s
        lengths = min(_MOST_DEADLINES, max(1.0, _size(segments) / _DEADLINE_CHARS))
        began = time.perf_counter()
        ask = partial(_classify, classifier)
        report = await self._answer(classifier, ask, segments, own * lengths)
        self._observer.classified(classifier.name, time.perf_counter() - began)
        self._health[classifier.name].note(report)
        return report

    async def _asked_behind(
        self,
        gate: Gate,
        before: asyncio.Task[Report],
        classifier: Classifier,
        segments: Sequence[Segment],
    ) -> Report:
        """Ask about the texts that the classifier before leaves open; about all if it fails."""
        first = await before
        if first.failures:
            return await self._asked(classifier, segments)
        opinions = _opinions(gate, first, len(segments))
        for opinion in (Spared.CLEAR, Spared.SURE):
            self._spared([classifier], opinion, opinions.count(opinion))
        open_ = [number for number, its in enumerate(opinions) if its is Spared.ASKED]
        spared = _size(segments) - _size([segments[number] for number in open_])
        if not open_:
            return Report(scanned=spared, total=spared)
        report = await self._asked(classifier, [segments[number] for number in open_])
        return Report(
            tuple(replace(f, segment=open_[f.segment]) for f in report.findings),
            report.failures,
            report.scanned + spared,
            report.total + spared,
        )

    def _spared(self, classifiers: Iterable[Classifier], how: Spared, texts: int) -> None:
        if texts:
            for classifier in classifiers:
                self._observer.texts(classifier.name, how, texts)

    async def _scanned(self, scanner: Scanner, segments: Sequence[Segment]) -> Report:
        ask = partial(self._in_thread, scanner)
        return await self._answer(scanner, ask, segments, self._deadline_s)

    async def _answer(
        self, judge: Judge, ask: Ask, segments: Sequence[Segment], deadline_s: float
    ) -> Report:
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(deadline_s):
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


def _opinions(gate: Gate, first: Report, segments: int) -> list[Spared]:
    """What the classifier before makes of each segment."""
    by_segment: list[list[Finding]] = [[] for _ in range(segments)]
    for finding in first.findings:
        by_segment[finding.segment].append(finding)
    return [gate.opinion(findings) for findings in by_segment]


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
    if not report.failures and not report.findings:
        return None
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
    return sum([len(segment.text) for segment in segments])
