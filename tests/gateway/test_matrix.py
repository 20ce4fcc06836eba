"""Every string that the official SDK's own types let pass, each with something planted in it.

A field that a new release of an SDK brings is a new cell, so `docs/matrix.md` is stale until
somebody has looked; `STOPLOG_MATRIX=write` renews it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic.types as anthropic
import ollama._types as ollama
import openai.types as openai
import pytest
import vendors
from anthropic.types import message_create_params
from fates import Fate, answered
from fates import asked as asked_of
from google.genai import types as google
from live import Live, live
from openai.types import completion_create_params as text_create_params
from openai.types import embedding_create_params, image_generate_params, moderation_create_params
from openai.types import responses as openai_responses
from openai.types.chat import ChatCompletion, ChatCompletionChunk, completion_create_params
from openai.types.responses import response_create_params
from plants import Planted, fields_planted, kind_of, members, planted
from pydantic.alias_generators import to_camel
from sdk_types import fields
from spoken import SPOKEN, Spoken, relayed
from starlette.types import Receive, Scope, Send
from vendors import JSON, Turn

from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.dialect import Dialect
from gateway.dialects.gemini import Gemini
from gateway.dialects.ollama import OllamaChat, OllamaGenerate
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_images import OpenAIImages
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.script import FORBIDDEN, ID_CARD

SOAK = bool(os.environ.get("STOPLOG_SOAK"))
PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"
HEAD = """# Matrix of fields

Written by `STOPLOG_MATRIX=write pytest tests/gateway/test_matrix.py`, from the types of the
official `openai`, `anthropic`, `google-genai` and `ollama` packages: every place of a request, of
a whole answer and of each event of a stream in which a string or a key may stand.
In each stood, one at a time, a word that a pack blocks and a number that it masks.

- `stopped`: the verdict let nothing through.
- `masked`: it went on, and asterisks stood for the number.
- `refused`: nothing of the kind is carried at all.
- `stripped`: the field was taken off, and the rest went on.

Nothing passed.
"""
PLANTS = (FORBIDDEN, ID_CARD)
TURN = Turn(["The weather is fine."])

Row = tuple[str, str, str]
"""Field, what became of the word there, what became of the number."""
Pages = dict[tuple[str, str], list[Row]]
"""The rows of a surface's requests, answers or stream."""


@pytest.fixture(scope="module")
def pages() -> Pages:
    return {}


class Cells:
    """What became of the plants, place by place."""

    def __init__(self) -> None:
        self._fates: dict[str, dict[str, set[str]]] = {}

    def note(self, at: str, plant: str, fate: str) -> None:
        fates = self._fates.setdefault(at.removeprefix("."), {one: set() for one in PLANTS})
        fates[plant].add(fate)

    @property
    def rows(self) -> list[Row]:
        told = {at: [", ".join(sorted(f[one])) for one in PLANTS] for at, f in self._fates.items()}
        return [(at, word, number) for at, (word, number) in sorted(told.items())]


def left(plant: str, text: str) -> str:
    """The fate of a plant in a body that went on without it."""
    assert plant not in text
    return "masked" if "******" in text else "stripped"


# Requests, over a real socket.


@dataclass(frozen=True)
class Asked:
    """A surface's request: its path, a body that passes, and what may be planted into it."""

    path: str
    dialect: Dialect | None
    """None for an adviser, which sends nothing on that a number could be masked in."""
    body: JSON
    kind: Any = None
    others: Callable[[str], Iterator[Planted]] = lambda _: iter(())
    """Places that no type of the SDK puts together as they go over the wire."""

    def planted(self, plant: str) -> Iterator[Planted]:
        if self.kind is not None:
            yield from fields_planted(self.kind, plant)
        yield from self.others(plant)


_AT_TOP = {
    *("system_instruction", "tools", "tool_config", "safety_settings", "cached_content"),
    *("labels", "service_tier", "model_armor_config", "store"),
}
_OF_THE_SDK = {"http_options", "should_return_http_response", "automatic_function_calling"}


