"""The cascade: cheap evidence first, then a classifier, then another where that one is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from needles import Needles
from scorers import Told

from classifiers.observing import Spared
from classifiers.panel import Gate, Panel, Seat
from classifiers.types import Failure, FailureReason, Finding, Report, Segment

GATE = Gate("first", {"harm": (0.3, 0.7)})


@dataclass
class Says:
    """A classifier that scores each text by its first word, and notes what it was asked."""

    name: str
    fails: bool = False
    categories: frozenset[str] = frozenset({"harm"})
    asked: list[str] = field(default_factory=list)

    async def classify(self, segments: Sequence[Segment]) -> Report:
        self.asked += [segment.text for segment in segments]
        total = sum(len(segment.text) for segment in segments)
        if self.fails:
            return Report(failures=(Failure(self.name, FailureReason.ERROR),), total=total)
        found = [
            Finding(self.name, "harm", float(segment.text.split()[0]), 0, 1, number)
            for number, segment in enumerate(segments)
        ]
        return Report(tuple(found), (), total, total)


def segments(*texts: str) -> list[Segment]:
    return [Segment(text) for text in texts]


def panel(first: Says, second: Says, told: Told | None = None) -> Panel:
    return Panel([], [second, first], seats={"second": Seat(gate=GATE)}, observer=told or Told())


async def test_the_second_is_asked_only_where_the_first_is_unsure() -> None:
    """From the lower bound on, below the upper; its findings keep their segments."""
    first, second, told = Says("first"), Says("second"), Told()
    texts = ["0.1 clear", "0.3 unsure", "0.69 unsure", "0.7 sure", "0.9 sure"]
    report = await panel(first, second, told).classify(segments(*texts))

    assert texts == first.asked
    assert texts[1:3] == second.asked
    assert [1, 2] == [f.segment for f in report.findings if f.classifier == "second"]
    assert (report.scanned, report.total) == (sum(map(len, texts)),) * 2
    assert 1 == told.outcomes["second", Spared.CLEAR]
    assert 2 == told.outcomes["second", Spared.SURE]


async def test_nobody_unsure_asks_nobody() -> None:
    """Everything counts as read: the first has judged it."""
    second = Says("second")
    report = await panel(Says("first"), second).classify_windows(segments("0.1 a", "0.9 b"))

    assert [] == second.asked
    assert (10, 10) == (report.scanned, report.total)


async def test_a_first_that_fails_leaves_all_to_the_second() -> None:
    """Its failure stays on the report, for the pack to judge."""
    second = Says("second")
    report = await panel(Says("first", fails=True), second).classify(segments("0.1 a", "0.9 b"))

    assert ["0.1 a", "0.9 b"] == second.asked
    assert ["first"] == [failure.classifier for failure in report.failures]


async def test_a_second_that_fails_is_a_failure_only_where_it_was_asked() -> None:
    """A guard that is down does not stop texts that it would not have seen."""
    one = panel(Says("first"), Says("second", fails=True))

    assert () == (await one.classify(segments("0.1 a"))).failures
    assert ["second"] == [f.classifier for f in (await one.classify(segments("0.5 a"))).failures]


async def test_evidence_that_decides_asks_no_classifier() -> None:
    """A word that blocks whatever else is found; one that only flags does not."""
    first, told = Says("first"), Told()
    scanner = Needles({"stopword": "stopped", "noted": "noted"})
    decisive = frozenset({("needles", "stopped")})
    one = Panel([scanner], [first], decisive=decisive, observer=told)
    stopped = await one.classify(segments("0.1 stopword"))
    await one.classify(segments("0.1 noted"))

    assert (["stopped"], 12, 12) == (
        [f.category for f in stopped.findings], stopped.scanned, stopped.total,
    )  # fmt: skip
    assert ["0.1 noted"] == first.asked
    assert {("first", Spared.SETTLED): 1} == told.outcomes


async def test_three_failures_in_a_row_are_a_problem_until_it_answers() -> None:
    """A probe asks again, without a request."""
    first = Says("first", fails=True)
    one = Panel([], [first])
    for _ in range(2):
        await one.classify(segments("0.1 a"))
    assert {} == await one.problems()
    await one.classify(segments("0.1 a"))
    assert {"first": "error"} == await one.problems()
    first.fails = False
    one._probed = float("-inf")
    # The probe is a sentence; this classifier reads numbers, and raising is a failure too.
    assert {"first": "error ValueError"} == await one.problems()
    await one.classify(segments("0.1 a"))
    assert {} == await one.problems()
