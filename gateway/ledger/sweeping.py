"""Ends what the retention ends, as time goes by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from gateway.ledger.config import LedgerUnavailable

EVERY_S = 3600.0
_FIRST_S = 60.0
_JUMP_S = 3600.0


async def keep_retention(
    sweep: Callable[[], Awaitable[int]],
    swept: Callable[[int], None],
    clock: Callable[[], float] = time.time,
    every_s: float = EVERY_S,
    first_s: float = _FIRST_S,
) -> None:
    """Sweep now and then, for ever; `swept` is told of each sweep that ended something.

    A clock that jumped must not end anything early, so none takes place once wall and monotonic
    clock have come apart by an hour; the process is then to be restarted with the right time.
    """
    began = clock() - time.monotonic()
    await asyncio.sleep(first_s)
    while True:
        if abs(clock() - time.monotonic() - began) < _JUMP_S:
            try:
                if count := await sweep():
                    swept(count)
            except LedgerUnavailable:
                pass  # readiness shows it, and nothing is lost by waiting
        await asyncio.sleep(every_s)
