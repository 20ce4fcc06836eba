"""How soon a gateway that was killed is ready again, whatever the size of its ledger."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import httpx2
import pytest
from live import CHAT, asking
from served import Served, serving, to_serve

from gateway.ledger.config import LedgerConfig
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.read import tail
from gateway.ledger.records import Delivered, Final, Intent, Mark, Outcome
from gateway.listening import bind, listening
from gateway.scripted import Speed, scripted_app

SOAK = bool(os.environ.get("STOPLOG_SOAK"))
RECORDS = 1_000_000 if SOAK else 6_000
WRITERS = 100
READY_S = 5.0
ADDED_S = 2.0
"""What recovery may add to the start of a process, which a busy machine alone can draw out."""
OPEN = 20
"""Streams that are under way at the kill."""


async def fill(path: Path) -> None:
    async def some(ledger: Ledger, writer: int) -> None:
        for number in range(RECORDS // 3 // WRITERS):
            name = f"x{writer}-{number}"
            user = f"user-{writer}"
            await ledger.intent(
                Intent(name, number, "/v1", "openai_chat", user_key=user, content=b"p" * 200)
            )
            await ledger.delivered(Delivered(name, number, (Mark(0, "content", 1),), b"q" * 200))
            await ledger.final(Final(name, number, Outcome.COMPLETED))

    async with open_ledger(LedgerConfig(path)) as ledger, asyncio.TaskGroup() as tasks:
        for writer in range(WRITERS):
            tasks.create_task(some(ledger, writer))


async def kill_amid_streams(served: Served) -> None:
    async def ask(http: httpx2.AsyncClient) -> None:
        with contextlib.suppress(httpx2.TransportError):
            await http.post(served.url + CHAT, json=asking("@long-zh", stream=True))

    async with (
        serving(served) as process,
        httpx2.AsyncClient(timeout=10) as http,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(OPEN):
            tasks.create_task(ask(http))
        async with asyncio.timeout(20):
            while len(begun(served.ledger)) < OPEN:
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)


def begun(path: Path) -> set[str]:
    """Exchanges of the gateway's own, not of those that filled the ledger."""
    rows = tail(path, 1000)
    return {row.exchange for row in rows if row.kind == "intent" and row.exchange[0] != "x"}


async def seconds_to_ready(served: Served) -> float:
    began = time.monotonic()
    async with serving(served):
        return time.monotonic() - began


@pytest.mark.timeout(900)
async def test_a_large_ledger_is_ready_soon_after_a_kill(tmp_path: Path) -> None:
    """Process start, pack and recovery together; and what was open is ended by then."""
    endpoint = scripted_app(Speed(piece_s=0.05))
    async with listening(endpoint, bind("127.0.0.1", 0), drain_s=0.2) as upstream:
        served = to_serve(tmp_path, upstream)
        fresh = await seconds_to_ready(served)
        await fill(served.ledger)
        await kill_amid_streams(served)
        took = await seconds_to_ready(served)
        finals = [row for row in tail(served.ledger, OPEN) if row.kind == "final"]
    print(f"{RECORDS} records: ready after {took:.2f} s, and after {fresh:.2f} s with none")

    assert took < fresh + ADDED_S
    assert took < READY_S or not SOAK
    assert OPEN == sum(b'"aborted"' in row.body for row in finals)
