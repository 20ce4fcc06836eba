"""Deciding: the strictest action wins, and whatever was not heard counts against the text."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.types import Failure, FailureReason, Finding, Report, Segment
from policies.decide import decide
from policies.types import (
    Action,
    Detector,
    Direction,
    ExplicitLabel,
    LabelProfile,
    Leaf,
    OnFailure,
    PolicyPack,
    Retention,
    Tier,
)

TEXT = [Segment("0123456789")]
READ = Report(scanned=10, total=10)


def leaf(
    name: str,
    tier: Tier,
    prompt: Action,
    output: Action,
    *detectors: Detector,
) -> Leaf:
    actions = {Direction.PROMPT: prompt, Direction.OUTPUT: output}
    return Leaf(name, "示例", "Sample", "House 1", tier, actions, detectors=detectors)


def pack(
    *leaves: Leaf, failing: tuple[OnFailure, OnFailure, OnFailure] = (OnFailure.CLOSED,) * 3
) -> PolicyPack:
    return PolicyPack(
        name="sample",
        version="1.0",
        digest="sha256:0",
        leaves={leaf.id: leaf for leaf in leaves},
        answers={},
        label=LabelProfile("plain", ExplicitLabel.INTERFACE, "由AI生成", "Made by AI"),
        retention=Retention(1, 2),
        on_failure=dict(zip(Tier, failing, strict=True)),
    )


FLAGS = leaf("S.1", Tier.HARMFUL, Action.FLAG, Action.REDACT, Detector("words", "a"))
BLOCKS = leaf("S.2", Tier.ILLEGAL, Action.BLOCK, Action.BLOCK, Detector("model", "b", 0.7))
LABELS = leaf("S.3", Tier.QUALITY, Action.ALLOW, Action.LABEL, Detector("model", "c", 0.7))
PACK = pack(FLAGS, BLOCKS, LABELS)


def finding(
    category: str, score: float = 1.0, classifier: str = "words", start: int = 0
) -> Finding:
    return Finding(classifier, category, score, start, start + 3)


def action(
    report: Report, direction: Direction = Direction.PROMPT, by: PolicyPack = PACK
) -> Action:
    return decide(by, direction, report, TEXT).action


def test_a_text_that_was_read_and_has_nothing_against_it_passes() -> None:
    """ALLOW is earned: read to the end, no finding, no failure."""
    assert action(READ) is Action.ALLOW


@pytest.mark.parametrize(
    ("report", "segments"),
    [
        (Report(scanned=9, total=10), TEXT),
        (Report(scanned=11, total=10), TEXT),
        (Report(scanned=9, total=9), TEXT),
        (Report(), TEXT),
        (replace(READ, findings=(replace(finding("a"), segment=1),)), TEXT),
        (replace(READ, findings=(replace(finding("a"), segment=-1),)), TEXT),
    ],
    ids=["unread", "overcounted", "another text", "no answer", "beyond", "before"],
)
def test_a_text_that_was_not_read_is_blocked(report: Report, segments: list[Segment]) -> None:
    """A report that leaves characters out, or is about other segments, is no clearance."""
    verdict = decide(PACK, Direction.PROMPT, report, segments)

    assert (verdict.action, verdict.decisive) == (Action.BLOCK, None)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], Action.ALLOW),
        ([finding("a")], Action.FLAG),
        ([finding("a", 0.5)], Action.FLAG),
        ([finding("a", 0.49)], Action.ALLOW),
        ([finding("a", math.nan)], Action.FLAG),
        ([finding("b")], Action.ALLOW),
        ([finding("b", classifier="model")], Action.BLOCK),
        ([finding("b", 0.69, "model")], Action.ALLOW),
        ([finding("unknown")], Action.ALLOW),
        ([finding("c", classifier="model")], Action.ALLOW),
        ([finding("a"), finding("b", classifier="model")], Action.BLOCK),
        ([finding("b", classifier="model"), finding("a")], Action.BLOCK),
    ],
)
def test_the_strictest_hit_wins(found: list[Finding], expected: Action) -> None:
    """A finding counts where a detector names its classifier and category, from its threshold."""
    assert action(replace(READ, findings=tuple(found))) is expected


def test_each_direction_has_its_own_action() -> None:
    """What is noted on a prompt may be masked in an output."""
    report = replace(READ, findings=(finding("a"),))

    assert (action(report), action(report, Direction.OUTPUT)) == (Action.FLAG, Action.REDACT)


def test_a_detector_may_act_otherwise_than_its_leaf() -> None:
    """A leaf's sure and unsure signs need not have the same effect."""
    softer = {Direction.PROMPT: Action.FLAG, Direction.OUTPUT: Action.FLAG}
    sure, unsure = Detector("words", "a"), Detector("words", "b", actions=softer)
    both = pack(leaf("S.1", Tier.HARMFUL, Action.BLOCK, Action.BLOCK, sure, unsure))

    decided = [action(replace(READ, findings=(finding(c),)), by=both) for c in "ab"]

    assert decided == [Action.BLOCK, Action.FLAG]


def test_one_finding_can_concern_several_leaves() -> None:
    """Every leaf that names the category is on the verdict."""
    twice = pack(FLAGS, replace(FLAGS, id="S.0"))
    verdict = decide(twice, Direction.PROMPT, replace(READ, findings=(finding("a"),)), TEXT)

    assert [hit.leaf.id for hit in verdict.hits] == ["S.0", "S.1"]


