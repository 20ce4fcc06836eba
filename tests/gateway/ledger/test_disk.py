"""Every way in which a disk fails or a machine stops, one after the other (F2, F3, F4)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from gateway.ledger.config import (
    Disk,
    Durability,
    Fault,
    LedgerConfig,
    LedgerUnavailable,
    LedgerUnusable,
)
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.places import open_read_only
from gateway.ledger.read import rows
from gateway.ledger.records import Delivered, Final, Intent, Kind, Mark, Outcome
from gateway.ledger.syncing import BOUND_S
from gateway.ledger.verify import verify

SOAK = bool(os.environ.get("STOPLOG_SOAK"))
CALLS = range(1, 201) if SOAK else range(1, 201, 13)
CUTS = 200
SLACK_S = 0.100
"""What a busy machine may add between a commit and the moment its waiter notes the time."""


@dataclass
class Log:
    """All that went to disk, in order, so that a power cut can be played at any moment."""

    writes: list[tuple[float, str, int, bytes]] = field(default_factory=list)
    syncs: list[tuple[float, float, str]] = field(default_factory=list)
    """Begin, end, file."""
    fail_at: int = 0
    """The call that fails; 0 for none."""
    error: type[apsw.Error] = apsw.IOError
    calls: int = 0

    def count(self) -> bool:
        """Whether this call is the one that fails."""
        self.calls += 1
        return self.calls == self.fail_at

    def sync(self, descriptor: int) -> None:
        """In place of `fdatasync`."""
        began = time.monotonic()
        if self.count():
            raise OSError(errno.EIO, "Input/output error")
        os.fdatasync(descriptor)
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        self.syncs.append((began, time.monotonic(), Path(name).name))


class Recording(apsw.VFS):
    """The system's own files, with everything noted and one fault to order."""

    _names = itertools.count()

    def __init__(self, log: Log) -> None:
        self.log = log
        self.name = f"recording-{next(self._names)}"
        super().__init__(self.name, "")

    def xOpen(  # noqa: N802  SQLite's own name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return RecordedFile(self.log, name, flags)


class RecordedFile(apsw.VFSFile):
    def __init__(self, log: Log, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._log = log
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._name = Path(path).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._log.count():
            raise self._log.error
        super().xWrite(data, offset)
        self._log.writes.append((time.monotonic(), self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._log.count():
            raise apsw.IOError
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        began = time.monotonic()
        if self._log.count():
            raise apsw.IOError  # also where it was ENOSPC: what is on disk is unknown
        super().xSync(flags)
        self._log.syncs.append((began, time.monotonic(), self._name))


@pytest.fixture
def log() -> Iterator[tuple[Log, str]]:
    log = Log()
    recording = Recording(log)
    yield log, recording.name
    recording.unregister()


async def converse(ledger: Ledger, name: str, told: list[tuple[float, str]]) -> None:
    """One exchange; what is acknowledged is noted as the client would have got it."""
    with contextlib.suppress(LedgerUnavailable):
        await ledger.intent(Intent(name, 0, "/v1", "openai_chat", content=b"asked" * 300))
        told.append((time.monotonic(), f"{name} intent"))
        try:
            for upto in (1, 2):
                await ledger.delivered(Delivered(name, 0, (Mark(0, "c", upto),), b"said" * 300))
                told.append((time.monotonic(), f"{name} delivered"))
        finally:
            await ledger.final(Final(name, 0, Outcome.COMPLETED))
        told.append((time.monotonic(), f"{name} final"))


def on_record(path: Path) -> set[str]:
    with closing(open_read_only(path)) as reader:
        return {f"{row.exchange} {row.kind}" for row in rows(reader)}


def unended(path: Path) -> set[str]:
    found = on_record(path)
    begun = {step.split()[0] for step in found if step.endswith(Kind.INTENT)}
    return begun - {step.split()[0] for step in found if step.endswith(Kind.FINAL)}


async def some_traffic(ledger: Ledger, told: list[tuple[float, str]]) -> None:
    for turn in range(6):
        async with asyncio.TaskGroup() as group:
            for lane in range(4):
                group.create_task(converse(ledger, f"x{turn}-{lane}", told))


@pytest.mark.parametrize("durability", Durability)
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["EIO", "ENOSPC"])
async def test_a_fault_at_any_call_loses_nothing_that_was_acknowledged(
    tmp_path: Path, log: tuple[Log, str], durability: Durability, error: type[apsw.Error]
) -> None:
    """The nth write, sync or truncation fails, for n up to 200: what was acknowledged is there,
    the chain fits, and the next start needs no hand."""
    record, vfs = log
    failed = 0
    for call in CALLS:
        config = LedgerConfig(tmp_path / f"{call}.db", durability, reserve_bytes=0)
        record.calls, record.fail_at, record.error = 0, call, error
        told: list[tuple[float, str]] = []
        with contextlib.suppress(LedgerUnusable):
            async with open_ledger(config, Disk(vfs, record.sync)) as ledger:
                await some_traffic(ledger, told)
        failed += record.calls >= call
        record.fail_at = 0
        async with open_ledger(config):
            pass
        found = verify(config.path)
        assert found.ok, f"call {call}: record {found.first_bad}: {found.reason}"
        assert {step for _, step in told} <= on_record(config.path), f"call {call}"
        assert not unended(config.path), f"call {call}"

    assert failed > len(CALLS) / 4, "too few calls were made for this to tell anything"


async def test_power_cuts_cost_at_most_the_bound_and_no_proof(
    tmp_path: Path, log: tuple[Log, str]
) -> None:
    """The write log is replayed up to 200 moments, with any of the writes that no sync covers:
    every image is whole, and what it lacks was acknowledged within one span of 50 ms."""
    record, vfs = log
    config = LedgerConfig(tmp_path / "ledger.db")
    told: list[tuple[float, str]] = []
    async with open_ledger(config, Disk(vfs, record.sync)) as ledger:
        opened = time.monotonic()
        while time.monotonic() < opened + 1.5:
            name = f"x{len(told)}"
            await converse(ledger, name, told)
            await asyncio.sleep(0.005)
    chance = random.Random(5)
    for number in range(CUTS):
        cut = chance.uniform(opened, told[-1][0])
        image = tmp_path / "image.db"
        play(record, config.path.name, image, cut, chance)
        found = verify(image)
        assert found.ok, f"cut {number}: record {found.first_bad}: {found.reason}"
        survived = on_record(image)
        lost = [at for at, step in told if at < cut and step not in survived]
        assert not lost or lost[-1] - lost[0] <= BOUND_S + SLACK_S


def play(log: Log, name: str, image: Path, cut: float, chance: random.Random) -> None:
    """The files as a power cut leaves them: what was synced, and any part of what was not."""
    for ending in ("", "-wal"):
        path = Path(f"{image}{ending}")
        synced = max((b for b, e, n in log.syncs if n == name + ending and e <= cut), default=0.0)
        with path.open("wb") as file:
            for at, which, offset, data in log.writes:
                if which != name + ending or at > cut:
                    continue
                if at <= synced or chance.random() < 0.5:
                    file.seek(offset)
                    file.write(data)
    Path(f"{image}-shm").unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


@pytest.mark.parametrize("durability", Durability)
async def test_a_full_disk_ends_what_is_under_way_on_record(
    small_disk: Path, durability: Durability
) -> None:
    """New exchanges are refused, those under way are refused more text and can end; once there is
    room the ledger goes on by itself, and nothing was acknowledged that is not there."""
    config = LedgerConfig(small_disk / "ledger.db", durability, reserve_bytes=1 << 20)
    async with open_ledger(config) as ledger:
        names = [f"under-way-{number}" for number in range(20)]
        for name in names:
            await ledger.intent(Intent(name, 0, "/v1", "openai_chat", content=b"asked"))
        filler = fill(small_disk)
        refused = await first_refusal(ledger)
        with pytest.raises(LedgerUnavailable):
            await ledger.intent(Intent("another", 0, "/v1", "openai_chat"))
        with pytest.raises(LedgerUnavailable):
            await ledger.delivered(Delivered(names[0], 0, (Mark(0, "c", 1),), b"said"))
        for name in names:
            await ledger.final(Final(name, 0, Outcome.FAILED, fault="record_unavailable"))
        still = ledger.fault
        ended = on_record(config.path)
        filler.unlink()
        began = time.monotonic()
        while not ledger.healthy:
            assert time.monotonic() < began + 10
            await asyncio.sleep(0.01)
        await ledger.intent(Intent("after", 0, "/v1", "openai_chat"))
        await ledger.final(Final("after", 0, Outcome.COMPLETED))

    assert (Fault.FULL, Fault.FULL) == (refused, still)
    assert {f"{name} final" for name in names} <= ended
    assert verify(config.path).ok
    assert not unended(config.path)


async def first_refusal(ledger: Ledger) -> Fault | None:
    """Write until the disk is full; each of these is ended, if it was begun."""
    for number in range(2000):
        name = f"filling-{number}"
        try:
            await ledger.intent(Intent(name, 0, "/v1", "openai_chat", content=bytes(9000)))
        except LedgerUnavailable as unavailable:
            return unavailable.fault
        await ledger.final(Final(name, 0, Outcome.COMPLETED))
    return None


async def test_a_disk_filled_to_the_last_byte_still_heals(small_disk: Path) -> None:
    """Without any reserve: what could not be ended is ended once there is room."""
    config = LedgerConfig(small_disk / "ledger.db", reserve_bytes=0)
    told: list[tuple[float, str]] = []
    async with open_ledger(config) as ledger:
        filler = fill(small_disk)
        for number in range(300):
            await converse(ledger, f"x{number}", told)
        hurt = ledger.fault
        filler.unlink()
        began = time.monotonic()
        while not ledger.healthy:
            assert time.monotonic() < began + 10
            await asyncio.sleep(0.01)
        await converse(ledger, "after", told)
        began = time.monotonic()
        while unended(config.path):
            assert time.monotonic() < began + 5
            await asyncio.sleep(0.05)

    assert Fault.FULL == hurt
    assert "after final" in {step for _, step in told}
    assert {step for _, step in told} <= on_record(config.path)
    assert verify(config.path).ok
