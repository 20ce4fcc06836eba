"""`kind: moderation`: any endpoint of the shape of OpenAI's `/v1/moderations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from classifiers.kinds import ModerationOptions, Options, Parts
from classifiers.remote import Wire, digest_of
from classifiers.scoring import BackendFault, Scores, Side
from classifiers.types import FailureReason

OPENAI_CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


class _Result(BaseModel):
    model_config = ConfigDict(strict=True)
    flagged: bool
    category_scores: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)
    results: list[_Result]


_ANSWER = TypeAdapter(_Answer)
_MOST_AT_ONCE = 32


class Moderation:
    """A `Backend` over `/moderations`. Judges prompts and outputs alike, as the endpoint does."""

    def __init__(self, name: str, options: ModerationOptions, parts: Parts) -> None:
        self.labels = options.labels or OPENAI_CATEGORIES
        self.window_chars = options.window_chars
        self.digest = digest_of("moderation", options.model or "", *self.labels)
        self._model = options.model
        self._wire = Wire(name, options.server, parts)

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        rows: list[Scores] = []
        for start in range(0, len(texts), _MOST_AT_ONCE):
            rows += await self._ask(texts[start : start + _MOST_AT_ONCE])
        return rows

    async def _ask(self, texts: Sequence[str]) -> list[Scores]:
        model = {"model": self._model} if self._model else {}
        answer = await self._wire.ask("/moderations", {"input": list(texts), **model}, _ANSWER)
        if len(answer.results) != len(texts):
            raise BackendFault(FailureReason.MALFORMED, "count")
        return [self._row(result) for result in answer.results]

    def _row(self, result: _Result) -> Scores:
        try:
            row = tuple(result.category_scores[label] for label in self.labels)
        except KeyError:
            raise BackendFault(FailureReason.MALFORMED, "category") from None
        return row


def build(name: str, options: Options, parts: Parts) -> Moderation:
    if not isinstance(options, ModerationOptions):
        raise TypeError("options of another kind: this is a bug")
    return Moderation(name, options, parts)
