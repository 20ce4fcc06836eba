"""kill -9 in the middle of streams: nothing that was delivered is missing from the record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from live import CHAT, asking

from gateway.ledger.read import show, tail
from gateway.ledger.records import Kind
from gateway.ledger.verify import verify
from gateway.listening import bind, listening
from gateway.scripted import Speed, scripted_app

KILLS = 2000 if os.environ.get("STOPLOG_SOAK") else 10
STREAMS = 20
"""Streams that are under way at each kill, each at a point of its own."""
RESTART_S = 5.0


@dataclass
class Heard:
    """What one client had received when the gateway died."""

    exchange: str = ""
    body: bytes = b""


async def listen(http: httpx2.AsyncClient, url: str, heard: Heard, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    with contextlib.suppress(httpx2.TransportError):
        async with http.stream("POST", url + CHAT, json=asking("@long-zh", stream=True)) as answer:
            heard.exchange = answer.headers["x-stoplog-exchange-id"]
            async for chunk in answer.aiter_raw():
                heard.body += chunk


@asynccontextmanager
async def gateway(config: Path, admin: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The gateway as a process of its own; yields once it is ready, kills it at the end."""
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "serve"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--config",
        str(config),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await ready(admin)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def ready(admin: str) -> None:
    async with httpx2.AsyncClient() as http, asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(f"{admin}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


async def test_every_delivered_character_is_on_record(tmp_path: Path) -> None:
    """Kill after kill on one ledger: the record holds all that any client got, the chain holds."""
    chance = random.Random(7)
    ports = free_ports()
    url, admin = (f"http://127.0.0.1:{port}" for port in ports)
    ledger, config = tmp_path / "ledger.db", tmp_path / "stoplog.yaml"
    sock = bind("127.0.0.1", 0)
    async with listening(scripted_app(Speed(piece_s=0.002)), sock, drain_s=0.2) as upstream:
        config.write_text(
            json.dumps(
                {
                    "mode": "development",
                    "server": {"port": ports[0], "admin_port": ports[1]},
                    "upstream": {"url": upstream},
                    "ledger": {"path": str(ledger)},
                }
            )
        )
        for _ in range(KILLS):
            heard = [Heard() for _ in range(STREAMS)]
            await kill_once(config, url, admin, heard, chance)
            await check_restart(config, admin, ledger, heard)


async def kill_once(
    config: Path, url: str, admin: str, heard: list[Heard], chance: random.Random
) -> None:
    async with (
        gateway(config, admin) as process,
        httpx2.AsyncClient(timeout=10) as http,
        asyncio.TaskGroup() as tasks,
    ):
        for one in heard:
            tasks.create_task(listen(http, url, one, chance.uniform(0, 0.3)))
        async with asyncio.timeout(20):
            while sum(bool(one.body) for one in heard) <= STREAMS / 2:
                await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0, 0.35))
        process.send_signal(signal.SIGKILL)


async def check_restart(config: Path, admin: str, ledger: Path, heard: list[Heard]) -> None:
    began = time.monotonic()
    async with gateway(config, admin):
        assert time.monotonic() - began < RESTART_S
    assert verify(ledger).ok
    key = bytes.fromhex(ledger.with_name(ledger.name + ".key").read_text().strip())
    for one in heard:
        if one.exchange:
            shown = show(ledger, one.exchange, key)
            delivered = [s.content for s in shown if s.row.kind == Kind.DELIVERED]
            recorded = b"".join(content for content in delivered if isinstance(content, bytes))
            assert recorded.startswith(one.body)
            assert shown[-1].row.kind == Kind.FINAL
    assert not unended(ledger)


def free_ports() -> list[int]:
    """Two ports that nobody has, for a gateway that is to come back on them."""
    socks = [bind("127.0.0.1", 0) for _ in range(2)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def unended(ledger: Path) -> set[str]:
    """Exchanges with an intent and no final record."""
    rows = tail(ledger, 1_000_000)
    intents = {row.exchange for row in rows if row.kind == Kind.INTENT}
    return intents - {row.exchange for row in rows if row.kind == Kind.FINAL}
