"""What a pack says and what a verdict is. Pure data: no file is read here, no socket touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol

from classifiers.types import Failure, Finding


class Direction(StrEnum):
    """Which way the text travels."""

    PROMPT = "prompt"
    OUTPUT = "output"


class Action(IntEnum):
    """What is done with a text. Closed and ordered: the strictest of several wins."""

    ALLOW = 0
    FLAG = 1
    """Passes; noted on the record."""
    LABEL = 2
    """Passes with a warning label."""
    REDACT = 3
    """The matched spans are masked."""
    ANSWER = 4
    """An approved answer stands in for the model's."""
    REVIEW = 5
    """Held for a person."""
    BLOCK = 6

    @property
    def label(self) -> str:
        """The lower-case word used in packs, records, headers and metrics."""
        return self.name.lower()


class Tier(StrEnum):
    """How grave a risk is in law: unlawful, harmful (AR Art. 9), or a matter of quality only."""

    ILLEGAL = "illegal"
    HARMFUL = "harmful"
    QUALITY = "quality"


class OnFailure(StrEnum):
    """What a classifier's failure means for the leaves it serves."""

    CLOSED = "closed"
    OPEN = "open"


class Applies(Protocol):
    """Says when a rule applies; see `policies.conditions`."""

    @property
    def source(self) -> str: ...

    def holds(self, variables: Mapping[str, object]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Detector:
    """One way to recognise a leaf: a category of a classifier, and from which score on."""

    classifier: str
    category: str
    threshold: float = 0.5
    actions: Mapping[Direction, Action] | None = None
    """Overrides the leaf's own actions for this detector; None where the leaf's apply."""
    when: tuple[Applies, ...] = ()
    """Conditions, all of which must hold."""


@dataclass(frozen=True, slots=True)
class Floors:
    """How many entries GB/T 45654 asks for per leaf. None where it asks for none."""

    keywords: int | None = None
    generation: int | None = None
    refusal: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One risk of a pack."""

    id: str
    name_zh: str
    name_en: str
    article: str
    """The provision it answers, such as `IM Art. 4(1)`."""
    tier: Tier
    actions: Mapping[Direction, Action]
    minor_actions: Mapping[Direction, Action] | None = None
    """Where the user is under age; None where that changes nothing."""
    floors: Floors = Floors()
    detectors: tuple[Detector, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved answer that may stand in for the model's."""

    id: str
    text_zh: str
    text_en: str


class ExplicitLabel(StrEnum):
    """Where the visible label of a text goes (Labelling Measures Art. 4(1)(1))."""

    INTERFACE = "interface"
    """The text is left alone; the response says that the interface must show the label."""
    PREFIX = "prefix"
    SUFFIX = "suffix"


@dataclass(frozen=True, slots=True)
class LabelProfile:
    """How responses under this pack are labelled."""

    name: str
    explicit: ExplicitLabel
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What users are told about a service before they use it (IM Art. 10, AIA Art. 50(1))."""

    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A law or standard that a pack is drawn from."""

    id: str
    title: str
    status: str
    """`law`, `standard`, `draft` or `own`; a recommended standard is no law."""
    since: str | None = None
    """ISO date from which it applies; None where that is not settled."""


@dataclass(frozen=True, slots=True)
class Family:
    """A group of leaves, whose ids begin with its own."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Retention:
    min_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A leaf's detector as a finding meets it."""

    pack: str
    leaf: Leaf
    threshold: float
    actions: Mapping[Direction, Action]
    minor_actions: Mapping[Direction, Action]
    """Where the user is under age: never milder."""
    when: tuple[Applies, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyPack:
    """One law's content rules, as loaded: immutable and named by a digest of all its files."""

    name: str
    version: str
    digest: str
    """`sha256:` over every file of the pack and every list the operator added to it."""
    leaves: Mapping[str, Leaf]
    answers: Mapping[str, tuple[Answer, ...]]
    """Approved answers by leaf id or family id, most specific first to look up."""
    label: LabelProfile
    retention: Retention
    on_failure: Mapping[Tier, OnFailure]
    """A tier that is not named here is closed."""
    rules: Mapping[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    """By classifier and category, whom a finding concerns. Worked out from the leaves."""
    served: Mapping[str, frozenset[Tier]] = field(init=False, repr=False, compare=False)
    """By classifier, the tiers of the leaves that rely on it. Worked out from the leaves."""

    def __post_init__(self) -> None:
        rules: dict[tuple[str, str], tuple[Rule, ...]] = {}
        served: dict[str, frozenset[Tier]] = {}
        for leaf in self.leaves.values():
            for detector in leaf.detectors:
                key = detector.classifier, detector.category
                actions = detector.actions or leaf.actions
                young = detector.actions or leaf.minor_actions or leaf.actions
                rule = Rule(self.name, leaf, detector.threshold, actions, young, detector.when)
                rules[key] = (*rules.get(key, ()), rule)
                tiers = served.get(detector.classifier, frozenset())
                served[detector.classifier] = tiers | {leaf.tier}
        # A frozen instance can only be completed this way.
        object.__setattr__(self, "rules", rules)
        object.__setattr__(self, "served", served)


class Bearing(NamedTuple):
    """A rule as it bears on one direction, for minors or for others."""

    weight: int
    """Sorts what is decided by first: the stricter action, then the graver tier."""
    pack: str
    leaf: Leaf
    threshold: float
    action: Action
    when: tuple[Applies, ...]


class Hit(NamedTuple):
    """A finding that a leaf's detector recognised, and what the leaf makes of it."""

    rule: Bearing
    finding: Finding

    @property
    def pack(self) -> str:
        return self.rule.pack

    @property
    def leaf(self) -> Leaf:
        return self.rule.leaf

    @property
    def threshold(self) -> float:
        return self.rule.threshold

    @property
    def action(self) -> Action:
        return self.rule.action


class Ruling(NamedTuple):
    """What one pack says of a text."""

    pack: PolicyPack
    action: Action


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the packs that judge a text say of it. No wording, no status code, no language."""

    rulings: tuple[Ruling, ...]
    """Of every pack, the strictest first; packs of equal rulings keep the order of the set."""
    direction: Direction
    action: Action = Action.BLOCK
    """The strictest of the rulings: what is done."""
    hits: tuple[Hit, ...] = ()
    """Of all packs, in the order of weight: the strictest action first."""
    failures: tuple[Failure, ...] = ()
    scanned: int = 0
    total: int = 0

    @property
    def pack(self) -> PolicyPack:
        """The pack that is acted on: that of the hit that decided, or else the strictest."""
        if self.decisive is None:
            return self.rulings[0].pack
        name = self.decisive.pack
        return next(ruling.pack for ruling in self.rulings if ruling.pack.name == name)

    @property
    def decisive(self) -> Hit | None:
        """The hit that set the action. None for ALLOW, and where a failure or unread text did."""
        return self.hits[0] if self.hits and self.hits[0].action == self.action else None