def gemini_request(plant: str) -> Iterator[Planted]:
    """As the SDK writes it: most of its configuration stands below `generationConfig`."""
    for at, value in planted(list[google.Content], plant):
        yield f"contents{at}", {"contents": value}
    for name, field in google.GenerateContentConfig.model_fields.items():
        if name not in _OF_THE_SDK:
            key = to_camel(name)
            for at, value in planted(field.annotation, plant):
                if name in _AT_TOP:
                    yield f"{key}{at}", {key: value}
                else:
                    yield f"generationConfig.{key}{at}", {"generationConfig": {key: value}}


HI = [{"role": "user", "content": "hi"}]
REQUESTS: dict[str, Asked] = {
    "openai.chat": Asked(
        "/v1/chat/completions",
        OpenAIChat(),
        {"model": "m", "messages": HI},
        completion_create_params.CompletionCreateParamsBase,
    ),
    "openai.completions": Asked(
        "/v1/completions",
        OpenAICompletions(),
        {"model": "m", "prompt": "hi"},
        text_create_params.CompletionCreateParamsBase,
    ),
    "openai.responses": Asked(
        "/v1/responses",
        OpenAIResponses(),
        {"model": "m", "input": "hi"},
        response_create_params.ResponseCreateParamsBase,
    ),
    "anthropic": Asked(
        "/v1/messages",
        AnthropicMessages(),
        {"model": "m", "max_tokens": 9, "messages": HI},
        message_create_params.MessageCreateParamsBase,
    ),
    "ollama.chat": Asked(
        "/api/chat",
        OllamaChat(),
        {"model": "m", "messages": HI, "stream": False},
        ollama.ChatRequest,
    ),
    "ollama.generate": Asked(
        "/api/generate",
        OllamaGenerate(),
        {"model": "m", "prompt": "hi", "stream": False},
        ollama.GenerateRequest,
    ),
    "gemini": Asked(
        "/v1beta/models/m:generateContent",
        Gemini("m"),
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
        others=gemini_request,
    ),
    "openai.embeddings": Asked(
        "/v1/embeddings",
        OpenAIEmbeddings(),
        {"model": "m", "input": "hi"},
        embedding_create_params.EmbeddingCreateParams,
    ),
    "openai.images": Asked(
        "/v1/images/generations",
        OpenAIImages(),
        {"model": "m", "prompt": "hi"},
        image_generate_params.ImageGenerateParamsBase,
    ),
    "openai.moderations": Asked(
        "/v1/moderations", None, {"input": "hi"}, moderation_create_params.ModerationCreateParams
    ),
}
OPEN = [
    *("openai.chat", "openai.completions", "openai.responses", "openai.embeddings"),
    *("openai.images", "openai.moderations", "anthropic", "ollama", "gemini"),
]


class Overhearing:
    """An endpoint that answers nothing to everything, and remembers the last it was sent."""

    def __init__(self) -> None:
        self.sent = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.sent, more = b"", True
        while more:
            message = await receive()
            self.sent += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


def _by_verdict(told: Any) -> bool:
    """Whether an error is a verdict's: only those name an action, or, for Gemini, why."""
    error = told.get("error")
    reasons = (told.get("stoplog"), error.get("stoplog") if isinstance(error, dict) else None)
    return "promptFeedback" in told or any("action" in reason for reason in reasons if reason)


def _called(fate: Fate, plant: str) -> str:
    if fate.refused:
        return "refused"
    return "stopped" if fate.stopped else left(plant, fate.left.decode())


