"""A whole gateway on real sockets, in front of the scripted endpoint or of canned bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
from starlette.types import ASGIApp

from gateway.app import Running, running
from gateway.ledger.read import show, tail
from gateway.ledger.records import Kind
from gateway.listening import bind, listening
from gateway.script import SCENES, Scene
from gateway.scripted import Diary, Speed, scripted_app
from gateway.settings import Settings

CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Live:
    """A gateway, its endpoint, and a client that talks to it."""

    gateway: Running
    endpoint: str
    diary: Diary
    http: httpx2.AsyncClient
    ledger: Path

    async def ask(self, content: str, **fields: Any) -> httpx2.Response:
        """One chat request with one user message."""
        return await self.http.post(CHAT, json=asking(content, **fields))

    def records(self, count: int = 10_000) -> list[dict[str, Any]]:
        """The bodies of the last records, oldest first."""
        return [orjson.loads(row.body) for row in tail(self.ledger, count)]

    async def final(self) -> dict[str, Any]:
        """The final record of the last exchange; it follows the answer's last byte."""
        async with asyncio.timeout(5):
            while True:
                records = self.records()
                finals = {body["exchange"]: body for body in records if body["kind"] == "final"}
                intents = [body["exchange"] for body in records if body["kind"] == "intent"]
                if intents and intents[-1] in finals:
                    return finals[intents[-1]]
                await asyncio.sleep(0.01)

    def delivered(self, exchange: str) -> bytes:
        """Everything that the record says was let go in an exchange."""
        key = bytes.fromhex(self.ledger.with_name(self.ledger.name + ".key").read_text().strip())
        shown = show(self.ledger, exchange, key)
        return b"".join(
            s.content
            for s in shown
            if s.row.kind == Kind.DELIVERED and isinstance(s.content, bytes)
        )


def asking(content: str, **fields: Any) -> dict[str, Any]:
    """The body of a chat request with one user message."""
    return {"model": "scripted", "messages": [{"role": "user", "content": content}], **fields}


LISTS = {"A.1.h": "forbiddenword\n违禁词示例\n", "A.4.a": "forbiddenselfharm\n"}
"""Operator's lists: one leaf that blocks, one that has an approved answer."""


def settings_for(endpoint: str, ledger: Path, **sections: Any) -> Settings:
    """Settings of a gateway on free ports, in development mode, with lists of placeholders."""
    for leaf, words in LISTS.items():
        (ledger.parent / f"{leaf}.txt").write_text(words, encoding="utf-8")
    values: dict[str, Any] = {
        "mode": "development",
        "server": {"port": 0, "admin_port": 0, "drain_s": 1},
        "upstream": {"url": endpoint},
        "policy": {"lists": {leaf: [ledger.parent / f"{leaf}.txt"] for leaf in LISTS}},
        "ledger": {"path": ledger},
    }
    for section, given in sections.items():
        values[section] = {**values.get(section, {}), **given} if isinstance(given, dict) else given
    return Settings.model_validate(values)


@asynccontextmanager
async def live(
    folder: Path,
    *,
    scenes: Sequence[Scene] = SCENES,
    speed: Speed = Speed(),  # noqa: B008 - frozen
    endpoint: ASGIApp | None = None,
    **sections: Any,
) -> AsyncIterator[Live]:
    """Run endpoint and gateway within the block."""
    diary = Diary()
    async with AsyncExitStack() as stack:
        app = endpoint or scripted_app(speed, [*scenes, *SCENES], diary)
        upstream = await stack.enter_async_context(
            listening(app, bind("127.0.0.1", 0), drain_s=0.2)
        )
        ledger = folder / "ledger.db"
        settings = settings_for(upstream, ledger, **sections)
        # The client outlives the gateway, to hear how it ends.
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=10))
        gateway = await stack.enter_async_context(running(settings))
        http.base_url = httpx2.URL(gateway.url)
        yield Live(gateway, upstream, diary, http, ledger)
