"""How long an event loop was held up while something ran."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Work = Callable[[], Sequence[Awaitable[Any]]]
_TRIES = 3


async def longest_stall(work: Work) -> float:
    """The longest pause of the loop while all of the work ran, in seconds.

    The smallest of up to three runs: what the work itself does to the loop it does each time, and
    what a busy machine does it does not.
    """
    best = float("inf")
    for _ in range(_TRIES):
        best = min(best, await _longest(work()))
        if best < 0.05:
            break
    return best


async def _longest(work: Sequence[Awaitable[Any]]) -> float:
    longest = 0.0
    done = asyncio.gather(*work)
    while not done.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    await done
    return longest
