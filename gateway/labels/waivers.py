"""Answers without a visible label, which only a waiver lets leave (Labelling Measures Art. 9).

The implicit label stays in any case. A caller names a waiver that the operator has registered; a
request that names none, an unknown one, somebody else's or one that has ended is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from gateway.errors import Refusal

HEADER = "x-stoplog-unlabelled"
"""In which a caller names the waiver."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """What a recipient has agreed to."""

    id: str
    agreement: str
    recipient: str
    """The user key of the only caller who may name it."""
    purpose: str
    until: date
    """The last day on which it holds, in UTC."""


class Waivers:
    """Those that the operator has registered, by id."""

    def __init__(
        self, registered: Mapping[str, Waiver], now: Callable[[], float] = time.time
    ) -> None:
        self._registered = registered
        self._now = now

    def named(self, waiver_id: str, user_key: str) -> Waiver:
        """The waiver that a caller may name. Raises Refusal, in one way for every reason."""
        waiver = self._registered.get(waiver_id)
        today = datetime.fromtimestamp(self._now(), UTC).date()
        if waiver is None or not user_key or waiver.recipient != user_key or waiver.until < today:
            raise Refusal(
                403,
                "label_required",
                "answers bear a visible label; only a waiver of the caller's own, with its "
                "agreement in force, lets them leave without it",
                param=HEADER,
            )
        return waiver
