"""A server of classifiers that can be told to misbehave, byte by byte if need be.

As a program it prints its port and hangs on every question, so that a test can kill it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[[str, Any], object]
"""(path, question) -> what a healthy server answers."""


@dataclass
class Faulty:
    """Answers as `answer` says while `fault` is empty, else badly."""

    answer: Answer
    fault: str = ""
    asked: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)
    """Path, question and headers of each request."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, question after question."""
        try:
            while (request := await _request(reader)) is not None:
                self.asked.append(request)
                if not await self._reply(writer, *request[:2]):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _reply(self, writer: asyncio.StreamWriter, path: str, question: Any) -> bool:
        """False where the connection is of no use afterwards."""
        if self.fault == "timeout":
            await asyncio.sleep(30)
        if self.fault == "exception":
            writer.transport.abort()
            return False
        status, body = 200, json.dumps(self.answer(path, question)).encode()
        if self.fault.isdecimal():
            status, body = int(self.fault), b'{"error": "no"}'
        if self.fault == "malformed":
            body = b'<html>{"results": []}'
        if self.fault == "drift":
            body = json.dumps({"verdict": "all is well", "results": [], "choices": []}).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode())
        if self.fault == "cut":
            writer.write(body[: len(body) // 2])
            await writer.drain()
            return False
        if self.fault == "slow":
            for byte in body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.1)
            return True
        writer.write(body)
        await writer.drain()
        return True


async def _request(reader: asyncio.StreamReader) -> tuple[str, Any, Mapping[str, str]] | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return first.split(" ")[1], json.loads(body), headers


@asynccontextmanager
async def faulty(answer: Answer, fault: str = "") -> AsyncIterator[Faulty]:
    """A server within the block; connections still open at its end are dropped."""
    served = Faulty(answer, fault)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            await served.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def scoring(words: Mapping[str, str], labels: Sequence[str]) -> Callable[[str], dict[str, float]]:
    """Scores of a text by the words in it: 0.9 for their labels, 0.05 for the others."""

    def scores(text: str) -> dict[str, float]:
        found = {label for word, label in words.items() if word in text}
        return {label: 0.9 if label in found else 0.05 for label in labels}

    return scores


if __name__ == "__main__":

    async def hang() -> None:
        async with faulty(lambda path, question: None, "timeout") as server:
            sys.stdout.write(f"{server.port}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()

    asyncio.run(hang())
