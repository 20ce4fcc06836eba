"""The ledger in one SQLite file, in WAL mode, with one connection that writes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw

from gateway.ledger.config import (
    Disk,
    Durability,
    Fault,
    LedgerConfig,
    LedgerUnavailable,
    LedgerUnusable,
)
from gateway.ledger.keys import KeptKey, Scope, WrappedKey
from gateway.ledger.orders import User
from gateway.ledger.records import Kind
from gateway.ledger.reserve import Reserve
from gateway.ledger.syncing import Syncer
from gateway.ledger.tree import BLOCK, TreeHead, leaf_hash, peaks_over
from gateway.ledger.written import (
    Batch,
    Change,
    Cleared,
    Destroyed,
    Head,
    Held,
    Released,
    Restricted,
    Row,
)

MAX_BATCH = 64
"""Records of one INSERT: few enough for its statement to be kept ready for every number."""
_APPLICATION = 0x73746F70
"""Marks the file as ours: "stop"."""
_FORMAT = 3
_SAFE_SQLITE = (3, 51, 3)
"""Earlier ones can corrupt a WAL file when it is reset (sqlite.org/wal.html, section 11)."""
_BUSY_MS = 1500
_CHECKPOINT_PAGES = 1000
_CHECKPOINT_PAGES_AT_LAST = 16_000

# The triggers keep what recovery asks for, so that a commit is one statement and needs no scan.
_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, exchange TEXT NOT NULL,
    time_ms INTEGER NOT NULL, body BLOB NOT NULL, sealed BLOB, chain BLOB NOT NULL
) STRICT;
CREATE INDEX records_by_exchange ON records (exchange);
CREATE TABLE open_exchanges (exchange TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER exchange_opens AFTER INSERT ON records WHEN new.kind = 'intent'
    BEGIN INSERT INTO open_exchanges VALUES (new.exchange); END;
CREATE TRIGGER exchange_ends AFTER INSERT ON records WHEN new.kind = 'final'
    BEGIN DELETE FROM open_exchanges WHERE exchange = new.exchange; END;
CREATE TABLE data_keys (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, user_key TEXT NOT NULL, month TEXT NOT NULL,
    wrapped BLOB NOT NULL, restricted_ms INTEGER
) STRICT;
CREATE INDEX data_keys_by_scope ON data_keys (tenant, user_key, month);
CREATE TABLE blocks (number INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT;
CREATE TABLE secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE holds (tenant TEXT, user_key TEXT, PRIMARY KEY (tenant, user_key)) STRICT;
"""
_FORMAT_3 = """
CREATE TABLE prints (print BLOB PRIMARY KEY, exchange TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX prints_by_exchange ON prints (exchange);
CREATE TABLE uncleared (key INTEGER PRIMARY KEY) STRICT;
"""
_FROM_FORMAT_1 = """
ALTER TABLE data_keys ADD COLUMN restricted_ms INTEGER;
CREATE TABLE holds (tenant TEXT, user_key TEXT, PRIMARY KEY (tenant, user_key)) STRICT;
"""
_INSERT = "INSERT INTO records VALUES (?,?,?,?,?,?,?)"
_SYNCHRONOUS = {Durability.PROCESS: "NORMAL", Durability.POWER: "FULL"}


KEPT_KEYS = "SELECT id, tenant, user_key, month, wrapped, restricted_ms FROM data_keys"


def kept_key(values: tuple[Any, ...]) -> KeptKey:
    """A row of `KEPT_KEYS`."""
    number, tenant, user_key, month, wrapped, restricted_ms = values
    return KeptKey(WrappedKey(number, Scope(tenant, user_key, month), wrapped), restricted_ms)


def _columns(scope: Scope) -> tuple[str, str, str]:
    return scope.tenant, scope.user_key, scope.month


@lru_cache(MAX_BATCH)
def _insert(count: int) -> str:
    return _INSERT + ",(?,?,?,?,?,?,?)" * (count - 1)


