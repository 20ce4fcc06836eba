"""From findings to a verdict. Pure: no clock, no file, no socket.

A verdict is BLOCK until everything that could speak against the text has been heard: the report is
about this text, all of it was read, and whoever failed is one whose failure the pack lets pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from classifiers.types import Failure, Finding, Report, Segment
from policies.types import (
    Action,
    Direction,
    Hit,
    OnFailure,
    PolicyPack,
    Tier,
    Verdict,
)

_GRAVITY = {Tier.ILLEGAL: 0, Tier.HARMFUL: 1, Tier.QUALITY: 2}


def decide(
    pack: PolicyPack, direction: Direction, report: Report, segments: Sequence[Segment]
) -> Verdict:
    """Judge a batch of segments by what the classifiers said of it.

    The strictest action of all hits and failures wins. A finding that no detector of the pack
    names, or that stays below the threshold, concerns nobody.
    """
    hits = sorted(_hits(pack, direction, report.findings), key=_weight)
    return Verdict(
        pack=pack.name,
        pack_version=pack.version,
        pack_digest=pack.digest,
        direction=direction,
        action=max(
            hits[0].action if hits else Action.ALLOW,
            _for_failures(pack, report.failures),
            _for_unread(report, segments),
        ),
        hits=tuple(hits),
        failures=report.failures,
        scanned=report.scanned,
        total=report.total,
    )


def _hits(pack: PolicyPack, direction: Direction, findings: Iterable[Finding]) -> Iterable[Hit]:
    for finding in findings:
        for rule in pack.rules.get((finding.classifier, finding.category), ()):
            # Written so that a score that is not a number counts as a hit.
            if not finding.score < rule.threshold:
                yield Hit(rule.leaf, finding, rule.threshold, rule.actions[direction])


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


def _for_failures(pack: PolicyPack, failures: Iterable[Failure]) -> Action:
    return max((_for_failure(pack, failure) for failure in failures), default=Action.ALLOW)


def _for_failure(pack: PolicyPack, failure: Failure) -> Action:
    closed = on_failure(pack, failure.classifier) is OnFailure.CLOSED
    return Action.BLOCK if closed else Action.FLAG


def on_failure(pack: PolicyPack, classifier: str) -> OnFailure:
    """CLOSED if any tier that relies on the classifier is closed, or if nobody is known to."""
    tiers = pack.served.get(classifier, frozenset())
    if tiers and all(pack.on_failure.get(tier) is OnFailure.OPEN for tier in tiers):
        return OnFailure.OPEN
    return OnFailure.CLOSED


def _for_unread(report: Report, segments: Sequence[Segment]) -> Action:
    """BLOCK if characters were left unread, or if the report is about another text."""
    read = (
        report.scanned == report.total
        and report.total >= sum(len(segment.text) for segment in segments)
        and all(0 <= finding.segment < len(segments) for finding in report.findings)
    )
    return Action.ALLOW if read else Action.BLOCK