async def fate_of_request(gateway: Live, endpoint: Overhearing, surface: str, body: JSON) -> str:
    endpoint.sent = b""
    answer = await gateway.http.post(REQUESTS[surface].path, json=body)
    told = answer.json()
    assert FORBIDDEN.encode() not in endpoint.sent, body
    assert answer.status_code in (200, 400, 413), body
    if surface == "openai.moderations" and answer.status_code == 200:
        assert told["results"][0]["flagged"], body
        return "stopped"
    if answer.status_code >= 400 or _by_verdict(told):
        return "stopped" if _by_verdict(told) else "refused"
    return "stripped"


@pytest.mark.parametrize("surface", REQUESTS)
async def test_no_field_of_a_request_lets_a_canary_through(
    surface: str, tmp_path: Path, pages: Pages
) -> None:
    """Stopped, refused or stripped over a real socket; numbers masked at least."""
    asked, cells, endpoint = REQUESTS[surface], Cells(), Overhearing()
    async with live(tmp_path, endpoint=endpoint, surfaces=OPEN) as gateway:
        for at, value in asked.planted(FORBIDDEN):
            body = {**asked.body, **value}
            fate = await fate_of_request(gateway, endpoint, surface, body)
            cells.note(at, FORBIDDEN, fate)
    for at, value in asked.planted(ID_CARD):
        if asked.dialect is not None:
            gone = await asked_of(asked.dialect, {**asked.body, **value})
            assert ID_CARD.encode() not in gone.left, at
            cells.note(at, ID_CARD, _called(gone, ID_CARD))

    assert len(cells.rows) >= 3
    pages[surface, "request"] = cells.rows


# Answers.


SPEAKING = {
    f"{one.vendor.name}{'' if one.vendor is not vendors.GEMINI_ARRAY else '.array'}": one
    for one in SPOKEN
}
ANSWERS: dict[str, tuple[Dialect, Any]] = {
    "openai.chat": (OpenAIChat(), ChatCompletion),
    "openai.completions": (OpenAICompletions(), openai.Completion),
    "openai.responses": (OpenAIResponses(), openai_responses.Response),
    "anthropic.messages": (AnthropicMessages(), anthropic.Message),
    "ollama.chat": (OllamaChat(), ollama.ChatResponse),
    "ollama.generate": (OllamaGenerate(), ollama.GenerateResponse),
    "gemini.stream": (Gemini("m"), google.GenerateContentResponse),
}
PAGE_NAME = {"anthropic.messages": "anthropic", "gemini.stream": "gemini"}
_MADE_BY_THE_SDK = ("sdkHttpResponse", "automaticFunctionCallingHistory", "parsed")


def answers_planted(kind: Any, plant: str) -> Iterator[Planted]:
    for at, value in fields_planted(kind, plant):
        if not at[1:].startswith(_MADE_BY_THE_SDK):
            yield at, value


@pytest.mark.parametrize("surface", ANSWERS)
async def test_no_field_of_an_answer_lets_a_canary_through(surface: str, pages: Pages) -> None:
    """Stopped or masked, wherever it stands."""
    (dialect, kind), cells = ANSWERS[surface], Cells()
    base = SPEAKING[surface].vendor.whole(TURN)
    for plant in PLANTS:
        for at, value in answers_planted(kind, plant):
            fate = await answered(dialect, {**base, **value})
            assert plant.encode() not in fate.left, at
            assert fate.stopped or plant == ID_CARD, at
            cells.note(at, plant, _called(fate, plant))

    pages[PAGE_NAME.get(surface, surface), "answer"] = cells.rows


# Streams.


@dataclass(frozen=True)
class Event:
    """A kind of event, and how a stream comes to hold one."""

    kind: Any
    name: str = ""
    """What the page calls it; empty where a stream has one kind only."""
    turn: int = 0
    turns: int = 1
    """Of how many kinds that hold the same, each is planted with its share in the short run."""

    def planted(self, plant: str) -> Iterator[Planted]:
        for number, (at, value) in enumerate(answers_planted(self.kind, plant)):
            if SOAK or number % self.turns == self.turn:
                yield self.name + at.removeprefix("."), value


