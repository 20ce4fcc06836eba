"""Reading a ledger, beside or without the process that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.ledger.config import Place
from gateway.ledger.keys import CannotUnseal, name_of, place, unseal, unwrap
from gateway.ledger.notes import BadNote, Checkpoint, Verifier, read_note
from gateway.ledger.orders import Role
from gateway.ledger.places import open_read_only
from gateway.ledger.reader import Damaged, Reader
from gateway.ledger.written import Row

_PIECE = 2000


class Unread(StrEnum):
    """Why a record comes without its content."""

    NONE = "none was kept"
    SEALED = "it is sealed; give a reason to read it"
    DESTROYED = "its key was destroyed"
    RESTRICTED = "it is restricted: kept because it must be, and for authorities only"
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


def body_of(row: Row) -> Body:
    """Raises Damaged where the stored bytes are no body."""
    try:
        return Body.model_validate_json(row.body)
    except ValidationError:
        raise Damaged(f"record {row.seq} is not a record") from None


def rows(reader: Reader, after: int = 0) -> Iterator[Row]:
    """Every record after a sequence number, in order. Raises Damaged.

    Read in pieces: one long read would keep the writer from ever clearing its log.
    """
    count = _PIECE
    while count == _PIECE:
        count = 0
        for row in reader.piece(after, _PIECE):
            yield row
            after, count = row.seq, count + 1


def tail(place: Place, count: int) -> list[Row]:
    """The last records, oldest first, content still sealed."""
    with closing(open_read_only(place)) as reader:
        return reader.last(count)


def show(ledger: Place, exchange: str, key: bytes, role: Role = Role.OPERATOR) -> list[Shown]:
    """All records of an exchange with their content; empty where there is no such exchange.

    That somebody reads is to be on record before this is called (`orders.Read`).
    """
    with closing(open_read_only(ledger)) as reader:
        unsealer = Unsealer(reader, key, role)
        return [Shown(row, unsealer.content(row)) for row in reader.rows_of(exchange)]


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


def show_sealed(ledger: Place, exchange: str) -> list[Shown]:
    """As `show`, for those who may not read content."""
    with closing(open_read_only(ledger)) as reader:
        return [
            Shown(row, Unread.NONE if row.sealed is None else Unread.SEALED)
            for row in reader.rows_of(exchange)
        ]


class Unsealer:
    """Reads content for somebody in a role."""

    def __init__(self, reader: Reader, key: bytes, role: Role) -> None:
        self._reader = reader
        self._wrapping = AESGCM(key)
        self._role = role
        self._keys: dict[int, AESGCM | Unread] = {}

    def content(self, row: Row) -> bytes | Unread:
        """Raises Damaged."""
        note = body_of(row).content
        if note is None or note.key is None:
            return Unread.NONE
        key = self._key(note.key)
        if isinstance(key, Unread):
            return key
        if row.sealed is None:
            return Unread.UNREADABLE
        try:
            return unseal(key, row.sealed, place(row.exchange, row.seq))
        except CannotUnseal:
            return Unread.UNREADABLE

    def _key(self, number: int) -> AESGCM | Unread:
        if number not in self._keys:
            self._keys[number] = self._found(number)
        return self._keys[number]

    def _found(self, number: int) -> AESGCM | Unread:
        kept = self._reader.key(number)
        if kept is None or kept.destroyed:
            return Unread.DESTROYED
        if kept.restricted_ms is not None and self._role is not Role.AUTHORITY:
            return Unread.RESTRICTED
        try:
            name = name_of(number, kept.key.scope)
            return AESGCM(unwrap(self._wrapping, kept.key.wrapped, name))
        except CannotUnseal:
            return Unread.UNREADABLE
