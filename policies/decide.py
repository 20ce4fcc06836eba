"""From findings to a verdict. Pure: no clock, no file, no socket.

A verdict is BLOCK until everything that could speak against the text has been heard: the report is
about this text, all of it was read, and whoever failed is one whose failure the packs let pass.
"""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.types import Failure, FailureReason, Finding, Report, Segment
from policies.conditions import ConditionFault, scores_of, variables
from policies.context import UNKNOWN, Context
from policies.policy_set import Bearings, PolicySet
from policies.types import (
    Action,
    Bearing,
    Direction,
    Hit,
    OnFailure,
    PolicyPack,
    Ruling,
    Verdict,
)


def decide(
    pack: PolicyPack,
    direction: Direction,
    report: Report,
    segments: Sequence[Segment],
    context: Context = UNKNOWN,
) -> Verdict:
    """Judge a batch of segments by one pack; see `decide_all`."""
    return decide_all(PolicySet((pack,)), direction, report, segments, context)


def decide_all(
    policies: PolicySet,
    direction: Direction,
    report: Report,
    segments: Sequence[Segment],
    context: Context = UNKNOWN,
) -> Verdict:
    """Judge a batch of segments by what the classifiers said of it.

    The strictest action of all hits and failures of all packs wins. A finding that no detector
    names, or that stays below the threshold, concerns nobody. A classifier that only one pack
    relies on fails only that pack; one that none relies on fails them all. So does a condition that
    gives no answer.
    """
    heard = _heard(policies.bearings[direction][context.minor], report.findings)
    faults: tuple[Failure, ...] = ()
    if policies.conditions and heard:
        heard, faults = _standing(policies, direction, report, heard, context)
    heard.sort()
    hits = [Hit(one[6], one[7]) for one in heard]
    failures = (*report.failures, *faults)
    unread = _for_unread(report, segments)
    strictest: dict[str, Action] = {}
    for one in heard:
        strictest.setdefault(one[6].pack, one[6].action)
    rulings = [
        Ruling(
            pack,
            max(
                strictest.get(pack.name, Action.ALLOW),
                _for_failures(policies, pack.name, failures),
                unread,
            ),
        )
        for pack in policies.packs
    ]
    if len(rulings) > 1:
        rulings.sort(key=_mildness)
    return Verdict(
        rulings=tuple(rulings),
        direction=direction,
        action=rulings[0].action,
        hits=tuple(hits),
        failures=failures,
        scanned=report.scanned,
        total=report.total,
    )


_Heard = tuple[int, float, int, int, str, int, Bearing, Finding]
"""A rule that a finding meets, behind what the two are sorted by: weight, score, place, leaf."""


def _heard(bearings: Bearings, findings: Sequence[Finding]) -> list[_Heard]:
    met = [
        (its, found)
        for found in findings
        for its in bearings.get((found.classifier, found.category), ())
        # Written so that a score that is not a number counts as a hit.
        if not found.score < its.threshold
    ]
    return [
        # The number keeps the order among equals, and what stands behind it from being compared.
        (its.weight, -found.score, found.segment, found.start, its.leaf.id, n, its, found)
        for n, (its, found) in enumerate(met)
    ]


CONDITION = "condition"
"""The name under which a condition that gave no answer stands among the failures."""


def _standing(
    policies: PolicySet,
    direction: Direction,
    report: Report,
    heard: Sequence[_Heard],
    context: Context,
) -> tuple[list[_Heard], tuple[Failure, ...]]:
    """The rules whose conditions hold, and the conditions that gave no answer."""
    known = variables(context, direction, scores_of(report.findings, policies.scored))
    answers: dict[str, bool] = {}
    faults: dict[Failure, None] = {}
    for *_, its, _ in heard:
        for condition in its.when:
            if condition.source in answers:
                continue
            try:
                answers[condition.source] = condition.holds(known)
            except ConditionFault:
                answers[condition.source] = True
                failure = Failure(CONDITION, FailureReason.ERROR, f"{its.pack}/{its.leaf.id}")
                faults[failure] = None
    kept = [one for one in heard if all(answers[condition.source] for condition in one[-2].when)]
    return kept, tuple(faults)


def _mildness(ruling: Ruling) -> int:
    return -ruling.action


def _for_failures(policies: PolicySet, pack: str, failures: Sequence[Failure]) -> Action:
    if not failures:
        return Action.ALLOW
    return max(_for_failure(policies, pack, failure) for failure in failures)


def _for_failure(policies: PolicySet, pack: str, failure: Failure) -> Action:
    modes = policies.modes.get(failure.classifier)
    if modes is None:
        return Action.BLOCK
    match modes.get(pack):
        case None:
            return Action.ALLOW
        case OnFailure.OPEN:
            return Action.FLAG
        case OnFailure.CLOSED:
            return Action.BLOCK


def _for_unread(report: Report, segments: Sequence[Segment]) -> Action:
    """BLOCK if characters were left unread, or if the report is about another text."""
    read = (
        report.scanned == report.total
        and report.total >= sum([len(segment.text) for segment in segments])
        and all(0 <= finding.segment < len(segments) for finding in report.findings)
    )
    return Action.ALLOW if read else Action.BLOCK
