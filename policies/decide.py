"""From findings to a verdict. Pure: no clock, no file, no socket.

A verdict is BLOCK until everything that could speak against the text has been heard: the report is
about this text, all of it was read, and whoever failed is one whose failure the packs let pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from classifiers.types import Failure, Finding, Report, Segment
from policies.policy_set import PolicySet
from policies.types import (
    Action,
    Direction,
    Hit,
    OnFailure,
    PolicyPack,
    Ruling,
    Tier,
    Verdict,
)

_GRAVITY = {Tier.ILLEGAL: 0, Tier.HARMFUL: 1, Tier.QUALITY: 2}


def decide(
    pack: PolicyPack, direction: Direction, report: Report, segments: Sequence[Segment]
) -> Verdict:
    """Judge a batch of segments by one pack; see `decide_all`."""
    return decide_all(PolicySet((pack,)), direction, report, segments)


def decide_all(
    policies: PolicySet, direction: Direction, report: Report, segments: Sequence[Segment]
) -> Verdict:
    """Judge a batch of segments by what the classifiers said of it.

    The strictest action of all hits and failures of all packs wins. A finding that no detector
    names, or that stays below the threshold, concerns nobody. A classifier that only one pack
    relies on fails only that pack; one that none relies on fails them all.
    """
    hits = _hits(policies, direction, report.findings)
    if len(hits) > 1:
        hits.sort(key=_weight)
    unread = _for_unread(report, segments)
    strictest: dict[str, Action] = {}
    for hit in hits:
        strictest.setdefault(hit.pack, hit.action)
    rulings = [
        Ruling(
            pack,
            max(
                strictest.get(pack.name, Action.ALLOW),
                _for_failures(policies, pack.name, report.failures),
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
        failures=report.failures,
        scanned=report.scanned,
        total=report.total,
    )


def _hits(policies: PolicySet, direction: Direction, findings: Iterable[Finding]) -> list[Hit]:
    rules = policies.rules
    return [
        Hit(rule.pack, rule.leaf, finding, rule.threshold, rule.actions[direction])
        for finding in findings
        for rule in rules.get((finding.classifier, finding.category), ())
        # Written so that a score that is not a number counts as a hit.
        if not finding.score < rule.threshold
    ]


def _weight(hit: Hit) -> tuple[int, int, float, int, int, str]:
    finding = hit.finding
    return (
        -hit.action,
        _GRAVITY[hit.leaf.tier],
        -finding.score,
        finding.segment,
        finding.start,
        hit.leaf.id,
    )


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
        and report.total >= sum(len(segment.text) for segment in segments)
        and all(0 <= finding.segment < len(segments) for finding in report.findings)
    )
    return Action.ALLOW if read else Action.BLOCK