def typed(union: Any, *shared: str) -> list[Event]:
    """The events of a union. Kinds that hold an object by a shared name stand as one."""
    kinds = members(union)
    events: list[Event] = []
    for kind in kinds:
        named = next((name for name in shared if name in dict(fields(kind))), None)
        held = [one for one in kinds if named in dict(fields(one))] if named else [kind]
        events.append(
            Event(kind, f"{' / '.join(map(kind_of, held))}: ", held.index(kind), len(held))
        )
    return events


STREAMS: dict[str, list[Event]] = {
    "openai.chat": [Event(ChatCompletionChunk)],
    "openai.completions": [Event(openai.Completion)],
    "openai.responses": typed(openai_responses.ResponseStreamEvent, "response", "item"),
    "anthropic.messages": typed(anthropic.RawMessageStreamEvent),
    "ollama.chat": [Event(ollama.ChatResponse)],
    "ollama.generate": [Event(ollama.GenerateResponse)],
    "gemini.stream": [Event(google.GenerateContentResponse)],
}
_LAST = ("response.completed", "response.failed", "response.incomplete", "error")


def stream_with(base: Sequence[JSON], event: JSON) -> list[JSON]:
    """The stream with the event where one of its kind may stand."""
    kind = event.get("type")
    if kind is None:
        return [*base[:-1], {**base[-2], **event}, base[-1]]
    if kind in _LAST:
        return [*base[:-1], {**base[-1], **event}]
    if kind in ("content_block_start", "content_block_delta"):
        # A block of its own, behind the one there is.
        begun = {"type": "content_block_start", "content_block": {"type": "text", "text": ""}}
        block = [event] if kind == "content_block_start" else [begun, event]
        block.append({"type": "content_block_stop"})
        return [*base[:-2], *({**one, "index": 1} for one in block), *base[-2:]]
    known = next((n for n, one in enumerate(base) if one["type"] == kind), None)
    if known is not None:
        return [*base[:known], {**base[known], **event}, *base[known + 1 :]]
    return [*base[:-1], event, *base[-1:]]


async def fate_in_stream(spoken: Spoken, base: Sequence[JSON], event: JSON, plant: str) -> str:
    data = spoken.vendor.encoded(stream_with(base, event))
    heard = await relayed(spoken, [data])
    assert plant not in heard.text, event
    if heard.stopped or heard.broken:
        return "stopped" if heard.stopped else "refused"
    return left(plant, heard.text)


@pytest.mark.parametrize("surface", STREAMS)
async def test_no_field_of_an_event_lets_a_canary_through(surface: str, pages: Pages) -> None:
    """Stopped, masked or left out, in every kind of event and wherever in it."""
    spoken, cells = SPEAKING[surface], Cells()
    base = spoken.vendor.events(TURN)
    for plant in PLANTS:
        for event in STREAMS[surface]:
            # What comes behind it in the same text is another word.
            for at, value in event.planted(f"{plant} "):
                fate = await fate_in_stream(spoken, base, value, plant)
                assert fate != "masked" or plant == ID_CARD, at
                cells.note(at, plant, fate)

    pages[PAGE_NAME.get(surface, surface), "stream"] = cells.rows


def test_the_page_is_what_was_seen(pages: Pages) -> None:
    """Cell by cell. Needs the tests above in the same run."""
    if len(pages) < len(REQUESTS) + len(ANSWERS) + len(STREAMS) or SOAK:
        pytest.skip("only with the whole matrix, in its short form")
    page = HEAD
    for surface in REQUESTS:
        for what in ("request", "answer", "stream"):
            if rows := pages.get((surface, what)):
                page += f"\n## {surface}: {what}\n\n| field | word | number |\n|---|---|---|\n"
                page += "".join(f"| `{at}` | {word} | {number} |\n" for at, word, number in rows)
    if os.environ.get("STOPLOG_MATRIX") == "write":
        PAGE.write_text(page, encoding="utf-8")

    assert page == PAGE.read_text(encoding="utf-8")
