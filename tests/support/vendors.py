"""What models say in the protocols of several vendors: whole, and as the events of a stream.

Each vendor is given what is said and returns the bodies that its own API would. A `Turn` is rich
enough to put text into every field that a stream can carry it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.framing import JSON_ARRAY, NDJSON, SSE, SSE_DONE, Framing
from gateway.script import SCENES, Scene, pieces, scene_for

JSON: TypeAlias = "dict[str, Any]"

TIME = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Turn:
    """What a model says, piece by piece."""

    text: Sequence[str] = ()
    thinking: Sequence[str] = ()
    tool: str = ""
    """Name of a tool that is called; empty for none."""
    arguments: Sequence[str] = ()
    model: str = "scripted"


@dataclass(frozen=True)
class Vendor:
    """One protocol."""

    name: str
    events: Callable[[Turn], list[JSON]]
    whole: Callable[[Turn], JSON]
    framing: Framing
    names: bool = False
    """Whether frames bear the type of their event as a name."""
    usual: Mapping[str, Any] = field(default_factory=dict)

    def encoded(self, events: Sequence[JSON]) -> bytes:
        """The events as a stream."""
        framing = self.framing
        frames = [
            framing.encode(orjson.dumps(e), str(e["type"]).encode() if self.names else b"")
            for e in events
        ]
        if framing.done:
            frames.append(framing.encode(framing.done, b""))
        return framing.opening + framing.between.join(frames) + framing.closing


# OpenAI chat and completions.


def chat_events(turn: Turn) -> list[JSON]:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": turn.model}

    def chunk(delta: JSON, finish: str | None = None) -> JSON:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"reasoning_content": piece}) for piece in turn.thinking]
    events += [chunk({"content": piece}) for piece in turn.text]
    if turn.tool:
        call = {"index": 0, "id": "call_1", "type": "function"}
        started = {**call, "function": {"name": turn.tool, "arguments": ""}}
        events.append(chunk({"tool_calls": [started]}))
    for piece in turn.arguments:
        events.append(chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))
    return [*events, chunk({}, "tool_calls" if turn.tool else "stop")]


def chat_whole(turn: Turn) -> JSON:
    message: JSON = {"role": "assistant", "content": "".join(turn.text)}
    head = {"id": "c", "object": "chat.completion", "created": 1, "model": turn.model}
    return {**head, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def completion_events(turn: Turn) -> list[JSON]:
    head = {"id": "c", "object": "text_completion", "created": 1, "model": turn.model}
    said: list[tuple[str, str | None]] = [(piece, None) for piece in turn.text]
    return [
        {**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]}
        for text, finish in [*said, ("", "stop")]
    ]


def completion_whole(turn: Turn) -> JSON:
    last = completion_events(turn)[-1]
    choice = {**last["choices"][0], "text": "".join(turn.text)}
    return {**last, "choices": [choice], "usage": dict.fromkeys(_OPENAI_USAGE, 3)}


_OPENAI_USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")


# OpenAI responses.


def responses_whole(turn: Turn, status: str = "completed") -> JSON:
    usage = {
        **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"), 3),
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {
        **_response(turn, status),
        "output": [item for item, _ in _items(turn)],
        "usage": usage,
    }


def _response(turn: Turn, status: str) -> JSON:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": turn.model,
        "output": [],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
    }


def _items(turn: Turn) -> Iterator[tuple[JSON, Callable[[JSON, int], Iterator[JSON]]]]:
    """Each item as it is in the end, and how it comes about."""
    if turn.thinking:
        summary = [{"type": "summary_text", "text": "".join(turn.thinking)}]
        item = {"id": "rs_1", "type": "reasoning", "summary": summary}
        yield item, lambda item, number: _reasoned(turn, item, number)
    if turn.text or not turn.tool:
        part = {"type": "output_text", "text": "".join(turn.text), "annotations": []}
        item = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
        yield item, lambda item, number: _spoke(turn, item, number)
    if turn.tool:
        item = {
            "id": "fc_1",
            "type": "function_call",
            "call_id": "call_1",
            "name": turn.tool,
            "arguments": "".join(turn.arguments),
            "status": "completed",
        }
        yield item, lambda item, number: _called(turn, item, number)


def _reasoned(turn: Turn, item: JSON, number: int) -> Iterator[JSON]:
    at = {"item_id": item["id"], "output_index": number, "summary_index": 0}
    part, kind = item["summary"][0], "response.reasoning_summary"
    yield {"type": f"{kind}_part.added", **at, "part": {**part, "text": ""}}
    for piece in turn.thinking:
        yield {"type": f"{kind}_text.delta", **at, "delta": piece}
    yield {"type": f"{kind}_text.done", **at, "text": part["text"]}
    yield {"type": f"{kind}_part.done", **at, "part": part}


def _spoke(turn: Turn, item: JSON, number: int) -> Iterator[JSON]:
    at = {"item_id": item["id"], "output_index": number, "content_index": 0}
    part = item["content"][0]
    yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
    for piece in turn.text:
        yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": part}


def _called(turn: Turn, item: JSON, number: int) -> Iterator[JSON]:
    at = {"item_id": item["id"], "output_index": number}
    kind = "response.function_call_arguments"
    for piece in turn.arguments:
        yield {"type": f"{kind}.delta", **at, "delta": piece}
    yield {"type": f"{kind}.done", **at, "name": item["name"], "arguments": item["arguments"]}


_EMPTY: JSON = {"summary": [], "content": [], "arguments": "", "status": "in_progress"}


def responses_events(turn: Turn) -> list[JSON]:
    events: list[JSON] = [
        {"type": f"response.{stage}", "response": _response(turn, "in_progress")}
        for stage in ("created", "in_progress")
    ]
    for number, (item, events_of) in enumerate(_items(turn)):
        begun = {key: _EMPTY.get(key, value) for key, value in item.items()}
        at = {"output_index": number}
        events.append({"type": "response.output_item.added", **at, "item": begun})
        events += events_of(item, number)
        events.append({"type": "response.output_item.done", **at, "item": item})
    events.append({"type": "response.completed", "response": responses_whole(turn)})
    return [{**event, "sequence_number": n} for event, n in zip(events, count(), strict=False)]


# Anthropic.


def messages_whole(turn: Turn) -> JSON:
    content: list[JSON] = []
    if turn.thinking:
        thought = "".join(turn.thinking)
        content.append({"type": "thinking", "thinking": thought, "signature": "c2lnbmVk"})
    if turn.text or not turn.tool:
        content.append({"type": "text", "text": "".join(turn.text)})
    if turn.tool:
        given = orjson.loads("".join(turn.arguments))
        content.append({"type": "tool_use", "id": "toolu_1", "name": turn.tool, "input": given})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": turn.model,
        "content": content,
        "stop_reason": "tool_use" if turn.tool else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 5},
    }


def messages_events(turn: Turn) -> list[JSON]:
    blocks: list[tuple[JSON, list[JSON]]] = []
    if turn.thinking:
        deltas: list[JSON] = [{"type": "thinking_delta", "thinking": p} for p in turn.thinking]
        deltas.append({"type": "signature_delta", "signature": "c2lnbmVk"})
        blocks.append(({"type": "thinking", "thinking": "", "signature": ""}, deltas))
    if turn.text or not turn.tool:
        deltas = [{"type": "text_delta", "text": piece} for piece in turn.text]
        blocks.append(({"type": "text", "text": ""}, deltas))
    if turn.tool:
        call = {"type": "tool_use", "id": "toolu_1", "name": turn.tool, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in turn.arguments]
        blocks.append((call, deltas))
    message = {**messages_whole(Turn(model=turn.model)), "content": [], "stop_reason": None}
    events: list[JSON] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    for index, (block, deltas) in enumerate(blocks):
        at = {"index": index}
        events.append({"type": "content_block_start", **at, "content_block": block})
        events += [{"type": "content_block_delta", **at, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", **at})
    reason = {"stop_reason": "tool_use" if turn.tool else "end_turn", "stop_sequence": None}
    usage = {"output_tokens": 5}
    return [
        *events,
        {"type": "message_delta", "delta": reason, "usage": usage},
        {"type": "message_stop"},
    ]


# Ollama.


def ollama_chat_events(turn: Turn) -> list[JSON]:
    head = {"model": turn.model, "created_at": TIME}
    said: list[JSON] = [{"content": "", "thinking": piece} for piece in turn.thinking]
    said += [{"content": piece} for piece in turn.text]
    if turn.tool:
        call = {"name": turn.tool, "arguments": orjson.loads("".join(turn.arguments))}
        said.append({"content": "", "tool_calls": [{"function": call}]})
    lines = [{**head, "message": {"role": "assistant", **m}, "done": False} for m in said]
    last = {"message": {"role": "assistant", "content": ""}, **_ollama_end()}
    return [*lines, {**head, **last}]


def ollama_chat_whole(turn: Turn) -> JSON:
    message: JSON = {"role": "assistant", "content": "".join(turn.text)}
    if turn.thinking:
        message["thinking"] = "".join(turn.thinking)
    if turn.tool:
        call = {"name": turn.tool, "arguments": orjson.loads("".join(turn.arguments))}
        message["tool_calls"] = [{"function": call}]
    return {"model": turn.model, "created_at": TIME, "message": message, **_ollama_end()}


def ollama_generate_events(turn: Turn) -> list[JSON]:
    head = {"model": turn.model, "created_at": TIME}
    lines: list[JSON] = [
        {**head, "response": "", "thinking": p, "done": False} for p in turn.thinking
    ]
    lines += [{**head, "response": piece, "done": False} for piece in turn.text]
    return [*lines, {**head, "response": "", **_ollama_end(), "context": [1, 2]}]


def ollama_generate_whole(turn: Turn) -> JSON:
    head = {"model": turn.model, "created_at": TIME, "response": "".join(turn.text)}
    return {**head, **_ollama_end(), "context": [1, 2]}


def _ollama_end() -> JSON:
    return {"done": True, "done_reason": "stop", "prompt_eval_count": 3, "eval_count": 5}


# Gemini.


def gemini_events(turn: Turn) -> list[JSON]:
    parts: list[JSON] = [{"text": piece, "thought": True} for piece in turn.thinking]
    parts += [{"text": piece} for piece in turn.text]
    if turn.tool:
        call = {"name": turn.tool, "args": orjson.loads("".join(turn.arguments))}
        parts.append({"functionCall": call})
    events = [_gemini(turn, [part], {}) for part in parts]
    return [*events, _gemini(turn, [{"text": ""}], {"finishReason": "STOP"})]


def gemini_whole(turn: Turn) -> JSON:
    parts: list[JSON] = []
    if turn.thinking:
        parts.append({"text": "".join(turn.thinking), "thought": True})
    if turn.text or not turn.tool:
        parts.append({"text": "".join(turn.text)})
    if turn.tool:
        call = {"name": turn.tool, "args": orjson.loads("".join(turn.arguments))}
        parts.append({"functionCall": call})
    return _gemini(turn, parts, {"finishReason": "STOP"})


def _gemini(turn: Turn, parts: list[JSON], ending: JSON) -> JSON:
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0, **ending}
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 5, "totalTokenCount": 8}
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": turn.model,
        "responseId": "r1",
    }


CHAT = Vendor("openai.chat", chat_events, chat_whole, SSE_DONE)
COMPLETIONS = Vendor("openai.completions", completion_events, completion_whole, SSE_DONE)
RESPONSES = Vendor("openai.responses", responses_events, responses_whole, SSE, names=True)
MESSAGES = Vendor("anthropic.messages", messages_events, messages_whole, SSE, names=True)
OLLAMA_CHAT = Vendor("ollama.chat", ollama_chat_events, ollama_chat_whole, NDJSON)
OLLAMA_GENERATE = Vendor("ollama.generate", ollama_generate_events, ollama_generate_whole, NDJSON)
GEMINI = Vendor("gemini.stream", gemini_events, gemini_whole, SSE)
GEMINI_ARRAY = Vendor("gemini.stream", gemini_events, gemini_whole, JSON_ARRAY)


# A model endpoint that speaks all of them.


def turn_for(scene: Scene, model: str) -> Turn:
    return Turn(
        pieces(scene.content),
        pieces(scene.reasoning),
        scene.tool_name,
        pieces(scene.tool_arguments),
        model,
    )


def vendors_app(scenes: Sequence[Scene] = ()) -> Starlette:
    """The endpoint as an ASGI app; the last text of a request picks the scene."""

    def answering(vendor: Vendor, streams: Callable[[Request, JSON], bool]) -> Any:
        async def answer(request: Request) -> Response:
            asked = orjson.loads(await request.body())
            scene = scene_for(_last_text(asked), [*scenes, *SCENES])
            turn = turn_for(scene, asked.get("model", request.path_params.get("model", "")))
            if not streams(request, asked):
                return Response(orjson.dumps(vendor.whole(turn)), media_type="application/json")
            data = vendor.encoded(vendor.events(turn))
            chunks = (data[at : at + 17] for at in range(0, len(data), 17))
            return StreamingResponse(chunks, media_type=vendor.framing.media_type)

        return answer

    def asked_to(default: bool) -> Callable[[Request, JSON], bool]:
        return lambda _, asked: bool(asked.get("stream", default))

    def always(_: Request, __: JSON) -> bool:
        return True

    def never(_: Request, __: JSON) -> bool:
        return False

    async def gemini_stream(request: Request) -> Any:
        sse = request.query_params.get("alt") == "sse"
        return await answering(GEMINI if sse else GEMINI_ARRAY, always)(request)

    async def count_tokens(_: Request) -> Response:
        return Response(b'{"input_tokens":7}', media_type="application/json")

    async def tags(_: Request) -> Response:
        model = {"model": "scripted", "modified_at": TIME, "size": 1, "digest": "d"}
        return Response(orjson.dumps({"models": [model]}), media_type="application/json")

    post = ["POST"]
    google = "/{version}/models/{model}"
    return Starlette(
        routes=[
            Route("/v1/chat/completions", answering(CHAT, asked_to(False)), methods=post),
            Route("/v1/completions", answering(COMPLETIONS, asked_to(False)), methods=post),
            Route("/v1/responses", answering(RESPONSES, asked_to(False)), methods=post),
            Route("/v1/messages", answering(MESSAGES, asked_to(False)), methods=post),
            Route("/v1/messages/count_tokens", count_tokens, methods=post),
            Route("/api/chat", answering(OLLAMA_CHAT, asked_to(True)), methods=post),
            Route("/api/generate", answering(OLLAMA_GENERATE, asked_to(True)), methods=post),
            Route("/api/tags", tags),
            Route(f"{google}:generateContent", answering(GEMINI, never), methods=post),
            Route(f"{google}:streamGenerateContent", gemini_stream, methods=post),
        ]
    )


def _last_text(value: Any) -> str:
    """The last string that a body holds under a field in which people write."""
    if isinstance(value, dict):
        spoken = [value[k] for k in ("messages", "input", "contents", "prompt") if k in value]
        spoken = spoken or [value[k] for k in ("content", "parts", "text") if k in value]
        return _last_text(spoken[-1]) if spoken else ""
    if isinstance(value, list):
        return _last_text(value[-1]) if value else ""
    return value if isinstance(value, str) else ""
