"""The ledger as the gateway uses it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import apsw
import orjson
import pytest

from gateway.ledger.config import (
    Content,
    Durability,
    Fault,
    LedgerConfig,
    LedgerUnavailable,
    LedgerUnusable,
)
from gateway.ledger.ledger import open_ledger
from gateway.ledger.records import Delivered, Final, Intent, Mark, Outcome
from gateway.ledger.verify import verify

NOVEMBER = 1_763_942_400_000


def intent(exchange: str, content: bytes = b"asked") -> Intent:
    return Intent(exchange, NOVEMBER, "/v1/chat/completions", "openai_chat", content=content)


def delivered(exchange: str, upto: int = 6, content: bytes = b"answer") -> Delivered:
    return Delivered(exchange, NOVEMBER, (Mark(0, "content", upto),), content)


def final(exchange: str) -> Final:
    return Final(exchange, NOVEMBER, Outcome.COMPLETED, 200)


def bodies(path: Path) -> list[dict[str, object]]:
    with apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) as connection:
        rows: list[tuple[bytes]] = list(connection.execute("SELECT body FROM records ORDER BY seq"))
    return [orjson.loads(body) for (body,) in rows]


@pytest.fixture
def config(tmp_path: Path) -> LedgerConfig:
    return LedgerConfig(tmp_path / "ledger.db")


@pytest.mark.parametrize("durability", Durability)
async def test_a_record_is_in_the_file_once_its_await_returns(
    config: LedgerConfig, durability: Durability
) -> None:
    """What was acknowledged can be read from the file by somebody else, in order."""
    async with open_ledger(LedgerConfig(config.path, durability)) as ledger:
        seen = []
        for step in (ledger.intent(intent("x")), ledger.delivered(delivered("x"))):
            await step
            seen.append([body["kind"] for body in bodies(config.path)])
        await ledger.final(final("x"))
        seen.append([body["kind"] for body in bodies(config.path)])

    assert [["intent"], ["intent", "delivered"], ["intent", "delivered", "final"]] == seen


async def test_content_is_not_in_the_file_in_clear(config: LedgerConfig) -> None:
    """Neither the file nor its log holds a prompt or an output that can be read without a key."""
    async with open_ledger(config) as ledger:
        await ledger.intent(intent("x", b"a-sealed-prompt"))
        await ledger.delivered(delivered("x", content=b"a-sealed-output"))
        files = [path.read_bytes() for path in config.path.parent.iterdir()]

    assert not any(b"a-sealed-" in file for file in files)


async def test_no_content_is_kept_where_none_is_wanted(config: LedgerConfig) -> None:
    """With content `none`, only its length is on the record."""
    async with open_ledger(LedgerConfig(config.path, content=Content.NONE)) as ledger:
        await ledger.intent(intent("x", b"12345"))

    assert {"bytes": 5} == bodies(config.path)[0]["content"]


async def test_an_exchange_left_open_is_aborted_at_the_next_start(config: LedgerConfig) -> None:
    """Recovery ends it once, with the last mark it had set."""
    async with open_ledger(config) as ledger:
        await ledger.intent(intent("x"))
        await ledger.delivered(delivered("x", 3))
        await ledger.delivered(delivered("x", 7))
        await ledger.intent(intent("y"))
        await ledger.final(final("y"))
    for _ in range(2):
        async with open_ledger(config):
            pass

    ends = [body for body in bodies(config.path) if body["kind"] == "final"]
    assert [("y", "completed"), ("x", "aborted")] == [(e["exchange"], e["outcome"]) for e in ends]
    assert [{"choice": 0, "field": "content", "upto": 7}] == ends[1]["marks"]


async def test_a_caller_that_leaves_loses_no_record(config: LedgerConfig) -> None:
    """Cancelling the wait for a record does not keep it from being written, nor others' waits."""
    async with open_ledger(config) as ledger:
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(ledger.intent(intent(f"x{i}"))) for i in range(50)]
            await asyncio.sleep(0)
            for wait in waits[::2]:
                wait.cancel()
        await ledger.intent(intent("last"))

    written = [body["exchange"] for body in bodies(config.path)]
    assert [*(f"x{i}" for i in range(50)), "last"] == written[:51]


