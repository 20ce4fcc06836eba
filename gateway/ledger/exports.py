"""Part of a ledger as a file for other programs, with a manifest that says what is in it.

What is restricted stays out, whoever asks; what was erased comes without its content. Whole
exchanges are exported, by the time at which they began.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Protocol, TextIO

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.ledger.config import LedgerUnusable, Place
from gateway.ledger.orders import Role, User
from gateway.ledger.places import open_read_only
from gateway.ledger.read import Unread, Unsealer, body_of, rows
from gateway.ledger.reader import Damaged, Reader
from gateway.ledger.records import Kind
from gateway.ledger.written import Row


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is wanted."""

    since_ms: int
    until_ms: int
    """Exchanges that began before it."""
    tenant: str = ""
    """Empty for all."""
    user: User | None = None
    content: bool = False
    """Whether prompts and outputs are wanted too."""

    def __str__(self) -> str:
        whose = f" of {self.user.tenant}/{self.user.key}" if self.user else ""
        tenant = f" of tenant {self.tenant}" if self.tenant else ""
        what = "records and content" if self.content else "records"
        return f"{what}{tenant}{whose} from {_iso(self.since_ms)} to {_iso(self.until_ms)}"


@dataclass(frozen=True, slots=True)
class Exported:
    """A record as it leaves."""

    seq: int
    time: str
    kind: str
    exchange: str
    record: str
    """The body, to the byte, so that its hash can be taken again."""
    content: str | None


COLUMNS = ("seq", "time", "kind", "exchange", "record", "content")


@dataclass(slots=True)
class Counts:
    records: int = 0
    exchanges: int = 0
    restricted: int = 0
    """Exchanges that were left out."""
    without_content: int = 0
    """Records whose content was erased or cannot be unsealed."""


class _Begun(BaseModel):
    """What an intent says of whose exchange it is."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    user_key: str


class Sheet(Protocol):
    """A file that is being written."""

    def add(self, exported: Exported) -> None: ...
    def close(self) -> None: ...


def export(ledger: Place, key: bytes, scope: Scope, role: Role, path: Path, form: Format) -> Counts:
    """Write the file; it must not be there yet. That this reads is to be on record before.

    Raises Damaged, LedgerUnusable and OSError, and then leaves no file.
    """
    if path.exists():
        raise LedgerUnusable(f"{path} is there already; remove it, or name another")
    partial = path.with_name(f"{path.name}.part")
    try:
        with closing(open_read_only(ledger)) as reader:
            counts = _write(reader, Unsealer(reader, key, role), scope, partial, form)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)
    return counts


def manifest(
    path: Path, form: Format, scope: Scope, counts: Counts, recorded: int, checkpoint: str
) -> bytes:
    """What is in a file, on whose record it was made, and what its bytes hash to."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    said = {
        "format": "stoplog-export-v1",
        "file": path.name,
        "form": form,
        "bytes": path.stat().st_size,
        "sha256": digest,
        "scope": {
            "since": _iso(scope.since_ms),
            "until": _iso(scope.until_ms),
            "tenant": scope.tenant or (scope.user.tenant if scope.user else ""),
            "user_key": scope.user.key if scope.user else "",
            "content": scope.content,
        },
        "records": counts.records,
        "exchanges": counts.exchanges,
        "left_out_restricted": counts.restricted,
        "without_content": counts.without_content,
        "read_record": recorded,
        "checkpoint": checkpoint,
    }
    return json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"


def _write(reader: Reader, unsealer: Unsealer, scope: Scope, path: Path, form: Format) -> Counts:
    counts = Counts()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        with closing(_sheet(file, path, form)) as sheet:
            for row in _chosen(reader, scope, counts):
                sheet.add(_exported(row, unsealer if scope.content else None, counts))
        file.flush()
        os.fsync(file.fileno())
    return counts


def _chosen(reader: Reader, scope: Scope, counts: Counts) -> Iterator[Row]:
    """Every record of the exchanges in scope, in order."""
    restricted, under_way = reader.restricted_keys(), set[str]()
    for row in rows(reader):
        if row.kind == Kind.INTENT:
            if row.time_ms < scope.until_ms and _wanted(row, scope):
                if _sealed_by(row, restricted):
                    counts.restricted += 1
                else:
                    counts.exchanges += 1
                    under_way.add(row.exchange)
            elif row.time_ms >= scope.until_ms + _DISORDER_MS and not under_way:
                return
        if row.exchange in under_way and not _sealed_by(row, restricted):
            yield row
        if row.kind == Kind.FINAL:
            under_way.discard(row.exchange)


_DISORDER_MS = 600_000
"""Records stand in the order in which they were written; clocks may differ from it by this much."""


def _wanted(row: Row, scope: Scope) -> bool:
    if row.time_ms < scope.since_ms:
        return False
    if not scope.tenant and scope.user is None:
        return True
    try:
        begun = _Begun.model_validate_json(row.body)
    except ValidationError:
        raise Damaged(f"record {row.seq} is not an intent") from None
    if scope.tenant and begun.tenant != scope.tenant:
        return False
    return scope.user is None or (scope.user.tenant, scope.user.key) == (
        begun.tenant,
        begun.user_key,
    )


def _sealed_by(row: Row, keys: set[int]) -> bool:
    note = body_of(row).content if keys and row.sealed else None
    return note is not None and note.key in keys


def _exported(row: Row, unsealer: Unsealer | None, counts: Counts) -> Exported:
    counts.records += 1
    content = None
    if unsealer is not None:
        found = unsealer.content(row)
        if found is Unread.NONE:
            pass
        elif isinstance(found, Unread):
            counts.without_content += 1
        else:
            content = found.decode(errors="backslashreplace")
    return Exported(row.seq, _iso(row.time_ms), row.kind, row.exchange, row.body.decode(), content)


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _sheet(file: TextIO, path: Path, form: Format) -> Sheet:
    match form:
        case Format.JSONL:
            return _Lines(file)
        case Format.CSV:
            return _Cells(file)
        case Format.PARQUET:
            return _parquet()(path)


def _parquet() -> Callable[[Path], Sheet]:
    """Loaded when asked for: it brings a large library, which is an extra."""
    try:
        found: Callable[[Path], Sheet] = import_module("gateway.ledger.parquet").ParquetSheet
    except ImportError:
        raise LedgerUnusable("Parquet needs an extra; install stoplog[parquet]") from None
    return found


class _Lines:
    """JSON Lines: one record a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, exported: Exported) -> None:
        line = {name: getattr(exported, name) for name in COLUMNS}
        self._file.write(orjson.dumps(line).decode() + "\n")

    def close(self) -> None:
        return


class _Cells:
    """CSV in which no cell can be taken for a formula."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        self._writer.writerow(COLUMNS)

    def add(self, exported: Exported) -> None:
        self._writer.writerow([neutral(getattr(exported, name)) for name in COLUMNS])

    def close(self) -> None:
        return


def neutral(value: object) -> str:
    """A cell that a spreadsheet shows as it stands (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return (
        f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in _STEERING else text
    )


_STEERING = {"\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠"}
"""The wide forms are read as the narrow ones where the locale is Chinese or Japanese."""
