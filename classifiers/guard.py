"""`kind: guard`: a guard model on any server that speaks OpenAI's chat completions.

The answer's own words must be what the family says (`guard_families`); where the server gives
probabilities of tokens, they are the score, else it is 0 or 1. A guard that was made to answer
something else, by what it read or by a wrong template, has failed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter

from classifiers.guard_families import GUIDES, Question, Reply
from classifiers.kinds import Family, GuardOptions, Options, Parts, UnusableClassifier
from classifiers.remote import Wire, digest_of
from classifiers.scoring import BackendFault, Scores, Side
from classifiers.types import FailureReason

_TOP = 5


class _Likely(BaseModel):
    model_config = ConfigDict(strict=True)
    token: str
    logprob: float


class _Token(_Likely):
    top_logprobs: list[_Likely] = []


class _Logprobs(BaseModel):
    model_config = ConfigDict(strict=True)
    content: list[_Token] | None = None


class _Message(BaseModel):
    model_config = ConfigDict(strict=True)
    content: str


class _Choice(BaseModel):
    model_config = ConfigDict(strict=True)
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Completion(BaseModel):
    model_config = ConfigDict(strict=True)
    choices: list[_Choice]


_COMPLETION = TypeAdapter(_Completion)


class Guard:
    """A `Backend` over a guard model."""

    def __init__(self, name: str, options: GuardOptions, parts: Parts) -> None:
        self._guide = GUIDES[options.family]
        self.labels = self._guide.labels
        self.window_chars = options.window_chars
        family, model = options.family.value, options.model
        self.digest = digest_of("guard", family, model, options.policy)
        self._options = options
        self._wire = Wire(name, options.server, parts)

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        tasks = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._row(text, side)) for text in texts]
        except* BackendFault as faults:
            # One fault is as good as another: none of the texts was judged.
            raise _first(faults) from None
        return [task.result() for task in tasks]

    async def _row(self, text: str, side: Side) -> Scores:
        questions = self._guide.ask(text, side, self._options.policy)
        replies = [await self._reply(question) for question in questions]
        scores = self._guide.read(replies)
        if scores is None:
            raise BackendFault(FailureReason.MALFORMED, "verdict")
        return tuple(scores.get(label, 0.0) for label in self.labels)

    async def _reply(self, question: Question) -> Reply:
        body: dict[str, object] = {
            "model": self._options.model,
            "messages": list(question.messages),
            "temperature": 0,
            "max_tokens": question.max_tokens,
            "logprobs": True,
            "top_logprobs": _TOP,
        }
        if question.template:
            body["chat_template_kwargs"] = question.template
        answer = await self._wire.ask("/chat/completions", body, _COMPLETION)
        if len(answer.choices) != 1:
            raise BackendFault(FailureReason.MALFORMED, "choices")
        choice = answer.choices[0]
        tokens = (choice.logprobs.content if choice.logprobs else None) or []
        return Reply(choice.message.content, tuple(_chances(token) for token in tokens))


def _chances(token: _Token) -> dict[str, float]:
    likely = {its.token: its.logprob for its in (token, *token.top_logprobs)}
    if not all(math.isfinite(logprob) and logprob <= 1e-3 for logprob in likely.values()):
        raise BackendFault(FailureReason.MALFORMED, "logprob")
    return {word: min(1.0, math.exp(logprob)) for word, logprob in likely.items()}


def _first(faults: ExceptionGroup[BackendFault]) -> BackendFault:
    first = faults.exceptions[0]
    return first if isinstance(first, BackendFault) else _first(first)


def build(name: str, options: Options, parts: Parts) -> Guard:
    """Raises UnusableClassifier for a family that needs a policy and has none."""
    if not isinstance(options, GuardOptions):
        raise TypeError("options of another kind: this is a bug")
    if options.family is Family.GPT_OSS_SAFEGUARD and not options.policy:
        raise UnusableClassifier("gpt-oss-safeguard judges by a policy; give one as `policy`")
    return Guard(name, options, parts)
