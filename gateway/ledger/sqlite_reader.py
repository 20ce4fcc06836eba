"""Reading a ledger's SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw

from gateway.ledger.config import LedgerUnusable
from gateway.ledger.keys import KeptKey
from gateway.ledger.orders import User
from gateway.ledger.reader import Damaged
from gateway.ledger.sqlite import KEPT_KEYS, kept_key
from gateway.ledger.written import Row, user_note

_BUSY_MS = 5000
_COLUMNS = "SELECT seq, kind, exchange, time_ms, body, sealed, chain FROM records "

Values = tuple["apsw.SQLiteValue", ...]


class SqliteReader:
    """See `Reader`. Raises LedgerUnusable where there is no ledger."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LedgerUnusable(f"{path} does not exist; name the ledger's file")
        try:
            self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._connection.set_busy_timeout(_BUSY_MS)
            self._connection.execute("SELECT seq FROM records LIMIT 1")
        except apsw.Error as error:
            raise LedgerUnusable(f"{path} is not a ledger: {error}") from None

    def piece(self, after: int, count: int) -> Iterator[Row]:
        for values in self._all(_COLUMNS + "WHERE seq > ? ORDER BY seq LIMIT ?", after, count):
            yield _row(values)

    def last(self, count: int) -> list[Row]:
        found = self._all(_COLUMNS + "ORDER BY seq DESC LIMIT ?", count)
        return [_row(values) for values in found][::-1]

    def rows_of(self, exchange: str) -> list[Row]:
        found = self._all(_COLUMNS + "WHERE exchange = ? ORDER BY seq", exchange)
        return [_row(values) for values in found]

    def exchanges_of(self, user: User) -> list[str]:
        statement = "SELECT exchange FROM records WHERE kind = 'intent' AND instr(body, ?)"
        found = self._all(f"{statement} ORDER BY seq", user_note(user))
        return [str(exchange) for (exchange,) in found]

    def printed(self, value: bytes) -> str | None:
        found = next(self._all("SELECT exchange FROM prints WHERE print = ?", value), None)
        return str(found[0]) if found else None

    def bodies(self, start: int, end: int) -> list[bytes]:
        statement = "SELECT body FROM records WHERE seq > ? AND seq <= ? ORDER BY seq"
        return self._column(statement, start, end)

    def blocks(self, start: int, end: int) -> list[bytes]:
        statement = "SELECT root FROM blocks WHERE number >= ? AND number < ? ORDER BY number"
        return self._column(statement, start, end)

    def key(self, number: int) -> KeptKey | None:
        return next(map(kept_key, self._all(f"{KEPT_KEYS} WHERE id = ?", number)), None)

    def restricted_keys(self) -> set[int]:
        statement = "SELECT id FROM data_keys WHERE restricted_ms IS NOT NULL AND wrapped <> x''"
        return {number for (number,) in self._all(statement) if isinstance(number, int)}

    def secret(self, name: str) -> bytes | None:
        found = self._column("SELECT wrapped FROM secrets WHERE name = ?", name)
        return found[0] if found else None

    def close(self) -> None:
        self._connection.close()

    def _column(self, statement: str, *bindings: int | str) -> list[bytes]:
        found = self._all(statement, *bindings)
        return [value for (value,) in found if isinstance(value, bytes)]

    def _all(self, statement: str, *bindings: int | str | bytes) -> Iterator[Values]:
        try:
            yield from self._connection.execute(statement, bindings)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise Damaged(f"the file is damaged: {error}") from None


def _row(values: Values) -> Row:
    match values:
        case (
            int(seq),
            str(kind),
            str(exchange),
            int(time_ms),
            bytes(body),
            bytes() | None as sealed,
            bytes(chain),
        ):
            return Row(seq, kind, exchange, time_ms, body, sealed, chain)
    raise Damaged("a record has lost its shape")
