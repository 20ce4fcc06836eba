"""Packs that judge the same texts: their rules in one table, so that several cost little more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from policies.types import (
    Bearing,
    Direction,
    LabelProfile,
    OnFailure,
    PolicyPack,
    Retention,
    Rule,
    Tier,
)

_GRAVITY = {Tier.ILLEGAL: 0, Tier.HARMFUL: 1, Tier.QUALITY: 2}


Bearings = Mapping[tuple[str, str], Sequence[Bearing]]
"""By classifier and category."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Packs in order of precedence. What they hold against a text adds up."""

    packs: tuple[PolicyPack, ...]
    rules: Mapping[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    """By classifier and category, whom a finding concerns in any pack."""
    modes: Mapping[str, Mapping[str, OnFailure]] = field(init=False, repr=False, compare=False)
    """By classifier, what its failure means for the packs that rely on it."""
    conditions: bool = field(init=False, repr=False, compare=False)
    """Whether any rule has one."""
    bearings: Mapping[Direction, tuple[Bearings, Bearings]] = field(
        init=False, repr=False, compare=False
    )
    """By direction: those for others, and those for minors."""
    scored: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """What conditions may ask the score of, as `classifier/category`."""

    def __post_init__(self) -> None:
        """Raises ValueError without packs, for nothing would judge, and for a name given twice."""
        names = [pack.name for pack in self.packs]
        if not names:
            raise ValueError("no pack to judge by; name at least one")
        if len(set(names)) < len(names):
            raise ValueError(f"a pack is named twice in {', '.join(names)}; name each once")
        conditions = False
        rules: dict[tuple[str, str], tuple[Rule, ...]] = {}
        modes: dict[str, dict[str, OnFailure]] = {}
        for pack in self.packs:
            for key, its in pack.rules.items():
                rules[key] = (*rules.get(key, ()), *its)
                conditions = conditions or any(rule.when for rule in its)
            for classifier in pack.served:
                modes.setdefault(classifier, {})[pack.name] = on_failure(pack, classifier)
        # A frozen instance can only be completed this way.
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "modes", modes)
        bearings = {
            direction: (_bearings(rules, direction, False), _bearings(rules, direction, True))
            for direction in Direction
        }
        object.__setattr__(self, "bearings", bearings)
        object.__setattr__(self, "conditions", conditions)
        object.__setattr__(self, "scored", tuple("/".join(key) for key in rules))

    @property
    def label(self) -> LabelProfile:
        """How responses are labelled: as the first pack says."""
        return self.packs[0].label

    def on_failure(self, classifier: str) -> OnFailure:
        """CLOSED if it is for any pack that relies on the classifier, or if nobody is known to."""
        modes = self.modes.get(classifier, {}).values()
        return OnFailure.OPEN if modes and OnFailure.CLOSED not in modes else OnFailure.CLOSED


def _bearings(
    rules: Mapping[tuple[str, str], Sequence[Rule]], direction: Direction, minor: bool
) -> Bearings:
    return {key: [_bearing(rule, direction, minor) for rule in its] for key, its in rules.items()}


def _bearing(rule: Rule, direction: Direction, minor: bool) -> Bearing:
    action = (rule.minor_actions if minor else rule.actions)[direction]
    weight = len(Tier) * -action + _GRAVITY[rule.leaf.tier]
    return Bearing(weight, rule.pack, rule.leaf, rule.threshold, action, rule.when)


def on_failure(pack: PolicyPack, classifier: str) -> OnFailure:
    """CLOSED if any tier that relies on the classifier is closed, or if nobody is known to."""
    tiers = pack.served.get(classifier, frozenset())
    if tiers and all(pack.on_failure.get(tier) is OnFailure.OPEN for tier in tiers):
        return OnFailure.OPEN
    return OnFailure.CLOSED


def joint_retention(packs: Iterable[PolicyPack]) -> Retention:
    """How long the records of several packs are kept.

    At least as long as any of them asks; then no longer than the first of them allows.
    """
    kept = [pack.retention for pack in packs]
    least = max(retention.min_days for retention in kept)
    return Retention(least, max(least, min(retention.max_days for retention in kept)))
