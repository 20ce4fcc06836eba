"""When a server is not asked for a while, and how often it is asked again. Pure: time is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Open after failures in a row; then lets one call through at a time to see."""

    failures: int = 5
    """In a row, that open it."""
    open_s: float = 2.0
    """How long it stays open at first; doubles while trials fail."""
    most_open_s: float = 30.0
    _failed: int = 0
    _last: float = float("-inf")
    """When the last failure was counted."""
    _open_until: float = 0.0
    _spell_s: float = 0.0
    _trying: bool = False

    def allows(self, now: float) -> bool:
        """Whether a call may be made. A call that may must end with `succeeded`, `failed` or
        `left`."""
        if self._spell_s == 0.0:
            return True
        if now < self._open_until or self._trying:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        self._failed, self._spell_s, self._trying = 0, 0.0, False

    def failed(self, now: float, began: float) -> None:
        """A call that began before the last failure tells of the same trouble as that one."""
        if began > self._last or self._trying:
            self._failed += 1
            self._last = now
        if self._trying or self._failed >= self.failures:
            longer = min(2 * self._spell_s, self.most_open_s)
            self._spell_s = max(longer, self.open_s) if self._trying else self.open_s
            self._open_until = now + self._spell_s
            self._trying = False

    def left(self) -> None:
        """The caller went away before there was an answer: nothing was learnt."""
        self._trying = False


@dataclass(slots=True)
class RetryBudget:
    """Holds retries to a share of calls, so that trouble is not multiplied."""

    share: float = 0.1
    most: float = 10.0
    _left: float = 1.0

    def called(self) -> None:
        """A first attempt was made."""
        self._left = min(self.most, self._left + self.share)

    def take(self) -> bool:
        """Whether a further attempt may be made; counts it if so."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
