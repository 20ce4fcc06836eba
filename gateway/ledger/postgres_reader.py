"""Reading a ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.ledger.config import LedgerUnavailable, LedgerUnusable, Postgres
from gateway.ledger.keys import KeptKey
from gateway.ledger.orders import User
from gateway.ledger.postgres import KEPT_KEYS, Session, kept_key
from gateway.ledger.reader import Damaged
from gateway.ledger.written import Row, user_note

_COLUMNS = "SELECT seq, kind, exchange, time_ms, body, sealed, chain FROM records "
_AT_ONCE = 200
"""Records that are in memory together: one may hold megabytes."""


class PostgresReader:
    """See `Reader`. Raises LedgerUnusable where there is no ledger."""

    def __init__(self, where: Postgres) -> None:
        self._session = Session(where, {"default_transaction_read_only": "on"})
        try:
            self._session.connect()
            self._all("SELECT seq FROM records LIMIT 1")
        except (LedgerUnavailable, Damaged):
            self._session.close()
            raise LedgerUnusable(f"the database holds no ledger {where.schema}") from None

    def piece(self, after: int, count: int) -> Iterator[Row]:
        while count > 0:
            statement = _COLUMNS + "WHERE seq > $1 ORDER BY seq LIMIT $2"
            found = self._all(statement, after, min(count, _AT_ONCE))
            for values in found:
                yield Row(*values)
            if not found:
                return
            after, count = found[-1][0], count - len(found)

    def last(self, count: int) -> list[Row]:
        found = self._all(_COLUMNS + "ORDER BY seq DESC LIMIT $1", count)
        return [Row(*values) for values in found][::-1]

    def rows_of(self, exchange: str) -> list[Row]:
        found = self._all(_COLUMNS + "WHERE exchange = $1 ORDER BY seq", exchange)
        return [Row(*values) for values in found]

    def exchanges_of(self, user: User) -> list[str]:
        statement = "SELECT exchange FROM records WHERE kind = 'intent'"
        found = self._all(
            f"{statement} AND position($1::bytea in body) > 0 ORDER BY seq", user_note(user)
        )
        return [exchange for (exchange,) in found]

    def printed(self, value: bytes) -> str | None:
        found = self._all("SELECT exchange FROM prints WHERE print = $1", value)
        return str(found[0][0]) if found else None

    def bodies(self, start: int, end: int) -> list[bytes]:
        statement = "SELECT body FROM records WHERE seq > $1 AND seq <= $2 ORDER BY seq"
        return [body for (body,) in self._all(statement, start, end)]

    def blocks(self, start: int, end: int) -> list[bytes]:
        statement = "SELECT root FROM blocks WHERE number >= $1 AND number < $2 ORDER BY number"
        return [root for (root,) in self._all(statement, start, end)]

    def key(self, number: int) -> KeptKey | None:
        found = self._all(f"{KEPT_KEYS} WHERE id = $1", number)
        return kept_key(found[0]) if found else None

    def restricted_keys(self) -> set[int]:
        statement = "SELECT id FROM data_keys WHERE restricted_ms IS NOT NULL"
        return {number for (number,) in self._all(f"{statement} AND length(wrapped) > 0")}

    def secret(self, name: str) -> bytes | None:
        found = self._all("SELECT wrapped FROM secrets WHERE name = $1", name)
        return found[0][0] if found else None

    def close(self) -> None:
        self._session.close()

    def _all(self, statement: str, *bindings: object) -> list[Sequence[Any]]:
        try:
            found: list[Sequence[Any]] = self._session.run(
                lambda connection: connection.fetch(statement, *bindings)
            )
        except LedgerUnavailable as unavailable:
            raise Damaged(f"the database gave no answer ({unavailable.fault})") from None
        return found