async def test_a_crowd_is_written_whole(config: LedgerConfig) -> None:
    """Thousands that speak in the same turn of the loop are one commit too many for nobody."""
    config = LedgerConfig(config.path, queue=10_000, deadline_s=30)
    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        for number in range(6000):
            group.create_task(ledger.intent(intent(f"x{number}")))

    found = verify(config.path)
    assert (True, 6000) == (found.ok, found.count)


async def test_new_exchanges_are_refused_before_those_under_way(config: LedgerConfig) -> None:
    """Past the bound of the queue an intent is refused, and a mark still taken."""
    async with open_ledger(LedgerConfig(config.path, queue=2)) as ledger:
        await ledger.intent(intent("x"))
        async with asyncio.TaskGroup() as group:
            group.create_task(ledger.intent(intent("a")))
            group.create_task(ledger.intent(intent("b")))
            await asyncio.sleep(0)
            with pytest.raises(LedgerUnavailable) as refused:
                await ledger.intent(intent("c"))
            await ledger.delivered(delivered("x"))

    assert Fault.OVERLOADED == refused.value.fault


async def test_nothing_is_taken_after_the_end(config: LedgerConfig) -> None:
    """A closed ledger refuses, and says why."""
    async with open_ledger(config) as ledger:
        pass
    with pytest.raises(LedgerUnavailable) as refused:
        await ledger.intent(intent("x"))

    assert Fault.CLOSED == refused.value.fault


@pytest.mark.parametrize("model", ["\ud800", 1 << 70])
async def test_a_record_that_cannot_be_written_harms_no_other(
    config: LedgerConfig, model: str
) -> None:
    """What JSON cannot hold fails its own caller, and the ledger goes on."""
    async with open_ledger(config) as ledger:
        with pytest.raises(TypeError):
            await ledger.intent(replace(intent("x"), model=model))
        await ledger.intent(intent("y"))

        assert ledger.healthy
    assert ["y"] == [body["exchange"] for body in bodies(config.path) if body["kind"] == "intent"]


async def test_a_step_out_of_order_is_the_callers_bug(config: LedgerConfig) -> None:
    """Nothing can be delivered or ended that was not begun, and nothing begun twice."""
    async with open_ledger(config) as ledger:
        await ledger.intent(intent("x"))
        with pytest.raises(ValueError, match="begun already"):
            await ledger.intent(intent("x"))
        with pytest.raises(KeyError):
            await ledger.delivered(delivered("y"))
        with pytest.raises(KeyError):
            await ledger.final(final("y"))


async def test_a_second_writer_is_refused(config: LedgerConfig) -> None:
    """Two processes cannot chain into one file."""
    async with open_ledger(config):
        with pytest.raises(LedgerUnusable, match="in use"):
            async with open_ledger(config):
                pass


async def test_a_strangers_database_is_left_alone(config: LedgerConfig) -> None:
    """A file of another program is refused, unchanged, and as often as it is tried."""
    with apsw.Connection(str(config.path)) as stranger:
        stranger.execute("CREATE TABLE theirs (a); PRAGMA user_version = 9")
    for _ in range(2):
        with pytest.raises(LedgerUnusable, match="not a ledger"):
            async with open_ledger(config):
                pass

    with apsw.Connection(str(config.path)) as stranger:
        assert ["theirs"] == [
            name for (name,) in stranger.execute("SELECT name FROM sqlite_schema")
        ]


async def test_another_key_is_refused(config: LedgerConfig) -> None:
    """A ledger opened with the wrong key says so, rather than sealing with two."""
    async with open_ledger(config):
        pass
    with pytest.raises(LedgerUnusable, match="another key"):
        async with open_ledger(LedgerConfig(config.path, key=bytes(32))):
            pass


async def test_a_pseudonym_is_stable_and_says_nothing(config: LedgerConfig) -> None:
    """The same user has the same name after a restart, and another in another ledger."""
    names = []
    for path in (config.path, config.path, config.path.with_name("other.db")):
        async with open_ledger(LedgerConfig(path)) as ledger:
            names.append(ledger.pseudonym("somebody"))

    assert names[0] == names[1]
    assert names[0] != names[2]
    assert 64 == len(names[0])


async def test_the_key_is_readable_by_its_owner_only(config: LedgerConfig) -> None:
    """A key that the ledger makes itself, and the ledger, are nobody else's to read."""
    async with open_ledger(config):
        modes = {path.name: path.stat().st_mode & 0o077 for path in config.path.parent.iterdir()}

    assert set() == {name for name, mode in modes.items() if mode}
