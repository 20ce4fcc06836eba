"""A scripted model endpoint: speaks the OpenAI chat protocol and answers from a script.

For the demonstration, the tests and the benchmarks. There is no model behind it: a marker in the
last user message picks the scene, and what has no marker is echoed.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.script import SCENES, Fault, Scene, pieces, scene_for

JSON: TypeAlias = "dict[str, Any]"
"""A body of a protocol that is not ours."""

MODEL = "scripted"
CREATED = 1_700_000_000
"""The same in every answer, so that two can be compared byte for byte."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the endpoint talks."""

    first_s: float = 0.0
    """Seconds before the first piece."""
    piece_s: float = 0.0
    """Seconds before each further piece."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True)
class Diary:
    """What happened to the endpoint; tests read it."""

    received: deque[Received] = field(default_factory=partial(deque, maxlen=1000))
    answering: int = 0
    """Answers that are open now."""
    abandoned: int = 0
    """Answers that the client did not hear to their end."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the last open answer ends."""


class ConnectionCut(Exception):
    """Makes the server drop the connection."""


def scripted_app(
    speed: Speed = Speed(), scenes: Sequence[Scene] = SCENES, diary: Diary | None = None
) -> Starlette:
    """The endpoint as an ASGI app."""
    log = diary or Diary()

    async def chat(request: Request) -> Response:
        body = await request.body()
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw)
        log.received.append(Received(request.url.path, headers, body))
        asked = orjson.loads(body)
        scene = scene_for(_last_user_text(asked), scenes)
        if refusal := _refusal(scene.fault):
            return refusal
        if scene.fault is Fault.SILENT:
            await asyncio.Event().wait()
        turns = _Answer(scene, asked, speed)
        if asked.get("stream"):
            return StreamingResponse(_noted(turns.events(), log), media_type="text/event-stream")
        return Response(await turns.whole(), media_type="application/json")

    async def models(_: Request) -> Response:
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "scripted"}
        listing = {"object": "list", "data": [model]}
        return Response(orjson.dumps(listing), media_type="application/json")

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", models),
        ]
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    scene: Scene
    asked: JSON
    speed: Speed
    created: int = CREATED

    @property
    def choices(self) -> range:
        return range(int(self.asked.get("n") or 1))

    @property
    def content(self) -> list[str]:
        return pieces(self.scene.content)[: self.asked.get("max_tokens")]

    @property
    def finish_reason(self) -> str:
        if self.scene.tool_name:
            return "tool_calls"
        return "stop" if len(self.content) == len(pieces(self.scene.content)) else "length"

    @property
    def usage(self) -> dict[str, int]:
        prompt = sum(len(pieces(text)) for text in _texts(self.asked))
        completion = len(self.content) * len(self.choices)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    def deltas(self) -> Iterator[JSON]:
        for piece in pieces(self.scene.reasoning):
            yield {"reasoning_content": piece}
        for piece in self.content:
            yield {"content": piece}
        if self.scene.tool_name:
            call = {"id": "call_scripted", "type": "function"}
            yield _tool_delta("", {**call, "function": {"name": self.scene.tool_name}})
        for piece in pieces(self.scene.tool_arguments):
            yield _tool_delta(piece, {})

    async def events(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(self.speed.first_s)
        for index in self.choices:
            yield self._event(index, {"role": "assistant", "content": ""})
        async for delta in _broken(self.scene.fault, list(self.deltas())):
            if delta is None:
                yield b"data: {not json\n\n"
                continue
            for index in self.choices:
                yield self._event(index, delta)
            await asyncio.sleep(self.speed.piece_s)
        if self.scene.fault is Fault.UNFINISHED:
            return
        for index in self.choices:
            yield self._event(index, {}, self.finish_reason)
        if (self.asked.get("stream_options") or {}).get("include_usage"):
            yield _frame(
                {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage}
            )
        yield b"data: [DONE]\n\n"

    async def whole(self) -> bytes:
        await asyncio.sleep(self.speed.first_s + self.speed.piece_s * len(self.content))
        if self.scene.fault is Fault.CUT:
            raise ConnectionCut
        if self.scene.fault is Fault.GARBAGE:
            return b'{"choices": [not json'
        if self.scene.fault is Fault.STALL:
            await asyncio.Event().wait()
        choices = [
            {"index": i, "message": self._message(), "finish_reason": self.finish_reason}
            for i in self.choices
        ]
        head = self._head("chat.completion")
        return orjson.dumps({**head, "choices": choices, "usage": self.usage})

    def _message(self) -> JSON:
        message: JSON = {"role": "assistant", "content": "".join(self.content)}
        if self.scene.reasoning:
            message["reasoning_content"] = self.scene.reasoning
        if self.scene.tool_name:
            call = {"name": self.scene.tool_name, "arguments": self.scene.tool_arguments}
            message["content"] = None
            message["tool_calls"] = [{"id": "call_scripted", "type": "function", "function": call}]
        return message

    def _head(self, kind: str) -> JSON:
        model = self.asked.get("model") or MODEL
        return {"id": "chatcmpl-scripted", "object": kind, "created": self.created, "model": model}

    def _event(self, index: int, delta: JSON, finish_reason: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
        return _frame({**self._head("chat.completion.chunk"), "choices": [choice]})


def _frame(event: JSON) -> bytes:
    return b"data: " + orjson.dumps(event) + b"\n\n"


def _tool_delta(arguments: str, call: JSON) -> JSON:
    function = {**call.get("function", {}), "arguments": arguments}
    return {"tool_calls": [{**call, "index": 0, "function": function}]}


async def _broken(fault: Fault, deltas: list[JSON]) -> AsyncIterator[JSON | None]:
    """The deltas, as the fault lets them through; None stands for garbage."""
    half = len(deltas) // 2
    for delta in deltas[:half]:
        yield delta
    if fault is Fault.STALL:
        await asyncio.Event().wait()
    if fault is Fault.CUT:
        raise ConnectionCut
    if fault is Fault.GARBAGE:
        yield None
    for delta in deltas[half:]:
        yield delta
    while fault is Fault.ENDLESS:
        for delta in deltas:
            yield delta
            # A pace of zero would never let another task run.
            await asyncio.sleep(0)


async def _noted(events: AsyncIterator[bytes], diary: Diary) -> AsyncIterator[bytes]:
    diary.answering += 1
    diary.idle.clear()
    heard = False
    try:
        async for event in events:
            yield event
        heard = True
    finally:
        diary.answering -= 1
        diary.abandoned += not heard
        if not diary.answering:
            diary.idle.set()


def _refusal(fault: Fault) -> Response | None:
    if fault is Fault.WRONG_TYPE:
        return Response("<html>not an answer</html>", media_type="text/html")
    if fault is Fault.REDIRECT:
        return Response(status_code=302, headers={"location": "http://192.0.2.1/"})
    if fault is Fault.ERROR:
        return _error(500, "server_error", {})
    if fault is Fault.RATE_LIMIT:
        return _error(429, "rate_limit_error", {"retry-after": "7"})
    return None


def _error(status: int, kind: str, headers: Mapping[str, str]) -> Response:
    error = {"message": "scripted failure", "type": kind, "param": None, "code": None}
    body = orjson.dumps({"error": error})
    return Response(body, status, headers, media_type="application/json")


def _texts(asked: JSON) -> Iterator[str]:
    for message in asked.get("messages") or []:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        else:
            yield from (part["text"] for part in content or [] if part.get("type") == "text")


def _last_user_text(asked: JSON) -> str:
    users = [m for m in asked.get("messages") or [] if m.get("role") == "user"]
    return "".join(_texts({"messages": users[-1:]}))


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the endpoint until interrupted: `python -m gateway.scripted --port 8000`."""
    parser = argparse.ArgumentParser(prog="python -m gateway.scripted", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--first-ms", type=float, default=0.0)
    parser.add_argument("--piece-ms", type=float, default=0.0)
    asked = parser.parse_args(arguments)
    speed = Speed(asked.first_ms / 1000, asked.piece_ms / 1000)
    app = scripted_app(speed)
    uvicorn.run(app, host=asked.host, port=asked.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
