"""The shape of a pack's files, as strangers write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from policies.schema_classifiers import AnyClassifier
from policies.schema_parts import Category, LeafId, Shape, Short, Text, Threshold

Name = Annotated[StrictStr, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
ActionName = Literal["allow", "flag", "label", "redact", "answer", "review", "block"]
TierName = Literal["illegal", "harmful", "quality"]
Enforcement = Literal["enforce", "observe"]
FailureMode = Literal["closed", "open"]
Count = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
When = Annotated[StrictStr, Field(min_length=1, max_length=400)]
Days = Annotated[StrictInt, Field(ge=1, le=3650)]


class BasisShape(Shape):
    """A law or standard that the pack is drawn from."""

    id: Short
    title: Short
    status: Literal["law", "standard", "draft", "own"]
    since: Annotated[StrictStr, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    """The day from which it applies."""


class FamilyShape(Shape):
    """A group of leaves whose ids begin with its own."""

    id: LeafId
    zh: Short
    en: Short


class FloorsShape(Shape):
    """How many entries a leaf must have to pass `lint`."""

    keywords: Count | None = None
    generation: Count | None = None
    refusal: Count | None = None


class MinorShape(Shape):
    """Stricter actions where the user is under age."""

    prompt: ActionName | None = None
    output: ActionName | None = None


class DetectorShape(Shape):
    """One way to recognise a leaf."""

    classifier: Short
    category: Category | None = None
    """What the classifier calls it; for `lexicon`, left out: the leaf's own word lists."""
    threshold: Threshold = 0.5
    """A score from 0 to 1, or a target that the classifier's calibration knows."""
    prompt: ActionName | None = None
    """Instead of the leaf's action for prompts."""
    output: ActionName | None = None
    """Instead of the leaf's action for outputs."""
    when: When | None = None
    """A condition in CEL; unset applies always."""


class LeafShape(Shape):
    """One risk."""

    id: LeafId
    zh: Short
    en: Short
    article: Short
    """The provision it answers, such as `IM Art. 4(1)`."""
    tier: TierName
    prompt: ActionName
    output: ActionName
    minor: MinorShape | None = None
    """Where the user is under age; detectors with actions of their own keep those."""
    when: When | None = None
    """A condition in CEL on all of its detectors; unset applies always."""
    floors: FloorsShape = FloorsShape()
    detectors: Annotated[list[DetectorShape], Field(min_length=1, max_length=100)]


class LabelShape(Shape):
    """How responses are labelled as made by AI."""

    profile: Name
    explicit: Literal["interface", "prefix", "suffix"]
    zh: Short
    en: Short


class DisclosureShape(Shape):
    """What users are told about the service before they use it."""

    zh: Text
    en: Text


class RetentionShape(Shape):
    """How long records are kept, at least and at most."""

    min_days: Days
    max_days: Days


class OnFailureShape(Shape):
    """What a classifier's failure means, by the gravest tier it serves."""

    illegal: FailureMode
    harmful: FailureMode
    quality: FailureMode


class ProfileShape(Shape):
    """What a pack does in a deployment profile, by tier. `observe` notes hits and stops nothing."""

    illegal: Enforcement = "enforce"
    harmful: Enforcement = "enforce"
    quality: Enforcement = "enforce"


class ProfilesShape(Shape):
    """What a pack does in each deployment profile."""

    public_cn: ProfileShape = ProfileShape()
    internal: ProfileShape = ProfileShape()
    offshore: ProfileShape = ProfileShape()


class ServiceTierShape(Shape):
    """A grade of services, which the operator may declare."""

    name: Name
    rationale: Text
    """Why services of this grade are treated so."""
    on_failure: OnFailureShape
    thresholds: Annotated[dict[Short, Threshold], Field(max_length=20)] = Field(
        default_factory=dict
    )
    """Instead of the threshold of the classifiers that are named."""


class PackShape(Shape):
    """`pack.yaml`: what a pack is and what it holds against a text."""

    pack: Name
    version: Annotated[StrictStr, Field(pattern=r"^[0-9]+(\.[0-9]+){1,3}$")]
    summary: Text
    basis: Annotated[list[BasisShape], Field(min_length=1, max_length=50)]
    tree: Literal["annex-a", "own"]
    """`annex-a`: the 31 risks of GB/T 45654 Annex A, none missing. `own`: the pack's own."""
    families: Annotated[list[FamilyShape], Field(max_length=200)] = Field(default_factory=list)
    label: LabelShape
    disclosure: DisclosureShape | None = None
    retention: RetentionShape
    on_failure: OnFailureShape
    profiles: ProfilesShape | None = None
    """Unset enforces everything in every profile."""
    service_tiers: Annotated[list[ServiceTierShape], Field(max_length=10)] = Field(
        default_factory=list
    )
    classifiers: Annotated[list[AnyClassifier], Field(max_length=20)] = Field(default_factory=list)
    """Models that look at every text beside word lists and patterns."""
    leaves: Annotated[list[LeafShape], Field(min_length=1, max_length=1000)]


class AnswerShape(Shape):
    """An approved answer and the leaves or families it was approved for."""

    id: Name
    leaves: Annotated[list[LeafId], Field(min_length=1, max_length=100)]
    zh: Text
    en: Text


class AnswersShape(Shape):
    """`answers.yaml`."""

    answers: Annotated[list[AnswerShape], Field(max_length=2000)]


class StopShape(Shape):
    """Texts that a leaf must catch, and what is then done with them."""

    leaf: LeafId
    prompt: ActionName
    output: ActionName
    texts: Annotated[list[Text], Field(min_length=1, max_length=5000)]


class PassShape(Shape):
    """Texts that must go through unchanged."""

    about: Short
    """One of the topics that must not be refused, or the leaf whose benign twins these are."""
    most: Literal["allow", "flag", "label"] = "allow"
    """The strictest action that still lets the text through as it is."""
    texts: Annotated[list[Text], Field(min_length=1, max_length=5000)]


class CasesShape(Shape):
    """`cases.yaml`."""

    stop: Annotated[list[StopShape], Field(max_length=2000)]
    let_pass: Annotated[list[PassShape], Field(max_length=2000, alias="pass")]