def test_hits_stand_in_the_order_of_weight() -> None:
    """Action, tier, score, place: so that the first hit is the one to show."""
    found = (
        finding("a", start=5),
        finding("c", 0.9, "model"),
        finding("a", start=1),
        finding("b", 0.8, "model"),
        finding("b", 0.9, "model"),
    )
    verdict = decide(PACK, Direction.OUTPUT, replace(READ, findings=found), TEXT)

    told = [(hit.leaf.id, hit.finding.score, hit.finding.start) for hit in verdict.hits]
    assert told == [
        ("S.2", 0.9, 0),
        ("S.2", 0.8, 0),
        ("S.1", 1.0, 1),
        ("S.1", 1.0, 5),
        ("S.3", 0.9, 0),
    ]
    assert verdict.decisive is verdict.hits[0]


def test_a_failure_outweighs_a_softer_hit() -> None:
    """Then the failure decided, and no hit may be shown as the reason."""
    report = replace(
        READ, findings=(finding("a"),), failures=(Failure("model", FailureReason.TIMEOUT),)
    )
    verdict = decide(PACK, Direction.PROMPT, report, TEXT)

    assert (verdict.action, verdict.decisive, len(verdict.hits)) == (Action.BLOCK, None, 1)
    assert verdict.failures == report.failures


OPEN, CLOSED = OnFailure.OPEN, OnFailure.CLOSED


@pytest.mark.parametrize("reason", list(FailureReason))
@pytest.mark.parametrize(
    ("tier", "failing", "expected"),
    [
        (Tier.ILLEGAL, (CLOSED, OPEN, OPEN), Action.BLOCK),
        (Tier.ILLEGAL, (OPEN, CLOSED, CLOSED), Action.FLAG),
        (Tier.HARMFUL, (OPEN, CLOSED, OPEN), Action.BLOCK),
        (Tier.HARMFUL, (CLOSED, OPEN, CLOSED), Action.FLAG),
        (Tier.QUALITY, (OPEN, OPEN, CLOSED), Action.BLOCK),
        (Tier.QUALITY, (CLOSED, CLOSED, OPEN), Action.FLAG),
    ],
)
def test_a_failure_is_judged_by_the_tier_it_leaves_unserved(
    tier: Tier,
    failing: tuple[OnFailure, OnFailure, OnFailure],
    expected: Action,
    reason: FailureReason,
) -> None:
    """Closed blocks; open passes, and is noted; the reason makes no difference."""
    served = leaf("S.1", tier, Action.BLOCK, Action.BLOCK, Detector("words", "a"))
    report = replace(READ, failures=(Failure("words", reason),))

    assert action(report, by=pack(served, failing=failing)) is expected


def test_a_classifier_of_several_tiers_is_as_closed_as_the_strictest() -> None:
    """A model that serves quality and illegal leaves cannot fail open for the quality ones."""
    failing = (CLOSED, OPEN, OPEN)
    report = replace(READ, failures=(Failure("model", FailureReason.ERROR),))

    assert action(report, by=pack(BLOCKS, LABELS, failing=failing)) is Action.BLOCK


def test_the_failure_of_a_classifier_that_no_leaf_names_blocks() -> None:
    """What nobody can judge is not let through."""
    report = replace(READ, failures=(Failure("stranger", FailureReason.ERROR),))

    assert action(report, by=pack(LABELS, failing=(OPEN, OPEN, OPEN))) is Action.BLOCK


def test_a_tier_that_the_pack_forgets_is_closed() -> None:
    """Silence is not consent."""
    silent = replace(pack(LABELS), on_failure={})
    report = replace(READ, failures=(Failure("model", FailureReason.ERROR),))

    assert action(report, by=silent) is Action.BLOCK


findings = st.builds(
    finding,
    st.sampled_from(["a", "b", "c", "unknown"]),
    st.floats(0, 1),
    st.sampled_from(["words", "model", "stranger"]),
    st.integers(0, 7),
)
failures = st.builds(
    Failure, st.sampled_from(["words", "model", "stranger"]), st.sampled_from(list(FailureReason))
)
modes = st.tuples(*[st.sampled_from(list(OnFailure))] * 3)
reports = st.builds(
    Report,
    st.lists(findings, max_size=6).map(tuple),
    st.lists(failures, max_size=2).map(tuple),
    st.integers(0, 10),
    st.just(10),
)
directions = st.sampled_from(list(Direction))


@given(modes, directions, reports, reports)
def test_hearing_more_never_softens_a_verdict(
    failing: tuple[OnFailure, OnFailure, OnFailure],
    direction: Direction,
    first: Report,
    second: Report,
) -> None:
    """A second classifier can make a verdict stricter, and only that."""
    by = pack(FLAGS, BLOCKS, LABELS, failing=failing)
    together = Report.merge([first, second])

    apart = max(action(first, direction, by), action(second, direction, by))
    assert action(together, direction, by) >= apart


@given(modes, directions, reports)
def test_the_action_is_the_strictest_of_its_causes(
    failing: tuple[OnFailure, OnFailure, OnFailure], direction: Direction, report: Report
) -> None:
    """Nothing softer than a hit comes out, and nothing passes unread."""
    verdict = decide(pack(FLAGS, BLOCKS, LABELS, failing=failing), direction, report, TEXT)

    assert verdict.action >= max((hit.action for hit in verdict.hits), default=Action.ALLOW)
    assert verdict.action is Action.BLOCK or report.scanned == report.total
    assert verdict.action is not Action.ALLOW or not report.failures
    assert [hit.action for hit in verdict.hits] == sorted(
        (hit.action for hit in verdict.hits), reverse=True
    )


@given(reports, st.randoms())
def test_the_order_of_findings_does_not_matter(report: Report, random: Random) -> None:
    """Classifiers answer in any order; the verdict is the same."""
    shuffled = sorted(report.findings, key=lambda _: random.random())
    other = replace(report, findings=tuple(shuffled))

    assert decide(PACK, Direction.OUTPUT, other, TEXT) == decide(
        PACK, Direction.OUTPUT, report, TEXT
    )
