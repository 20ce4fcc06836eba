"""Which store a ledger is kept in, and who reads it there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from gateway.ledger.config import Disk, LedgerConfig, LedgerUnusable, Place
from gateway.ledger.reader import Reader
from gateway.ledger.sqlite import open_store as open_sqlite
from gateway.ledger.sqlite_reader import SqliteReader
from gateway.ledger.store import Store


def open_store(config: LedgerConfig, disk: Disk) -> Store:
    """Raises LedgerUnusable."""
    if config.database is None:
        return open_sqlite(config, disk)
    store: Store = _from_extra("postgres", "open_store")(config, config.database)
    return store


def open_read_only(place: Place) -> Reader:
    """Raises LedgerUnusable where there is no ledger."""
    if isinstance(place, Path):
        return SqliteReader(place)
    reader: Reader = _from_extra("postgres_reader", "PostgresReader")(place)
    return reader


def _from_extra(module: str, name: str) -> Callable[..., Any]:
    """Loaded when asked for: what it needs is an extra."""
    try:
        found: Callable[..., Any] = getattr(import_module(f"gateway.ledger.{module}"), name)
    except ImportError:
        raise LedgerUnusable("PostgreSQL needs an extra; install stoplog[postgres]") from None
    return found
