"""A PostgreSQL server of the test run's own; tests are skipped where none can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.postgres_server import NoPostgres, Server, running_server

__all__ = ["Server", "server"]


@contextmanager
def server() -> Iterator[Server]:
    """A server within the block."""
    try:
        with running_server() as made:
            yield made
    except NoPostgres as missing:
        pytest.skip(str(missing))
