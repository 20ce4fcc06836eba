"""A load generator: bare HTTP/1.1 over kept-alive connections, answers checked for wholeness."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from benchmarks.corpus import chinese, english


def prompt(*, stream: bool) -> bytes:
    """A request of about 1 KB."""
    text = english(400, seed=5) + chinese(150, seed=6)
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": text},
    ]
    body = orjson.dumps({"model": "canned", "messages": messages, "stream": stream})
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json"
        f"\r\nauthorization: Bearer sk-benchmark\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(slots=True)
class Timed:
    """One answer, seconds."""

    whole: float
    first_text: float


@dataclass(slots=True)
class Target:
    """Where requests go, and what came of them."""

    name: str
    port: int
    request: bytes
    done: list[Timed] = field(default_factory=list)
    errors: int = 0


class Connection:
    """One kept-alive connection. Not for concurrent use."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, since: float | None = None) -> Timed | None:
        """Send the request, read the answer; None and a counted error where it is not whole."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self._target.port
            )
        assert self._reader is not None
        began = since or time.perf_counter()
        self._writer.write(self._target.request)
        try:
            timed = await _answer(self._reader, began)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            self.close()
            self._target.errors += 1
            return None
        return timed

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


_TEXT = re.compile(rb'"content":"[^"]')


async def _answer(reader: asyncio.StreamReader, began: float) -> Timed:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise ValueError("not a 200")
    at = head.find(b"content-length:")
    if at >= 0:
        body = await reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
        now = time.perf_counter() - began
        if b'"finish_reason":"stop"' not in body:
            raise ValueError("not an answer")
        return Timed(now, now)
    return await _stream(reader, began)


async def _stream(reader: asyncio.StreamReader, began: float) -> Timed:
    first = 0.0
    done = False
    while size := int(await reader.readline(), 16):
        data = await reader.readexactly(size + 2)
        if not first and _TEXT.search(data):
            first = time.perf_counter() - began
        done = done or b"[DONE]" in data
    await reader.readline()
    if not (done and first):
        raise ValueError("the stream is not whole")
    return Timed(time.perf_counter() - began, first)


async def saturate(target: Target, connections: int, seconds: float) -> int:
    """Closed loop: every connection asks again as soon as it was answered. Returns the answers."""
    until = time.perf_counter() + seconds

    async def loop() -> int:
        connection = Connection(target)
        answered = 0
        while time.perf_counter() < until:
            answered += await connection.ask() is not None
        connection.close()
        return answered

    return sum(await asyncio.gather(*(loop() for _ in range(connections))))


async def alternate(targets: Sequence[Target], rate: float, seconds: float) -> None:
    """Open loop: requests at a fixed rate per target, turn by turn, whatever is still open."""
    pools = {id(target): [Connection(target) for _ in range(64)] for target in targets}
    begin = time.perf_counter() + 0.05
    gap = 1 / (rate * len(targets))

    async def at(due: float, target: Target) -> None:
        await asyncio.sleep(due - time.perf_counter())
        connection = pools[id(target)].pop()
        try:
            timed = await connection.ask()
        finally:
            pools[id(target)].append(connection)
        if timed is not None:
            target.done.append(timed)

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(seconds * rate * len(targets))):
            tasks.create_task(at(begin + number * gap, targets[number % len(targets)]))
    for pool in pools.values():
        for connection in pool:
            connection.close()
