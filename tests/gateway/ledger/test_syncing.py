"""The background sync keeps its bound, and says when a commit is safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from gateway.ledger.config import Fault, LedgerUnavailable
from gateway.ledger.syncing import BOUND_S, Syncer

QUICK_S, SURE_S = 0.15, 5.0


class Disk:
    """A disk whose syncs end when they are told to."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.fails = False

    def sync(self) -> None:
        self.began.release()
        self.may_end.acquire()
        if self.fails:
            raise OSError(5, "Input/output error")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def syncer(disk: Disk) -> Iterator[Syncer]:
    syncer = Syncer(disk.sync)
    yield syncer
    disk.may_end.release(10)
    syncer.close()


def test_a_commit_is_synced_within_the_bound(disk: Disk, syncer: Syncer) -> None:
    """It is acknowledged at once, and its sync begins well before the bound."""
    began = time.monotonic()
    syncer.committed()
    acknowledged = time.monotonic() - began
    assert disk.began.acquire(timeout=SURE_S)

    assert acknowledged < BOUND_S / 2
    assert time.monotonic() - began < BOUND_S + QUICK_S


def test_a_quiet_ledger_syncs_nothing(disk: Disk, syncer: Syncer) -> None:
    """Without commits the disk is left alone."""
    assert not disk.began.acquire(timeout=QUICK_S)


def test_a_commit_waits_for_a_disk_that_is_behind(disk: Disk, syncer: Syncer) -> None:
    """Past the bound no commit is acknowledged until the older ones are safe."""
    syncer.committed()
    assert disk.began.acquire(timeout=SURE_S)
    time.sleep(BOUND_S)
    waiting = threading.Thread(target=syncer.committed)
    waiting.start()
    waiting.join(QUICK_S)
    still_waiting = waiting.is_alive()
    disk.may_end.release(2)
    waiting.join(SURE_S)

    assert still_waiting
    assert not waiting.is_alive()


def test_settling_takes_a_sync_that_began_after_the_commit(disk: Disk, syncer: Syncer) -> None:
    """A sync already under way covers only what was committed before it."""
    syncer.committed()
    assert disk.began.acquire(timeout=SURE_S)
    syncer.committed()
    settling = threading.Thread(target=syncer.settle)
    settling.start()
    disk.may_end.release()
    assert disk.began.acquire(timeout=SURE_S)
    settling.join(QUICK_S)
    after_the_first = settling.is_alive()
    disk.may_end.release()
    settling.join(SURE_S)

    assert after_the_first
    assert not settling.is_alive()


def test_settling_waits_for_nothing_where_nothing_is_open(disk: Disk, syncer: Syncer) -> None:
    """What is synced is safe already."""
    syncer.settle()
    syncer.committed()
    disk.may_end.release()
    syncer.settle()
    began = time.monotonic()
    syncer.settle()

    assert time.monotonic() - began < QUICK_S


def test_after_a_failed_sync_nothing_is_safe(disk: Disk, syncer: Syncer) -> None:
    """The failure is told once, later commits are refused, and the sync is not tried again."""
    told: list[Fault] = []
    syncer.tell(told.append)
    disk.fails = True
    syncer.committed()
    disk.may_end.release()
    with pytest.raises(LedgerUnavailable):
        syncer.settle()
    with pytest.raises(LedgerUnavailable):
        syncer.committed()

    assert disk.began.acquire(timeout=SURE_S)
    assert not disk.began.acquire(timeout=QUICK_S)
    assert [Fault.BROKEN] == told


def test_closing_syncs_what_is_left() -> None:
    """A commit just before the end is synced by the end."""
    synced = threading.Event()
    syncer = Syncer(synced.set)
    syncer.committed()
    syncer.close()

    assert synced.is_set()
