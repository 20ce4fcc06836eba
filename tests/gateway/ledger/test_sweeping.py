"""The retention is kept as time goes by, and a wrong clock ends nothing (F16)."""

from __future__ import annotations

import asyncio
import time

from gateway.ledger.config import Fault, LedgerUnavailable
from gateway.ledger.sweeping import keep_retention


class Sweeps:
    def __init__(self, *results: int | Fault) -> None:
        self.results = list(results)
        self.told: list[int] = []
        self.done = asyncio.Event()

    async def sweep(self) -> int:
        result = self.results.pop(0) if self.results else 0
        if not self.results:
            self.done.set()
        if isinstance(result, Fault):
            raise LedgerUnavailable(result)
        return result


async def test_sweeps_go_on_through_faults() -> None:
    """A ledger that takes no records now is swept later."""
    sweeps = Sweeps(3, Fault.FULL, 0, 2)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        task = group.create_task(
            keep_retention(sweeps.sweep, sweeps.told.append, every_s=0.001, first_s=0)
        )
        await sweeps.done.wait()
        task.cancel()

    assert [3, 2] == sweeps.told


async def test_a_clock_that_jumps_ends_nothing() -> None:
    """Once it has come apart from the monotonic clock by an hour, nothing is swept."""
    sweeps, jump = Sweeps(1, 1), 0.0
    async with asyncio.TaskGroup() as group:
        task = group.create_task(
            keep_retention(
                *(sweeps.sweep, sweeps.told.append, lambda: time.time() + jump),
                every_s=0.001,
                first_s=0.05,
            )
        )
        await asyncio.sleep(0)
        jump = 400 * 86400.0
        await asyncio.sleep(0.15)
        task.cancel()

    assert [] == sweeps.told
