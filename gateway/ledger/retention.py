"""When content may end, and when it must. Pure.

A data key covers a month, so what it seals is at most as old as that month's beginning and, once
the key is restricted, at least as old as that moment.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.ledger.config import Retention
from gateway.ledger.keys import KeptKey

DAY_MS = 86_400_000
_LATE_MS = DAY_MS
"""An exchange that began in a month may end, and be sealed, this long after it."""


def last_sealed_ms(kept: KeptKey) -> int:
    """The latest moment at which the key can have sealed something."""
    begin = datetime.strptime(kept.key.scope.month, "%Y-%m").replace(tzinfo=UTC)
    following = (begin + timedelta(days=32)).replace(day=1)
    ended = int(following.timestamp() * 1000) + _LATE_MS
    return ended if kept.restricted_ms is None else min(ended, kept.restricted_ms)


def free_ms(kept: KeptKey, retention: Retention) -> int:
    """From when on the key may be destroyed."""
    return last_sealed_ms(kept) + retention.min_days * DAY_MS


def ends(kept: KeptKey, retention: Retention, now_ms: int) -> bool:
    """Whether the key is to be destroyed now, unless it is held."""
    if kept.destroyed or now_ms < free_ms(kept, retention):
        return False
    if kept.restricted_ms is not None:
        return True
    most = retention.max_days
    return most is not None and now_ms >= last_sealed_ms(kept) + most * DAY_MS
