"""Reading a ledger, beside or without the process that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import apsw
import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.ledger.config import LedgerUnusable
from gateway.ledger.keys import CannotUnseal, Scope, name_of, place, unseal, unwrap
from gateway.ledger.notes import BadNote, Checkpoint, Verifier, read_note
from gateway.ledger.written import Row

_PIECE = 2000
_BUSY_MS = 5000
_COLUMNS = "SELECT seq, kind, exchange, time_ms, body, sealed, chain FROM records "


class Unread(StrEnum):
    """Why a record comes without its content."""

    NONE = "none was kept"
    DESTROYED = "its key was destroyed"
    UNREADABLE = "it does not unseal with this key"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record and what it holds in clear."""

    row: Row
    content: bytes | Unread


class ContentNote(BaseModel):
    """What a body says of the content beside it."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    key: int | None = None
    """None where no content was kept."""
    sha256: str | None = None


class Body(BaseModel):
    """What every body says; the rest depends on its kind."""

    model_config = ConfigDict(frozen=True, strict=True)

    v: int
    seq: int
    kind: str
    exchange: str
    time_ms: int
    content: ContentNote | None = None


class Damaged(Exception):
    """The file no longer holds what a ledger writes."""


def body_of(row: Row) -> Body:
    """Raises Damaged where the stored bytes are no body."""
    try:
        return Body.model_validate_json(row.body)
    except ValidationError:
        raise Damaged(f"record {row.seq} is not a record") from None


def open_read_only(path: Path) -> apsw.Connection:
    """Raises LedgerUnusable where there is no ledger."""
    if not path.is_file():
        raise LedgerUnusable(f"{path} does not exist; name the ledger's file")
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(_BUSY_MS)
        connection.execute("SELECT seq FROM records LIMIT 1")
    except apsw.Error as error:
        raise LedgerUnusable(f"{path} is not a ledger: {error}") from None
    return connection


def rows(connection: apsw.Connection, after: int = 0) -> Iterator[Row]:
    """Every record after a sequence number, in order. Raises Damaged.

    Read in pieces: one long read would keep the writer from ever clearing its log.
    """
    count = _PIECE
    while count == _PIECE:
        count = 0
        for row in _piece(connection, after):
            yield row
            after, count = row.seq, count + 1


def _piece(connection: apsw.Connection, after: int) -> Iterator[Row]:
    statement = _COLUMNS + "WHERE seq > ? ORDER BY seq LIMIT ?"
    try:
        for values in connection.execute(statement, (after, _PIECE)):
            yield _row(values)
    except (apsw.Error, UnicodeDecodeError) as error:
        raise Damaged(f"the file is damaged: {error}") from None


def tail(path: Path, count: int) -> list[Row]:
    """The last records, oldest first, content still sealed."""
    with closing(open_read_only(path)) as connection:
        found = connection.execute(_COLUMNS + "ORDER BY seq DESC LIMIT ?", (count,))
        return [_row(values) for values in found][::-1]


def rows_of(connection: apsw.Connection, exchange: str) -> list[Row]:
    """The records of an exchange, in order."""
    found = connection.execute(_COLUMNS + "WHERE exchange = ? ORDER BY seq", (exchange,))
    return [_row(values) for values in found]


def show(path: Path, exchange: str, key: bytes) -> list[Shown]:
    """All records of an exchange with their content; empty where there is no such exchange."""
    with closing(open_read_only(path)) as connection:
        return [_shown(connection, row, AESGCM(key)) for row in rows_of(connection, exchange)]


def checkpoints_in(path: Path, verifier: Verifier) -> Iterator[Checkpoint]:
    """The checkpoints of a file as `FileSink` writes it, a torn line left out.

    Raises BadNote, naming the line, for one that this ledger did not sign.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield read_note(orjson.loads(line), verifier)
            except orjson.JSONDecodeError:
                continue
            except BadNote as error:
                raise BadNote(f"line {number} of {path.name}: {error}") from None


def _row(values: tuple[apsw.SQLiteValue, ...]) -> Row:
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


def _shown(connection: apsw.Connection, row: Row, wrapping: AESGCM) -> Shown:
    note = body_of(row).content
    if row.sealed is None or note is None or note.key is None:
        return Shown(row, Unread.NONE)
    try:
        key = _data_key(connection, note.key, wrapping)
        if key is None:
            return Shown(row, Unread.DESTROYED)
        return Shown(row, unseal(key, row.sealed, place(row.exchange, row.seq)))
    except CannotUnseal:
        return Shown(row, Unread.UNREADABLE)


def _data_key(connection: apsw.Connection, key_id: int, wrapping: AESGCM) -> AESGCM | None:
    found = connection.execute(
        "SELECT tenant, user_key, month, wrapped FROM data_keys WHERE id = ?", (key_id,)
    ).fetchone()
    if found is None or not found[3]:
        return None
    return AESGCM(unwrap(wrapping, found[3], name_of(key_id, Scope(*found[:3]))))
