"""What an endpoint must say of itself that gives a verdict and asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

from classifiers.types import Role, Segment
from gateway.dialects.dialect import Limits, Notice, Prompt
from gateway.errors import Refusal
from gateway.leaves import Path, string_leaves
from gateway.strict_json import JSON, NotStrictJSON, parse
from policies.types import Action, Answer, Direction, Verdict


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict, and what there is to say and do about it."""

    verdict: Verdict
    notice: Notice
    edits: Sequence[tuple[Path, str]]
    """The strings to put in place of those that are masked."""
    answer: Answer | None
    """An approved answer, where the verdict asks for one and there is one."""
    chinese: bool
    """Whether the text is Chinese, and so should be what is said about it."""
    reach: int
    """Characters that an asker should hold back from a stream between two questions."""

    @property
    def stops(self) -> bool:
        return self.verdict.action > Action.REDACT

    @property
    def sentence(self) -> str:
        """What may be said in place of a text that is stopped."""
        if self.answer is None:
            return self.notice.sentence
        return self.answer.text_zh if self.chinese else self.answer.text_en


@runtime_checkable
class Adviser(Protocol):
    """One such endpoint. It reads and refuses as a dialect does."""

    def direction(self, prompt: Prompt) -> Direction:
        """Whether the text is on its way to a model or from one."""
        ...

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        """The verdict in the asker's own shape. Raises Refusal where it has none for a failure."""
        ...


def as_adviser(dialect: object) -> Adviser | None:
    """The same object, if it is one; None otherwise."""
    kind = type(dialect)
    advises = _ADVISES.get(kind)
    if advises is None:
        advises = _ADVISES[kind] = isinstance(dialect, Adviser)
    return cast(Adviser, dialect) if advises else None


_ADVISES: dict[type, bool] = {}
"""Asked once of each kind, for that takes as long as a dozen other calls."""


def asked(body: bytes, limits: Limits) -> dict[str, JSON]:
    """The question, as an object. Raises Refusal."""
    try:
        value = parse(body, limits.depth)
    except NotStrictJSON as error:
        raise Refusal(400, "invalid_json", f"{error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_request", "the body must be a JSON object")
    return value


def segments_of(
    value: JSON, at: Path, role: Role, limits: Limits, known: frozenset[str] = frozenset()
) -> tuple[Segment, ...]:
    """Every string of one field. Raises Refusal where they are too many or too long."""
    leaves = string_leaves(value, known)
    if len(leaves) > limits.leaves or any(len(f.text) > limits.string_chars for f in leaves):
        raise Refusal(413, "request_too_large", "too many strings, or too long a one")
    return tuple(Segment(f.text, role, (*at, *f.path), is_key=f.is_key) for f in leaves)


def not_judged(verdict: Verdict) -> bool:
    """Whether a failure or unread text decided, so that no list of hits says it all."""
    return verdict.action > Action.FLAG and verdict.decisive is None


def no_verdict() -> Refusal:
    """For askers whose shape has no word for a text that could not be judged."""
    return Refusal(503, "not_judged", "the text could not be judged; try again", retry_after_s=1)
