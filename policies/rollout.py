"""Trying changed packs: beside the old ones, on some exchanges, then on all. Pure but for reading.

A rollout is a file of its own, read again at each reload, so that stages change without a restart.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from policies.context import Context
from policies.fitting import fit
from policies.folder import read_file
from policies.schema_parts import Shape, Short
from policies.source import parse

Share = Annotated[float, Field(ge=0, le=1)]


class Stage(StrEnum):
    """How far changed packs have come."""

    SHADOW = "shadow"
    """They judge beside the old ones, and only the difference is counted."""
    CANARY = "canary"
    """They judge some exchanges."""
    ACTIVE = "active"
    """They judge all."""


class RolloutShape(Shape):
    """A rollout's file."""

    packs: Annotated[list[Short], Field(min_length=1, max_length=50)]
    """Folders; each takes the place of the pack of the same name, wherever that judges."""
    stage: Literal["shadow", "canary", "active"]
    percent: Annotated[float, Field(ge=0, le=100)] = 0
    """Of users, or of exchanges whose user is not known."""
    tenants: Annotated[list[Short], Field(max_length=1000)] = Field(default_factory=list)
    """Whose exchanges are judged by the changed packs whatever the percentage."""
    most_stopped_rise: Share = 0.05
    """How much more of their exchanges they may stop, as a share, before they are taken back."""
    most_failed_rise: Share = 0.01
    """How much more of their exchanges may fail."""
    least_exchanges: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 200
    """After how many exchanges of each side the two are compared."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """Which packs are tried, at which stage, on whom, and when they are taken back."""

    packs: tuple[str, ...]
    stage: Stage
    percent: float
    tenants: frozenset[str]
    most_stopped_rise: float
    most_failed_rise: float
    least_exchanges: int

    def takes(self, context: Context, exchange: str) -> bool:
        """Whether the changed packs judge an exchange. A user stays on one side."""
        if self.stage is not Stage.CANARY:
            return self.stage is Stage.ACTIVE
        drawn = zlib.crc32((context.user_key or exchange).encode()) % 10_000
        return context.tenant in self.tenants or drawn < self.percent * 100


def read_rollout(path: Path) -> Rollout:
    """Raises PackError with every place where the file does not fit."""
    shape = fit(parse(read_file(path, path.name), path.name), RolloutShape)
    return Rollout(
        tuple(shape.packs),
        Stage(shape.stage),
        shape.percent,
        frozenset(shape.tenants),
        shape.most_stopped_rise,
        shape.most_failed_rise,
        shape.least_exchanges,
    )


@dataclass(slots=True)
class Tally:
    """What became of the exchanges of one side."""

    exchanges: int = 0
    stopped: int = 0
    failed: int = 0

    def add(self, *, stopped: bool, failed: bool) -> None:
        self.exchanges += 1
        self.stopped += stopped
        self.failed += failed


def anomaly(rollout: Rollout, changed: Tally, usual: Tally) -> str | None:
    """Why the changed packs are to be taken back; None while nothing says so."""
    if min(changed.exchanges, usual.exchanges) < rollout.least_exchanges:
        return None
    stopped = changed.stopped / changed.exchanges - usual.stopped / usual.exchanges
    failed = changed.failed / changed.exchanges - usual.failed / usual.exchanges
    if failed > rollout.most_failed_rise:
        return f"the share of failures rose by {failed:.3f}"
    if stopped > rollout.most_stopped_rise:
        return f"the share that is stopped rose by {stopped:.3f}"
    return None
