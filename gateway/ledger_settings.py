"""From the settings to a ledger: for the gateway, and for commands that open one without it."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.ledger.config import LedgerConfig, Pace, Place, Postgres, Retention
from gateway.ledger.publishing import FileSink, Sink, WebhookSink
from gateway.settings import Ledger
from policies.policy_set import joint_retention
from policies.types import PolicyPack


def ledger_config(ledger: Ledger, packs: Iterable[PolicyPack]) -> LedgerConfig:
    """How the ledger is to be kept where these packs are in force."""
    checkpoints, given, law = ledger.checkpoints, ledger.retention, joint_retention(packs)
    least = max(given.min_days or 0, law.min_days)
    return LedgerConfig(
        path=ledger.path,
        durability=ledger.durability,
        key=ledger.key.get_secret_value() if ledger.key else None,
        content=ledger.content,
        origin=ledger.origin or "",
        reserve_bytes=ledger.reserve_mib << 20,
        pace=Pace(checkpoints.every_s, checkpoints.every_records),
        database=_database(ledger),
        retention=Retention(least, max(least, given.max_days or law.max_days)),
    )


def sinks(ledger: Ledger) -> list[Sink]:
    """Where checkpoints go beside the ledger's own file."""
    return [
        *map(FileSink, ledger.checkpoints.files),
        *map(WebhookSink, ledger.checkpoints.webhooks),
    ]


def place(ledger: Ledger) -> Place:
    """Where its records can be read."""
    return _database(ledger) or ledger.path


def _database(ledger: Ledger) -> Postgres | None:
    if ledger.database is None:
        return None
    return Postgres(ledger.database.get_secret_value(), ledger.database_schema)
