"""Kills a process that writes a ledger, again and again, and says what was lost.

Usage: killed_writer.py FOLDER KILLS SEED DURABILITY

A process of its own, with one thread, so that it may fork: starting Python for every kill would
take longer than what is tested.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import orjson

from gateway.ledger.config import Durability, LedgerConfig
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.notes import Checkpoint
from gateway.ledger.opening import checkpoint_path, key_path, verifier_of
from gateway.ledger.places import open_read_only
from gateway.ledger.read import checkpoints_in, rows
from gateway.ledger.records import Delivered, Final, Intent, Mark, Outcome
from gateway.ledger.verify import verify

KILLS_PER_LEDGER = 10
WRITERS = 6


async def write_exchanges(ledger: Ledger, name: str, acknowledge: int) -> None:
    """Write exchange after exchange; put a line into the pipe after each acknowledged record."""

    def noted(exchange: str, step: str) -> None:
        os.write(acknowledge, f"{exchange} {step}\n".encode())

    for number in range(100_000):
        exchange = f"{name}-{number}"
        await ledger.intent(Intent(exchange, 0, "/v1", "openai_chat", content=b"asked" * 50))
        noted(exchange, "intent")
        for upto in range(1, 4):
            await ledger.delivered(
                Delivered(exchange, 0, (Mark(0, "content", upto),), b"said" * 50)
            )
            noted(exchange, f"delivered {upto}")
        await ledger.final(Final(exchange, 0, Outcome.COMPLETED))
        noted(exchange, "final")


async def write_for_ever(config: LedgerConfig, name: str, acknowledge: int) -> None:
    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        os.write(acknowledge, b"\n")
        for writer in range(WRITERS):
            group.create_task(write_exchanges(ledger, f"{name}-{writer}", acknowledge))


def killed(config: LedgerConfig, name: str, after_s: float) -> list[str]:
    """Run a writer, kill it some time after it opened its ledger; return what it had been told."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        asyncio.run(write_for_ever(config, name, write))
        os._exit(1)
    os.close(write)
    with os.fdopen(read) as pipe:
        pipe.readline()
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return pipe.read().splitlines()


def recovered(config: LedgerConfig) -> None:
    """Open and close the ledger in a process of its own."""

    async def once() -> None:
        async with open_ledger(config):
            pass

    child = os.fork()
    if child == 0:
        asyncio.run(once())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def on_record(path: Path) -> Counter[str]:
    """The steps in the file, named as the writer names them."""
    connection = open_read_only(path)
    found = Counter[str]()
    for row in rows(connection):
        body = orjson.loads(row.body)
        upto = f" {body['marks'][0]['upto']}" if row.kind == "delivered" else ""
        found[f"{row.exchange} {row.kind}{upto}"] += 1
    connection.close()
    return found


def published(path: Path) -> list[Checkpoint]:
    """The checkpoints that left before the kill; all that they cover must still be there."""
    notes = checkpoint_path(path)
    if not notes.exists():
        return []
    return list(checkpoints_in(notes, verifier_of(path, read_key(key_path(path)))))


def check(path: Path, told: list[str]) -> None:
    found, verified = on_record(path), verify(path, published(path))
    lost = [step for step in told if not found[step]]
    assert not lost, f"{len(lost)} acknowledged records lost, {lost[0]} first"
    assert verified.ok, f"record {verified.first_bad}: {verified.reason}"
    assert max(found.values(), default=1) == 1, "a record was written twice"


def each_ended_once(path: Path) -> None:
    found = on_record(path)
    begun = {step.removesuffix(" intent") for step in found if step.endswith(" intent")}
    ended = {step.removesuffix(" final") for step in found if step.endswith(" final")}
    assert begun == ended, "an exchange was left open"


def main(folder: Path, kills: int, seed: int, durability: Durability) -> None:
    chance, acknowledged = random.Random(seed), 0
    for start in range(0, kills, KILLS_PER_LEDGER):
        config = LedgerConfig(folder / f"ledger-{start}.db", durability)
        told: list[str] = []
        for kill in range(start, min(start + KILLS_PER_LEDGER, kills)):
            told += killed(
                config, f"k{kill}", chance.uniform(0, 0.06 if chance.random() < 0.9 else 0.6)
            )
            check(config.path, told)
        recovered(config)
        check(config.path, told)
        each_ended_once(config.path)
        acknowledged += len(told)
    print(f"{kills} kills, {acknowledged} acknowledged, 0 lost")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Durability(sys.argv[4]))
