"""Changed packs that judge beside those in force, and stop nothing: only the difference counts.

It takes place behind the exchange, one prompt at a time, and gives up prompts rather than make any
exchange wait. Outputs are not judged here: `stoplog packs replay` does that afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifiers.types import Segment
from gateway.metrics import Metrics
from gateway.screen import ActivePacks, screen
from policies.context import Context
from policies.replay import shift
from policies.types import Action, Direction

_MOST_WAITING = 64


@dataclass(frozen=True, slots=True)
class Judged:
    """A prompt that was judged by the packs in force."""

    by: ActivePacks
    """The changed packs that are to judge it too."""
    segments: Sequence[Segment] = field(repr=False)
    context: Context
    action: Action


class Shadow:
    """Has prompts judged a second time."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._waiting: asyncio.Queue[Judged] = asyncio.Queue(_MOST_WAITING)

    def offer(self, judged: Judged) -> None:
        """Take a prompt for later, if there is room."""
        try:
            self._waiting.put_nowait(judged)
        except asyncio.QueueFull:
            self._metrics.shadowed("dropped")

    async def run(self) -> None:
        """Judge what was offered, until cancelled."""
        while True:
            judged = await self._waiting.get()
            verdict = await screen(
                judged.by, Direction.PROMPT, judged.segments, context=judged.context
            )
            change = shift(judged.action, verdict.action)
            self._metrics.shadowed(change.value if change else "same")
