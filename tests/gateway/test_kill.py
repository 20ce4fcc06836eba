"""kill -9 in the middle of streams: nothing that was delivered is missing from the record."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path

import httpx2
from live import CHAT, asking
from served import Served, serving, to_serve

from gateway.ledger.read import show, tail
from gateway.ledger.records import Kind
from gateway.ledger.verify import verify
from gateway.listening import bind, listening
from gateway.scripted import Speed, scripted_app

KILLS = 2000 if os.environ.get("STOPLOG_SOAK") else 10
KILLS_PER_LEDGER = 10
"""A ledger is verified after each kill, so it must not grow for ever."""
STREAMS = 20
"""Streams that are under way at each kill, each at a point of its own."""
RESTART_S = 5.0
"""Processor seconds from the start to being ready: other work on the machine does not count."""


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


async def test_every_delivered_character_is_on_record(tmp_path: Path) -> None:
    """Kill after kill on one ledger: the record holds all that any client got, the chain holds."""
    chance = random.Random(7)
    sock = bind("127.0.0.1", 0)
    async with listening(scripted_app(Speed(piece_s=0.002)), sock, drain_s=0.2) as upstream:
        for number in range(KILLS // KILLS_PER_LEDGER):
            folder = tmp_path / str(number)
            folder.mkdir()
            await kill_again_and_again(to_serve(folder, upstream), chance)
            shutil.rmtree(folder)


async def kill_again_and_again(served: Served, chance: random.Random) -> None:
    """Each start is checked for what the kill before it may have cost."""
    heard: list[Heard] = []
    for _ in range(KILLS_PER_LEDGER):
        async with serving(served) as process:
            check(served, process.pid, heard)
            heard = [Heard() for _ in range(STREAMS)]
            await kill_in_mid_stream(served, process, heard, chance)
    async with serving(served) as process:
        check(served, process.pid, heard)


async def kill_in_mid_stream(
    served: Served, process: Process, heard: list[Heard], chance: random.Random
) -> None:
    async with httpx2.AsyncClient(timeout=10) as http, asyncio.TaskGroup() as tasks:
        for one in heard:
            tasks.create_task(listen(http, served.url, one, chance.uniform(0, 0.3)))
        async with asyncio.timeout(20):
            while sum(bool(one.body) for one in heard) <= STREAMS / 2:
                await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0, 0.35))
        process.send_signal(signal.SIGKILL)


def check(served: Served, pid: int, heard: list[Heard]) -> None:
    """To be called once a gateway is ready again, and before it is asked anything."""
    assert processor_seconds(pid) < RESTART_S
    ledger = served.ledger
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


def processor_seconds(pid: int) -> float:
    """What a process has used so far (proc(5): fields 14 and 15 of `stat`, in clock ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def unended(ledger: Path) -> set[str]:
    """Exchanges with an intent and no final record."""
    rows = tail(ledger, 1_000_000)
    intents = {row.exchange for row in rows if row.kind == Kind.INTENT}
    return intents - {row.exchange for row in rows if row.kind == Kind.FINAL}
