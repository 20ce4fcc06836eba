"""What a pack can say of a classifier, kind by kind, and what building one may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import httpx2

from classifiers.batching import BatchLimits
from classifiers.observing import UNOBSERVED, Observer


class UnusableClassifier(ValueError):
    """A classifier that cannot be built as it is described. The text says what to do."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The bundled model, or another of its making."""

    folder: Path | None = None
    """Where model and calibration lie; None for those that come with the program."""
    threads: int = 1


class Task(StrEnum):
    """What a checkpoint labels: the text as a whole, or each of its tokens."""

    SEQUENCE = "sequence"
    TOKEN = "token"  # noqa: S105 - not a secret


@dataclass(frozen=True, slots=True)
class TransformerOptions:
    """A Hugging Face checkpoint, in safetensors."""

    checkpoint: str
    """A folder, or an id of the hub."""
    revision: str | None = None
    """Commit of the hub; needed there, since names move."""
    task: Task = Task.SEQUENCE
    ignore: frozenset[str] = frozenset()
    """Labels of the checkpoint that mean nothing is wrong."""
    device: str = "cpu"
    threads: int = 1
    max_tokens: int = 512


class Family(StrEnum):
    """Guard models whose prompts and answers are known here."""

    QWEN3_GUARD = "qwen3guard-gen"
    LLAMA_GUARD_3 = "llama-guard-3"
    LLAMA_GUARD_4 = "llama-guard-4"
    SHIELD_GEMMA = "shieldgemma"
    GRANITE_GUARDIAN = "granite-guardian"
    YUFENG_XGUARD = "yufeng-xguard"
    GPT_OSS_SAFEGUARD = "gpt-oss-safeguard"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a classifier is served, and how patient we are."""

    url: str
    """`http://HOST[:PORT]/...`, or `env:NAME`."""
    api_key: str | None = None
    """`env:NAME` or `file:PATH`."""
    timeout_s: float = 1.5
    """Of one attempt."""
    retries: int = 1
    """Further attempts where a server did not answer; a budget holds them to a tenth of calls."""
    connections: int = 32
    at_once: int = 16
    """Texts asked about at a time."""


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """A guard model on an OpenAI-compatible server."""

    server: Server
    model: str
    family: Family
    policy: str = ""
    """For families that take a policy: what is not allowed, in the operator's words."""
    window_chars: int = 4_000


@dataclass(frozen=True, slots=True)
class ModerationOptions:
    """A `/moderations` endpoint of OpenAI's shape."""

    server: Server
    model: str | None = None
    labels: tuple[str, ...] = ()
    """Categories it answers; none for OpenAI's 13."""
    window_chars: int = 4_000


class Protocol(StrEnum):
    """Shapes in which servers of classifiers are asked."""

    TEI = "tei"
    TRITON = "triton"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """A sequence classifier behind HTTP."""

    server: Server
    protocol: Protocol
    labels: tuple[str, ...]
    """What it tells apart, by the names it uses; for Triton in the order of its output."""
    model: str = ""
    """For Triton: the name of the model."""
    text_input: str = "TEXT"
    scores_output: str = "SCORES"
    window_chars: int = 1_000


@dataclass(frozen=True, slots=True)
class ExemplarOptions:
    """A topic by example."""

    topic: str
    """The one label."""
    match: tuple[str, ...]
    other: tuple[str, ...]
    folder: Path | None = None
    """Of the encoder; None for the bundled one."""


Options = (
    ModelOptions
    | TransformerOptions
    | GuardOptions
    | ModerationOptions
    | HttpOptions
    | ExemplarOptions
)


def _no_secret(reference: str) -> str:
    raise UnusableClassifier(f"{reference} cannot be read here; run it from the gateway")


@dataclass(frozen=True, slots=True)
class Parts:
    """What classifiers are built with: the wire, who is told, and where secrets are."""

    transport: httpx2.AsyncBaseTransport | None = None
    """None where no server can be asked; classifiers behind HTTP then always fail."""
    observer: Observer = UNOBSERVED
    secret: Callable[[str], str] = _no_secret
    """What an `env:NAME` or `file:PATH` stands for. Raises ValueError."""
    limits: BatchLimits = field(default_factory=BatchLimits)
