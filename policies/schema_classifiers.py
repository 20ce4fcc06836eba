"""The `classifiers:` section of `pack.yaml`: models beyond word lists and patterns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictInt, StrictStr

from classifiers.kinds import (
    ExemplarOptions,
    Family,
    GuardOptions,
    HttpOptions,
    ModelOptions,
    ModerationOptions,
    Options,
    Protocol,
    Server,
    Task,
    TransformerOptions,
)
from policies.schema_parts import Category, LeafId, Shape, Short, Text, Threshold

ClassifierName = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Seconds = Annotated[float, Field(gt=0, le=60, strict=True)]
Few = Annotated[StrictInt, Field(ge=1, le=64)]
Window = Annotated[StrictInt, Field(ge=16, le=100_000)]
Leaves = Annotated[list[LeafId], Field(min_length=1, max_length=100)]
Label = Annotated[StrictStr, Field(min_length=1, max_length=100)]


class GateShape(Shape):
    """Asks a classifier only where another one is unsure."""

    after: ClassifierName
    """The classifier that is asked first."""
    low: Threshold
    """Below this it is sure that there is nothing."""
    high: Threshold
    """From this on it is sure that there is something."""


class ServerShape(Shape):
    """Where a classifier is served."""

    url: Short
    """`http://HOST[:PORT]/...`, or `env:NAME`."""
    api_key: Short | None = None
    """`env:NAME` or `file:PATH`; unset where none is asked for."""
    timeout_s: Seconds = 1.5
    retries: Annotated[StrictInt, Field(ge=0, le=5)] = 1
    at_once: Few = 16

    def server(self) -> Server:
        return Server(
            url=self.url,
            api_key=self.api_key,
            timeout_s=self.timeout_s,
            retries=self.retries,
            at_once=self.at_once,
        )


class ClassifierShape(Shape):
    """What classifiers of every kind have."""

    name: ClassifierName
    """What detectors, records and metrics call it."""
    labels: dict[Label, Annotated[list[LeafId], Field(min_length=1, max_length=100)]] = Field(
        default_factory=dict
    )
    """For each label of the classifier, the leaves it speaks for."""
    threshold: Threshold = 0.5
    """From which score a label counts; a target also sets what 0.5 means for detectors."""
    deadline_s: Seconds | None = None
    """Seconds before it counts as failed, for 16,384 characters; unset for the settings' own."""
    ask: GateShape | None = None
    """Unset asks about every text."""


class ModelShape(ClassifierShape):
    """The bundled model."""

    kind: Literal["model"]
    folder: Short | None = None
    """Another model of the same making; unset for the bundled one."""
    threads: Few = 1

    def options(self) -> Options:
        return ModelOptions(Path(self.folder) if self.folder else None, self.threads)


class TransformerShape(ClassifierShape):
    """A Hugging Face checkpoint; needs the extra `torch`."""

    kind: Literal["transformer"]
    checkpoint: Short
    """A folder, or a name on the hub."""
    revision: Short | None = None
    """Commit on the hub, 40 digits."""
    task: Literal["sequence", "token"] = "sequence"
    ignore: Annotated[list[Label], Field(max_length=100)] = Field(default_factory=list)
    """Labels that mean that nothing is wrong."""
    device: Annotated[StrictStr, Field(pattern=r"^(cpu|cuda(:[0-9]+)?|mps)$")] = "cpu"
    threads: Few = 1
    max_tokens: Annotated[StrictInt, Field(ge=8, le=8192)] = 512

    def options(self) -> Options:
        return TransformerOptions(
            checkpoint=self.checkpoint,
            revision=self.revision,
            task=Task(self.task),
            ignore=frozenset(self.ignore),
            device=self.device,
            threads=self.threads,
            max_tokens=self.max_tokens,
        )


class GuardShape(ClassifierShape):
    """A guard model behind chat completions."""

    kind: Literal["guard"]
    server: ServerShape
    model: Short
    family: Literal[
        "qwen3guard-gen",
        "llama-guard-3",
        "llama-guard-4",
        "shieldgemma",
        "granite-guardian",
        "yufeng-xguard",
        "gpt-oss-safeguard",
    ]
    policy: Annotated[StrictStr, Field(max_length=40_000)] = ""
    """What is not allowed, for families that judge by a policy."""
    window_chars: Window = 4_000

    def options(self) -> Options:
        family = Family(self.family)
        server = self.server.server()
        return GuardOptions(server, self.model, family, self.policy, self.window_chars)


class ModerationShape(ClassifierShape):
    """A `/moderations` endpoint."""

    kind: Literal["moderation"]
    server: ServerShape
    model: Short | None = None
    categories: Annotated[list[Label], Field(max_length=200)] = Field(default_factory=list)
    """What it answers; OpenAI's 13 if left out."""
    window_chars: Window = 4_000

    def options(self) -> Options:
        server, categories = self.server.server(), tuple(self.categories)
        return ModerationOptions(server, self.model, categories, self.window_chars)


class HttpShape(ClassifierShape):
    """A sequence classifier on TEI, Triton or Ray Serve."""

    kind: Literal["http"]
    server: ServerShape
    protocol: Literal["tei", "triton", "ray"]
    categories: Annotated[list[Label], Field(min_length=1, max_length=200)]
    """The labels it scores; for Triton in the order of its output."""
    model: Annotated[StrictStr, Field(pattern=r"^[\w.-]{0,100}$")] = ""
    text_input: Label = "TEXT"
    scores_output: Label = "SCORES"
    window_chars: Window = 1_000

    def options(self) -> Options:
        return HttpOptions(
            server=self.server.server(),
            protocol=Protocol(self.protocol),
            labels=tuple(self.categories),
            model=self.model,
            text_input=self.text_input,
            scores_output=self.scores_output,
            window_chars=self.window_chars,
        )


Examples = Annotated[list[Text], Field(min_length=5, max_length=50)]


class ExemplarsShape(ClassifierShape):
    """A topic by example."""

    kind: Literal["exemplars"]
    topic: Category
    """The label."""
    match: Examples
    """Sentences that belong to the topic."""
    other: Examples
    """Sentences that do not, the nearer the better."""

    def options(self) -> Options:
        return ExemplarOptions(self.topic, tuple(self.match), tuple(self.other))


AnyClassifier = Annotated[
    ModelShape | TransformerShape | GuardShape | ModerationShape | HttpShape | ExemplarsShape,
    Field(discriminator="kind"),
]
"""One classifier, told apart by `kind`."""
