"""Several packs over one text: each gives its own verdict, and the strictest is acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from classifiers.types import Report, Segment
from policies.decide import decide
from policies.types import Direction, PolicyPack, Verdict


def decide_all(
    packs: Sequence[PolicyPack], direction: Direction, report: Report, segments: Sequence[Segment]
) -> tuple[Verdict, ...]:
    """A verdict for each pack, the strictest first; packs of equal verdicts keep their order.

    The first is acted on, and all of them go on the record. `report` is that of a panel which
    serves every pack. A classifier that only one pack relies on fails only that pack; one that none
    relies on fails them all. Raises ValueError without packs: nothing would judge the text.
    """
    if not packs:
        raise ValueError("no pack to judge by; name at least one")
    relied_on = frozenset[str]().union(*(pack.served for pack in packs))
    verdicts = [
        decide(pack, direction, _concerning(pack, relied_on, report), segments) for pack in packs
    ]
    return tuple(sorted(verdicts, key=lambda verdict: -verdict.action))


def _concerning(pack: PolicyPack, relied_on: frozenset[str], report: Report) -> Report:
    failures = tuple(
        failure
        for failure in report.failures
        if failure.classifier in pack.served or failure.classifier not in relied_on
    )
    return replace(report, failures=failures)
