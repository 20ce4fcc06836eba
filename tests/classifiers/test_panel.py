"""The panel: everyone is asked, nobody is waited for without end, nonsense is a failure."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from classifiers.panel import Panel
from classifiers.patterns import FAMILIES, Patterns
from classifiers.types import Failure, FailureReason, Finding, Report, ScanStream, Segment

TEXTS = [Segment("hello"), Segment("world!")]
TOTAL = 11
SEEN = Finding("fake", "bad", 0.9, 0, 5)


def answer(*findings: Finding, scanned: int = TOTAL) -> Report:
    return Report(findings, scanned=scanned, total=TOTAL)


@dataclass
class Fake:
    """A classifier that does what it is told to."""

    act: Callable[[], Awaitable[Report]]
    name: str = "fake"
    categories: frozenset[str] = frozenset({"bad"})

    async def classify(self, segments: Sequence[Segment]) -> Report:
        return await self.act()


@dataclass
class FakeScanner:
    """A scanner that says what it is told to, or raises it."""

    report: Report | Exception
    name: str = "fake"
    categories: frozenset[str] = frozenset({"bad"})
    asked: list[int] = field(default_factory=list)

    def scan(self, segments: Sequence[Segment]) -> Report:
        self.asked.append(len(segments))
        if isinstance(self.report, Exception):
            raise self.report
        return self.report

    def stream(self, hold: frozenset[str]) -> ScanStream:
        return Patterns(FAMILIES[:1]).stream(hold)


def saying(report: Report, name: str = "fake") -> Fake:
    async def act() -> Report:
        return report

    return Fake(act, name)


async def test_the_findings_of_all_are_joined() -> None:
    """One report for the batch, whoever contributed."""
    other = replace(SEEN, classifier="other")
    panel = Panel([FakeScanner(answer(SEEN))], [saying(answer(other), "other")])

    assert Report((SEEN, other), (), TOTAL, TOTAL) == await panel.classify(TEXTS)


async def test_windows_are_judged_by_classifiers_only() -> None:
    """Scanners follow a stream by themselves."""
    scanner = FakeScanner(answer())
    panel = Panel([scanner], [saying(answer(SEEN))])

    assert (SEEN,) == (await panel.classify_windows(TEXTS)).findings
    assert [] == scanner.asked


async def late() -> Report:
    await asyncio.sleep(30)
    return answer()


async def broken() -> Report:
    raise ValueError("hello")


async def lost() -> Report:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        (late, Failure("fake", FailureReason.TIMEOUT)),
        (broken, Failure("fake", FailureReason.ERROR, "ValueError")),
        (lost, Failure("fake", FailureReason.ERROR, "CancelledError")),
    ],
)
async def test_a_classifier_that_gives_no_answer_is_a_failure(
    act: Callable[[], Awaitable[Report]], failure: Failure
) -> None:
    """It is named, the others count, and no text is in the detail."""
    panel = Panel([FakeScanner(answer(), "lexicon")], [Fake(act)], deadline_s=0.05)
    report = await panel.classify(TEXTS)

    assert ((failure,), TOTAL) == (report.failures, report.scanned)


@pytest.mark.parametrize(
    ("report", "detail"),
    [
        (answer(replace(SEEN, end=6)), "span"),
        (answer(replace(SEEN, start=-1)), "span"),
        (answer(replace(SEEN, start=5)), "span"),
        (answer(replace(SEEN, segment=2)), "segment"),
        (answer(replace(SEEN, segment=-1)), "segment"),
        (answer(replace(SEEN, category="good")), "category"),
        (answer(replace(SEEN, classifier="lexicon")), "name"),
        (answer(replace(SEEN, score=1.01)), "score"),
        (answer(replace(SEEN, score=-0.01)), "score"),
        (answer(replace(SEEN, score=math.nan)), "score"),
        (answer(scanned=12), "count"),
        (answer(scanned=-1), "count"),
        (Report(scanned=5, total=5), "count"),
        (Report(failures=(Failure("lexicon", FailureReason.ERROR),), total=TOTAL), "name"),
    ],
)
async def test_a_report_that_cannot_be_is_a_failure(report: Report, detail: str) -> None:
    """Findings of a classifier or a scanner that talks nonsense are not used."""
    failure = Failure("fake", FailureReason.MALFORMED, detail)
    for panel in (Panel([], [saying(report)]), Panel([FakeScanner(report)])):
        got = await panel.classify(TEXTS)

        assert ((), (failure,)) == (got.findings, got.failures)


@pytest.mark.parametrize("report", [answer(SEEN), answer(replace(SEEN, segment=1, end=6))])
async def test_a_report_at_the_edge_is_believed(report: Report) -> None:
    """The whole of a segment may be a finding."""
    assert report == await Panel([], [saying(report)]).classify(TEXTS)


async def test_what_was_silently_not_read_shows() -> None:
    """A classifier that says it read less, and names no failure, lowers what counts as scanned."""
    panel = Panel([FakeScanner(answer(), "lexicon")], [saying(answer(scanned=7))])

    assert (7, TOTAL) == ((report := await panel.classify(TEXTS)).scanned, report.total)


async def test_where_nobody_answers_nothing_is_scanned() -> None:
    """A panel of nobody, and one whose only member fails, have read nothing."""
    for panel in (Panel([]), Panel([FakeScanner(ValueError("hello"))])):
        assert 0 == (await panel.classify(TEXTS)).scanned


async def test_a_failing_scanner_is_a_failure() -> None:
    """In line and in a thread alike."""
    failure = Failure("fake", FailureReason.ERROR, "ValueError")
    for limit in (0, 1000):
        panel = Panel([FakeScanner(ValueError("hello"))], inline_chars=limit)

        assert (failure,) == (await panel.classify(TEXTS)).failures


async def test_classifiers_are_asked_at_once() -> None:
    """Two that wait for each other both answer."""
    barrier = asyncio.Barrier(2)

    async def act() -> Report:
        async with barrier:
            return answer()

    report = await Panel([], [Fake(act, "one"), Fake(act, "two")]).classify(TEXTS)

    assert () == report.failures


async def test_who_cancels_the_caller_cancels_the_classifiers() -> None:
    """A client that left costs no more work."""
    started, stopped = asyncio.Event(), asyncio.Event()

    async def act() -> Report:
        started.set()
        try:
            return await late()
        finally:
            stopped.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(Panel([], [Fake(act)]).classify(TEXTS))
        await started.wait()
        task.cancel()

    assert (True, True) == (task.cancelled(), stopped.is_set())


async def test_the_loop_turns_while_a_large_batch_is_scanned() -> None:
    """Megabytes are judged, and nobody else waits 50 ms for it."""
    panel = Panel([Patterns(FAMILIES)], deadline_s=30)
    text = ("今天天气很好，The weather is fine, 2024 1234. " * 50 + "电话13800138000。") * 1_000
    stalls: list[float] = []
    async with asyncio.TaskGroup() as group:
        task = group.create_task(panel.classify([Segment(text)]))
        while not task.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            stalls.append(time.perf_counter() - before)
    report = task.result()

    assert ((), 1_000) == (report.failures, len(report.findings))
    assert max(stalls) < 0.05
    assert len(stalls) > 10


def test_a_stream_is_safe_where_all_its_scanners_say_so() -> None:
    """The scanner that holds most decides."""
    families = {family.name: family for family in FAMILIES}
    panel = Panel([Patterns([families["cn_mobile"]]), Patterns([families["email"]])])
    stream = panel.stream(frozenset({"email", "cn_mobile"}))
    stream.feed("write to me@exam")

    assert 9 == stream.safe
    assert ["email"] == [f.category for f in [*stream.feed("ple.com"), *stream.finish()]]
    assert 23 == stream.safe


def test_a_stream_under_no_scanner_is_safe_at_once() -> None:
    """Nobody holds anything back."""
    stream = Panel([]).stream(frozenset())
    stream.feed("hello")

    assert 5 == stream.safe