class SqliteStore:
    """See `Store`. Open it with `open_store`; it may be made in one thread and used in another."""

    def __init__(
        self, connection: apsw.Connection, descriptors: Sequence[int], reserve: Reserve
    ) -> None:
        self._connection = connection
        self._descriptors = descriptors
        self._reserve = reserve
        self._syncer: Syncer | None = None
        self._wal_pages = 0
        self._to_wipe = False
        connection.set_wal_hook(self._note_pages)

    def sync_in_background(self, wal: int, disk: Disk) -> None:
        """Sync every commit after it is acknowledged rather than before."""
        self._syncer = Syncer(lambda: disk.sync(wal))

    def tell(self, on_fault: Callable[[Fault], None]) -> None:
        if self._syncer is not None:
            self._syncer.tell(on_fault)

    def head(self) -> Head:
        last = self._one("SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1")
        if last is None:
            return Head()
        size, chain = last
        blocks = self._connection.execute("SELECT root FROM blocks ORDER BY number")
        rest = self._connection.execute(
            "SELECT body FROM records WHERE seq > ? ORDER BY seq", (size - size % BLOCK,)
        )
        return Head(
            chain,
            TreeHead(
                size,
                peaks_over(root for (root,) in blocks),
                peaks_over(leaf_hash(body) for (body,) in rest),
            ),
        )

    @property
    def short(self) -> bool:
        return not self._reserve.held

    def append(self, batch: Batch) -> None:
        try:
            self._guard(lambda: self._write(batch))
        except LedgerUnavailable as unavailable:
            # What is under way may still be ended: from here on there is room for nothing new.
            if unavailable.fault is not Fault.FULL or not self._reserve.spend():
                raise
            self._guard(lambda: self._write(batch))
        if self._wal_pages > _CHECKPOINT_PAGES_AT_LAST:
            self._checkpoint()
        if self._syncer is not None:
            self._syncer.committed()

    def settle(self) -> None:
        if self._syncer is not None:
            self._syncer.settle()

    def rest(self) -> None:
        if self._to_wipe:
            self.wipe()
        if self._wal_pages > _CHECKPOINT_PAGES:
            self._checkpoint()

    def probe(self) -> None:
        if not self._reserve.restore():
            raise LedgerUnavailable(Fault.FULL)
        self._guard(lambda: self._connection.pragma("user_version", _FORMAT))

    def open_exchanges(self) -> list[str]:
        found = self._connection.execute("SELECT exchange FROM open_exchanges ORDER BY exchange")
        return [exchange for (exchange,) in found]

    def last_body(self, exchange: str, kind: Kind) -> bytes | None:
        found = self._one(
            "SELECT body FROM records WHERE exchange = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
            *(exchange, kind),
        )
        return found[0] if found else None

    def data_key(self, scope: Scope) -> WrappedKey | None:
        found = self._one(
            "SELECT id, wrapped FROM data_keys WHERE tenant = ? AND user_key = ? AND month = ?"
            " AND wrapped <> x'' AND restricted_ms IS NULL ORDER BY id DESC LIMIT 1",
            *_columns(scope),
        )
        return WrappedKey(found[0], scope, found[1]) if found else None

    def readable_keys(self, user: User | None = None) -> list[KeptKey]:
        theirs = "" if user is None else "AND tenant = ? AND user_key = ? "
        found = self._connection.execute(
            f"{KEPT_KEYS} WHERE wrapped <> x'' {theirs}ORDER BY id",
            () if user is None else (user.tenant, user.key),
        )
        return [kept_key(values) for values in found]

    def holds(self) -> set[tuple[str, str]]:
        found = self._connection.execute("SELECT tenant, user_key FROM holds")
        return {(tenant, user_key) for tenant, user_key in found}

    def wipe(self) -> None:
        """The log still holds pages from before, so it is emptied, once no reader needs it."""
        self._connection.set_busy_timeout(0)
        try:
            self._guard(
                lambda: self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            )
            self._to_wipe = False
        except LedgerUnavailable as unavailable:
            if unavailable.fault is Fault.BROKEN:
                raise
            self._to_wipe = True
        finally:
            self._connection.set_busy_timeout(_BUSY_MS)

    def uncleared_keys(self) -> list[tuple[int, str]]:
        statement = "SELECT id, month FROM uncleared JOIN data_keys ON id = key ORDER BY id"
        return [(number, month) for number, month in self._connection.execute(statement)]

    def time_of(self, seq: int) -> int:
        found = self._one("SELECT time_ms FROM records WHERE seq = ?", seq)
        return int(found[0]) if found else 0

    def last_data_key_id(self) -> int:
        found = self._one("SELECT max(id) FROM data_keys")
        return (found and found[0]) or 0

    def secret(self, name: str) -> bytes | None:
        found = self._one("SELECT wrapped FROM secrets WHERE name = ?", name)
        return found[0] if found else None

    def keep_secret(self, name: str, wrapped: bytes) -> None:
        self._guard(
            lambda: self._connection.execute("INSERT INTO secrets VALUES (?, ?)", (name, wrapped))
        )
        if self._syncer is not None:
            self._syncer.committed()

    def close(self) -> None:
        if self._syncer is not None:
            self._syncer.close()
        with suppress(apsw.Error):  # a broken file cannot be tidied; its lock goes all the same
            self._connection.close()
        self._reserve.close()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _one(self, statement: str, *bindings: str | int) -> tuple[Any, ...] | None:
        return self._connection.execute(statement, bindings).fetchone()

    def _guard(self, write: Callable[[], object]) -> None:
        """Name what goes wrong. Only what left the file untouched may be tried again."""
        try:
            write()
        except apsw.FullError:
            raise LedgerUnavailable(Fault.FULL) from None
        except apsw.BusyError:
            raise LedgerUnavailable(Fault.BUSY) from None
        except apsw.Error as error:
            raise LedgerUnavailable(Fault.BROKEN) from error

    def _write(self, batch: Batch) -> None:
        if (
            batch.keys
            or batch.blocks
            or batch.changes
            or batch.prints
            or len(batch.rows) > MAX_BATCH
        ):
            self._insert_in_steps(batch)
        else:
            self._insert(batch.rows)

    def _insert_in_steps(self, batch: Batch) -> None:
        keys = [(key.id, *_columns(key.scope), key.wrapped, None) for key in batch.keys]
        blocks = [(block.number, block.root) for block in batch.blocks]
        with self._connection:
            self._connection.executemany("INSERT INTO data_keys VALUES (?, ?, ?, ?, ?, ?)", keys)
            self._connection.executemany("INSERT INTO blocks VALUES (?, ?)", blocks)
            for start in range(0, len(batch.rows), MAX_BATCH):
                self._insert(batch.rows[start : start + MAX_BATCH])
            if batch.prints:
                self._connection.executemany(
                    "INSERT OR IGNORE INTO prints VALUES (?, ?)",
                    [(one.value, one.exchange) for one in batch.prints],
                )
            for change in batch.changes:
                self._change(change)

    def _change(self, change: Change) -> None:
        run = self._connection
        match change:
            case Restricted():
                statement = "UPDATE data_keys SET restricted_ms = ? WHERE id = ?"
                run.executemany(
                    f"{statement} AND restricted_ms IS NULL",
                    [(change.at_ms, key) for key in change.keys],
                )
            case Destroyed():
                # SQLite then overwrites what was there.
                run.pragma("secure_delete", value=True)
                statement = "UPDATE data_keys SET wrapped = x'' WHERE id = ?"
                run.executemany(statement, [(key,) for key in change.keys])
                statement = "INSERT OR IGNORE INTO uncleared VALUES (?)"
                run.executemany(statement, [(key,) for key in change.keys])
            case Cleared():
                self._clear(change)
            case Held():
                run.execute("INSERT INTO holds VALUES (?, ?)", (change.tenant, change.user_key))
            case Released():
                statement = "DELETE FROM holds WHERE tenant = ? AND user_key = ?"
                run.execute(statement, (change.tenant, change.user_key))

    def _clear(self, change: Cleared) -> None:
        run = self._connection
        run.pragma("secure_delete", value=True)
        bounds = change.first, change.last
        where = (
            "seq BETWEEN ? AND ? AND sealed IS NOT NULL"
            " AND json_extract(CAST(body AS TEXT), '$.content.key') IN (SELECT key FROM uncleared)"
        )
        statement = "DELETE FROM prints WHERE exchange IN (SELECT exchange FROM records WHERE"
        run.execute(f"{statement} {where})", bounds)
        statement = "UPDATE records SET sealed = NULL WHERE"
        run.execute(f"{statement} {where}", bounds)
        if change.done:
            run.executemany("DELETE FROM uncleared WHERE key = ?", [(k,) for k in change.keys])

    def _insert(self, rows: Sequence[Row]) -> None:
        values: list[apsw.SQLiteValue] = []
        for row in rows:
            values += (row.seq, row.kind, row.exchange, row.time_ms, row.body, row.sealed)
            values.append(row.chain)
        self._connection.execute(_insert(len(rows)), values)

    def _checkpoint(self) -> None:
        """Move the log into the file. What it cannot move for want of room stays in the log."""
        try:
            self._guard(
                lambda: self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            )
        except LedgerUnavailable as unavailable:
            if unavailable.fault is Fault.BROKEN:
                raise
        self._wal_pages = 0

    def _note_pages(self, _: apsw.Connection, __: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK


def open_store(config: LedgerConfig, disk: Disk) -> SqliteStore:
    """Open or make the file. Raises LedgerUnusable."""
    _refuse_unsafe_sqlite()
    path, lock = config.path, _lock(config.path)
    try:
        connection = _connect(path, config.durability, disk)
        wal = os.open(f"{path}-wal", os.O_RDWR)
    except LedgerUnusable:
        os.close(lock)
        raise
    except (apsw.Error, OSError) as error:
        os.close(lock)
        raise LedgerUnusable(f"{path} cannot be opened as a ledger: {error}") from error
    reserve = Reserve(path.with_name(f"{path.name}.reserve"), config.reserve_bytes)
    store = SqliteStore(connection, (wal, lock), reserve)
    if config.durability is Durability.PROCESS:
        store.sync_in_background(wal, disk)
    return store


def _refuse_unsafe_sqlite() -> None:
    version = apsw.sqlite_lib_version()
    if tuple(map(int, version.split("."))) < _SAFE_SQLITE:
        raise LedgerUnusable(f"SQLite {version} can lose records; install apsw 3.51.3 or later")


def _lock(path: Path) -> int:
    """Two writers would each chain their own history, so the second is refused."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise LedgerUnusable(
            f"{path} is in use by another process; run one worker, or give each its own ledger"
        ) from None
    return lock


def _connect(path: Path, durability: Durability, disk: Disk) -> apsw.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = apsw.Connection(str(path), vfs=disk.vfs or None)
    connection.set_busy_timeout(_BUSY_MS)
    if connection.pragma("journal_mode", "wal") != "wal":
        raise LedgerUnusable(f"{path} cannot keep a write-ahead log there; use a local disk")
    connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    _make_or_check(connection)
    _sync_folder(path.parent, disk)
    return connection


def _make_or_check(connection: apsw.Connection) -> None:
    found = (connection.pragma("application_id"), connection.pragma("user_version"))
    if found == (0, 0):
        with connection:
            connection.execute(_SCHEMA + _FORMAT_3)
            connection.pragma("application_id", _APPLICATION)
            connection.pragma("user_version", _FORMAT)
    elif found in ((_APPLICATION, 1), (_APPLICATION, 2)):
        with connection:
            connection.execute((_FROM_FORMAT_1 if found[1] == 1 else "") + _FORMAT_3)
            connection.pragma("user_version", _FORMAT)
    elif found != (_APPLICATION, _FORMAT):
        connection.close()
        raise LedgerUnusable("the file is not a ledger of this version; name another path")


def _sync_folder(folder: Path, disk: Disk) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
