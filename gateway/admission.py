"""Who may come in now: what an overloaded gateway turns away, and how much one caller may have.

Turning away happens at the door, before a body is read or an exchange is begun: it must cost
next to nothing, since it is what an overloaded process does most. It is counted, and told to the
caller; it is no exchange, so there is no record of it.
"""

from __future__ import annotations

import math
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gateway.errors import Refusal

RETRY_AFTER_S = 1
_LATE_IN_A_ROW = 5
"""Looks at the loop that must all find it late: one is a reload or a collection of garbage, and a
queue that stays is too much work (CoDel, RFC 8289, tells the two apart by the minimum as well)."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """Memory that this process holds now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0


class Strain(StrEnum):
    """Why nobody is let in. Also the label of a metric."""

    EXCHANGES = "exchanges"
    LAG = "lag"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is too much. 0 sets no bound."""

    exchanges: int = 0
    """Exchanges open at once."""
    lag_s: float = 0.0
    """Seconds by which the event loop may run late, and go on running late."""
    memory_bytes: int = 0
    """Resident memory of the process."""
    key_exchanges: int = 0
    """Exchanges that one caller may have open at once."""
    key_per_minute: int = 0
    """Exchanges that one caller may begin in a minute."""


class Admission:
    """One process's door. Belongs to its event loop."""

    def __init__(
        self,
        bounds: Bounds,
        now: Callable[[], float] = time.time,
        resident_bytes: Callable[[], int] = resident_bytes,
    ) -> None:
        """`now` is Unix time, as the window of a rate is."""
        self._bounds = bounds
        self._now = now
        self._resident_bytes = resident_bytes
        self._lags: deque[float] = deque([0.0] * _LATE_IN_A_ROW, _LATE_IN_A_ROW)
        self._memory_bytes = 0
        self._open_by_key: Counter[str] = Counter()
        self._rate = MovingWindowRateLimiter(MemoryStorage())
        self._per_minute = RateLimitItemPerMinute(max(1, bounds.key_per_minute))

    def feel(self, lag_s: float) -> None:
        """Take note of how late the loop runs, and of memory; to be told several times a second."""
        self._lags.append(lag_s)
        if self._bounds.memory_bytes:
            self._memory_bytes = self._resident_bytes()

    def strain(self, open_exchanges: int) -> Strain | None:
        """Why one more exchange is too many; None where it is not."""
        bounds = self._bounds
        if 0 < bounds.exchanges <= open_exchanges:
            return Strain.EXCHANGES
        # With nothing open, lag and memory are not of our traffic's making, and waiting for them
        # to fall could be for ever.
        if open_exchanges and 0 < bounds.lag_s < min(self._lags):
            return Strain.LAG
        if open_exchanges and 0 < bounds.memory_bytes < self._memory_bytes:
            return Strain.MEMORY
        return None

    @contextmanager
    def of_key(self, user_key: str) -> Generator[None]:
        """Hold one of a caller's places within the block. Raises Refusal where none is left.

        Callers whom nobody knows have no key, and share no bound.
        """
        if not user_key:
            yield
            return
        self._count(user_key)
        self._open_by_key[user_key] += 1
        try:
            yield
        finally:
            self._open_by_key[user_key] -= 1
            if not self._open_by_key[user_key]:
                del self._open_by_key[user_key]

    def _count(self, user_key: str) -> None:
        bounds = self._bounds
        if 0 < bounds.key_exchanges <= self._open_by_key[user_key]:
            raise Refusal(
                429,
                "too_many_open_requests",
                f"one caller may have {bounds.key_exchanges} requests open at once",
                retry_after_s=RETRY_AFTER_S,
            )
        if bounds.key_per_minute and not self._rate.hit(self._per_minute, user_key):
            reset = self._rate.get_window_stats(self._per_minute, user_key).reset_time
            raise Refusal(
                429,
                "rate_limit_exceeded",
                f"one caller may make {bounds.key_per_minute} requests a minute",
                retry_after_s=max(1, math.ceil(reset - self._now())),
            )


OVERLOADED = Refusal(
    503,
    "overloaded",
    "the gateway has as much as it can carry; try again",
    retry_after_s=RETRY_AFTER_S,
)
