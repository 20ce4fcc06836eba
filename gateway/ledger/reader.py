"""What reading a ledger asks of the place it is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from gateway.ledger.keys import KeptKey
from gateway.ledger.orders import User
from gateway.ledger.written import Row


class Damaged(Exception):
    """The ledger no longer holds what a ledger writes."""


class Reader(Protocol):
    """Beside or without the process that writes. Every method may block, and raises Damaged."""

    def piece(self, after: int, count: int) -> Iterator[Row]:
        """The first `count` records after a sequence number, in order."""
        ...

    def last(self, count: int) -> list[Row]:
        """The last records, oldest first."""
        ...

    def rows_of(self, exchange: str) -> list[Row]:
        """The records of an exchange, in order."""
        ...

    def exchanges_of(self, user: User) -> list[str]:
        """In the order in which they began."""
        ...

    def printed(self, value: bytes) -> str | None:
        """The exchange that a fingerprint leads to; None where it leads to none."""
        ...

    def bodies(self, start: int, end: int) -> list[bytes]:
        """Of the leaves `[start, end)`, counted from 0."""
        ...

    def blocks(self, start: int, end: int) -> list[bytes]:
        """The roots of the complete blocks `[start, end)`, counted from 0."""
        ...

    def key(self, number: int) -> KeptKey | None: ...

    def restricted_keys(self) -> set[int]:
        """Those whose content is kept only because it must be."""
        ...

    def secret(self, name: str) -> bytes | None: ...

    def close(self) -> None: ...
