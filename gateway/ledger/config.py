"""How a ledger is to be kept, and why it may have to refuse."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

MIN_RETENTION_DAYS = 184
"""Six calendar months are at most this long (Cybersecurity Law, Art. 23(3))."""


class Durability(StrEnum):
    """What "written" means (docs/ledger.md says what each costs)."""

    PROCESS = "process"
    """Survives the death of the process; a power cut may cost the last 50 ms."""
    POWER = "power"
    """Survives a power cut."""


class Content(StrEnum):
    """What becomes of prompts and outputs."""

    SEALED = "sealed"
    NONE = "none"
    """Only lengths and decisions are kept."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon growth is signed: whichever comes first."""

    seconds: float = 1.0
    records: int = 256


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long content can be read, in days."""

    min_days: int = MIN_RETENTION_DAYS
    max_days: int | None = None
    """None keeps it until somebody asks for its end."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A ledger's place in a PostgreSQL database."""

    dsn: str = field(repr=False)
    """`postgresql://...`; may hold a password."""
    schema: str = "stoplog"
    """One a ledger, so one a replica."""


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    path: Path
    durability: Durability = Durability.PROCESS
    key: bytes | None = None
    """32 bytes that wrap every other key; None reads `<path>.key`, made on first use."""
    content: Content = Content.SEALED
    origin: str = ""
    """The name in its checkpoints, such as `example.com/ledger-1`; empty names it by its key."""
    queue: int = 4096
    """Records that may wait to be written before a new exchange is refused."""
    batch: int = 64
    """Records that a commit gathers; those of one turn of the event loop stay together."""
    deadline_s: float = 2.0
    """How long a caller waits for its record; the record may still be written afterwards."""
    reserve_bytes: int = 16 << 20
    """Kept free for the records of exchanges that are under way when the disk is full."""
    pace: Pace = Pace()
    retention: Retention = Retention()
    database: Postgres | None = None
    """Where the records are, if not in the file; key and checkpoints stay beside `path`."""

    @property
    def place(self) -> Place:
        """Where the records are."""
        return self.database or self.path


Place = Path | Postgres


@dataclass(frozen=True, slots=True)
class Disk:
    """The way to the disk, so that a test can break it."""

    vfs: str = ""
    """Name of a registered SQLite VFS; empty for the system's own."""
    sync: Callable[[int], None] = os.fdatasync


SYSTEM_DISK = Disk()


class Fault(StrEnum):
    """Why a ledger does not take a record. Also what readiness shows."""

    FULL = "full"
    """No space left; passes when there is some again."""
    BUSY = "busy"
    """Another program holds the file's lock; passes when it lets go."""
    LOST = "lost"
    """The database does not answer; passes when it does."""
    SLOW = "slow"
    """The record was not written in time."""
    OVERLOADED = "overloaded"
    """Too many records wait already."""
    BROKEN = "broken"
    """A write or sync failed. Never retried on the same file handle: restart the process."""
    CLOSED = "closed"


class LedgerUnavailable(Exception):
    """The record is not known to be written, so what it covers must not go out."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the ledger takes no records ({fault})")
        self.fault = fault


class LedgerUnusable(Exception):
    """The ledger cannot be opened; the message says what would help."""
