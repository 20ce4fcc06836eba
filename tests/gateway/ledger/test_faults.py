"""A disk that fails: nothing is acknowledged that is not written (F2-F5)."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from gateway.ledger.config import Disk, Durability, Fault, LedgerConfig, LedgerUnavailable
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.places import open_read_only
from gateway.ledger.read import rows
from gateway.ledger.records import Intent
from gateway.ledger.syncing import BOUND_S
from gateway.ledger.verify import verify

SLACK_S = 0.100
"""What a busy machine may add between a commit and the moment its waiter notes the time."""


class Weather(apsw.VFS):
    """The system's own files, with faults to order and a note of every sync."""

    _names = itertools.count()

    def __init__(self) -> None:
        self.name = f"weather-{next(self._names)}"
        super().__init__(self.name, "")
        self.on_write: type[apsw.Error] | None = None
        self.on_sync: type[apsw.Error] | None = None
        self.unsynced = 0
        """Writes to the WAL since its last sync."""
        self.moved_unsynced: list[int] = []
        """The same, at each write to the database itself."""

    def xOpen(  # noqa: N802  SQLite's own name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return WeatheredFile(self, name, flags)


class WeatheredFile(apsw.VFSFile):
    def __init__(
        self, weather: Weather, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._weather = weather
        self._wal = bool(flags[0] & apsw.SQLITE_OPEN_WAL)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._wal and self._weather.on_write is not None:
            raise self._weather.on_write
        super().xWrite(data, offset)
        if self._wal:
            self._weather.unsynced += 1
        else:
            self._weather.moved_unsynced.append(self._weather.unsynced)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._wal and self._weather.on_sync is not None:
            raise self._weather.on_sync
        super().xSync(flags)
        if self._wal:
            self._weather.unsynced = 0


@pytest.fixture
def weather() -> Iterator[Weather]:
    weather = Weather()
    yield weather
    weather.unregister()


@pytest.fixture
def config(tmp_path: Path) -> LedgerConfig:
    return LedgerConfig(tmp_path / "ledger.db")


def intent(exchange: str) -> Intent:
    return Intent(exchange, 0, "/v1", "openai_chat", content=b"asked")


def written(path: Path) -> set[str]:
    with closing(open_read_only(path)) as connection:
        return {row.exchange for row in rows(connection) if row.kind == "intent"}


async def refused(ledger: Ledger, exchange: str) -> Fault | None:
    try:
        await ledger.intent(intent(exchange))
    except LedgerUnavailable as unavailable:
        return unavailable.fault
    return None


async def until(condition: Callable[[], bool], within_s: float) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("durability", Durability)
async def test_a_failed_write_ends_acknowledgement_for_good(
    config: LedgerConfig, weather: Weather, durability: Durability
) -> None:
    """Once a write has failed, later ones are refused too, even when the disk is well again."""
    config = LedgerConfig(config.path, durability)
    async with open_ledger(config, Disk(weather.name)) as ledger:
        await ledger.intent(intent("before"))
        weather.on_write = apsw.IOError
        first = await refused(ledger, "during")
        weather.on_write = None
        second = await refused(ledger, "after")

        assert (Fault.BROKEN, Fault.BROKEN, Fault.BROKEN) == (first, second, ledger.fault)
    assert {"before"} == written(config.path)
    assert verify(config.path).ok


async def test_a_failed_sync_of_a_commit_is_no_acknowledgement(
    config: LedgerConfig, weather: Weather
) -> None:
    """With `power`, a commit whose sync failed is refused, and so is all that follows."""
    config = LedgerConfig(config.path, Durability.POWER)
    async with open_ledger(config, Disk(weather.name)) as ledger:
        await ledger.intent(intent("before"))
        weather.on_sync = apsw.IOError
        first = await refused(ledger, "during")
        weather.on_sync = None
        second = await refused(ledger, "after")

    assert (Fault.BROKEN, Fault.BROKEN) == (first, second)


async def test_a_failed_background_sync_is_known_without_another_record(
    config: LedgerConfig,
) -> None:
    """With `process`, readiness sees a failed sync within a second, and new records are refused."""
    failing = threading.Event()

    def sync(descriptor: int) -> None:
        if failing.is_set():
            raise OSError(5, "Input/output error")
        os.fdatasync(descriptor)

    async with open_ledger(config, Disk(sync=sync)) as ledger:
        failing.set()
        await ledger.intent(intent("lost perhaps"))
        await until(lambda: not ledger.healthy, within_s=1)

        assert Fault.BROKEN == await refused(ledger, "after")


async def test_a_full_disk_refuses_until_there_is_room(
    config: LedgerConfig, weather: Weather
) -> None:
    """Without room, records are refused; with room again the ledger finds out by itself."""
    async with open_ledger(config, Disk(weather.name)) as ledger:
        weather.on_write = apsw.FullError
        first, healthy_when_full = await refused(ledger, "during"), ledger.healthy
        weather.on_write = None
        await until(lambda: ledger.healthy, within_s=5)
        second = await refused(ledger, "after")

    assert (Fault.FULL, False, None) == (first, healthy_when_full, second)
    assert {"after"} == written(config.path)
    assert verify(config.path).ok


async def test_a_ledger_closed_while_full_stays_closed(
    config: LedgerConfig, weather: Weather
) -> None:
    """Nobody waits for ever on a ledger that is gone."""
    async with open_ledger(config, Disk(weather.name)) as ledger:
        weather.on_write = apsw.FullError
        await refused(ledger, "during")
        weather.on_write = None

    assert Fault.CLOSED == await refused(ledger, "after")


async def test_a_lock_held_by_another_is_waited_for_within_bounds(config: LedgerConfig) -> None:
    """The wait for a locked file ends by the deadline, and the event loop turns all the while."""
    async with open_ledger(config) as ledger:
        await ledger.intent(intent("before"))
        with closing(apsw.Connection(str(config.path))) as other:
            other.execute("BEGIN IMMEDIATE")
            began, turns = time.monotonic(), itertools.count()
            async with asyncio.TaskGroup() as group:
                task = group.create_task(refused(ledger, "during"))
                while not task.done():
                    next(turns)
                    await asyncio.sleep(0.01)
            waited = time.monotonic() - began
            other.execute("ROLLBACK")
        after = await refused(ledger, "after")

    assert (Fault.BUSY, None) == (task.result(), after)
    assert waited < config.deadline_s + 0.5
    assert next(turns) > 50


async def test_a_caller_waits_no_longer_than_the_deadline(config: LedgerConfig) -> None:
    """Where the disk hangs, callers are let go, and readiness shows it."""
    hanging = threading.Event()
    hanging.set()

    def sync(descriptor: int) -> None:
        if threading.current_thread().name == "ledger-sync":
            hanging.wait(5)

    config = LedgerConfig(config.path, deadline_s=0.4)
    async with open_ledger(config, Disk(sync=sync)) as ledger:
        hanging.clear()
        await ledger.intent(intent("first"))
        await asyncio.sleep(BOUND_S * 2)
        began = time.monotonic()
        fault = await refused(ledger, "second")
        waited, shown = time.monotonic() - began, ledger.fault
        hanging.set()

    assert (Fault.SLOW, Fault.SLOW) == (fault, shown)
    assert waited < 0.4 + 0.2
    assert {"first", "second"} == written(config.path)


async def test_power_acknowledges_only_what_is_synced(
    config: LedgerConfig, weather: Weather
) -> None:
    """With `power`, no written byte of the log is unsynced when an await returns (F2)."""
    unsynced = []
    config = LedgerConfig(config.path, Durability.POWER)
    async with open_ledger(config, Disk(weather.name)) as ledger:
        for number in range(100):
            await ledger.intent(intent(f"x{number}"))
            unsynced.append(weather.unsynced)

    assert [0] * 100 == unsynced


async def test_the_log_is_synced_before_it_is_moved(config: LedgerConfig, weather: Weather) -> None:
    """With `process` as well, a checkpoint moves only what a power cut cannot take back."""
    async with open_ledger(config, Disk(weather.name)) as ledger:
        weather.moved_unsynced.clear()
        for number in range(600):
            await ledger.intent(replace(intent(f"x{number}"), content=bytes(9000)))
        moved = weather.moved_unsynced[:]

    assert len(moved) > 500
    assert {0} == set(moved)


@pytest.mark.parametrize("disk_s", [0.0, 0.010, 0.400])
async def test_a_power_cut_costs_at_most_the_bound(config: LedgerConfig, disk_s: float) -> None:
    """With `process`, whenever the power goes, the acknowledged records that are lost were all
    acknowledged within one span of 50 ms, also where a sync takes eight times as long."""
    images: list[tuple[float, bytes]] = []
    wal = Path(f"{config.path}-wal")

    def sync(_: int) -> None:
        held = wal.read_bytes()
        time.sleep(disk_s)
        images.append((time.monotonic(), held))

    told: list[tuple[float, str]] = []
    async with open_ledger(config, Disk(sync=sync)) as ledger:
        began = time.monotonic()
        while time.monotonic() < began + max(0.8, 5 * disk_s):
            name = f"x{len(told)}"
            await ledger.intent(intent(name))
            told.append((time.monotonic(), name))
            await asyncio.sleep(0.001)
        schema = config.path.read_bytes()

    assert len(images) > 3
    for (_, held), (next_sync, _) in itertools.pairwise(images[1:]):
        survived = after_power_cut(config.path.with_name("image.db"), schema, held)
        lost = [at for at, name in told if at < next_sync and name not in survived]
        assert (lost[-1] - lost[0] if lost else 0) <= BOUND_S + SLACK_S


def after_power_cut(image: Path, schema: bytes, held: bytes) -> set[str]:
    """What a ledger holds that comes up with the log as it was last synced."""
    Path(f"{image}-shm").unlink(missing_ok=True)
    image.write_bytes(schema)
    Path(f"{image}-wal").write_bytes(held)
    assert verify(image).ok
    return written(image)
