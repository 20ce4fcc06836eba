"""A model endpoint that costs next to nothing: canned bytes over a bare protocol.

So that a benchmark measures the gateway. A request with `"stream":true` is answered piece by
piece, any other at once.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from dataclasses import dataclass
from typing import cast

import orjson
import uvloop

from benchmarks.corpus import chinese, english

ANSWER_CHARS = 640
_HEAD = {"id": "chatcmpl-benchmark", "created": 1700000000, "model": "canned"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How a stream runs."""

    pieces: int
    first_s: float
    piece_s: float
    han: bool = False
    """Whether the pieces are two Han characters each, and not an English word."""


def whole_answer() -> bytes:
    """About 1 KB of body, half of it English, half Chinese."""
    content = english(ANSWER_CHARS // 2) + chinese(ANSWER_CHARS // 6)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    usage = {"prompt_tokens": 200, "completion_tokens": 200, "total_tokens": 400}
    body = orjson.dumps({**_HEAD, "object": "chat.completion", "choices": [choice], "usage": usage})
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


def stream_events(pieces: int, *, han: bool) -> list[bytes]:
    """The events of one stream, each as a chunk of the chunked encoding."""
    words = english(4 * pieces * 8, seed=3).split(" ")
    said = chinese(2 * pieces, seed=3)
    parts = [said[2 * n : 2 * n + 2] if han else f" {words[n]}" for n in range(pieces)]
    deltas: list[dict[str, str]] = [{"content": part} for part in parts]
    deltas[0]["role"] = "assistant"
    events = [_event(delta, None) for delta in deltas]
    last = _event({}, "stop") + b"data: [DONE]\n\n"
    return [_chunk(event) for event in events] + [_chunk(last) + b"0\r\n\r\n"]


def _event(delta: dict[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {**_HEAD, "object": "chat.completion.chunk"}
    return b"data: " + orjson.dumps({**head, "choices": [choice]}) + b"\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


class Endpoint(asyncio.Protocol):
    """One connection. Requests come with a Content-Length and one at a time."""

    def __init__(self, pace: Pace, answer: bytes, events: list[bytes]) -> None:
        self._pace = pace
        self._answer = answer
        self._events = events
        self._buffer = b""
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self._buffer = b""
        if b'"stream":true' in body:
            self._next = 0
            self._later(self._pace.first_s)
        else:
            self._transport.write(self._answer)

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._step)

    def _step(self) -> None:
        head = _STREAM_HEAD if self._next == 0 else b""
        self._transport.write(head + self._events[self._next])
        self._next += 1
        if self._next < len(self._events):
            self._later(self._pace.piece_s)


async def serve(port: int, pace: Pace) -> None:
    """Answer on loopback until cancelled."""
    answer, events = whole_answer(), stream_events(pace.pieces, han=pace.han)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Endpoint(pace, answer, events), "127.0.0.1", port, family=socket.AF_INET
    )
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pieces", type=int, default=200)
    parser.add_argument("--han", action="store_true")
    parser.add_argument("--first-ms", type=float, default=20.0)
    parser.add_argument("--piece-ms", type=float, default=5.0)
    asked = parser.parse_args()
    pace = Pace(asked.pieces, asked.first_ms / 1000, asked.piece_ms / 1000, han=asked.han)
    uvloop.run(serve(asked.port, pace))


if __name__ == "__main__":
    main()
