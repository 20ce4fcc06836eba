"""The ledger in PostgreSQL: one schema a ledger, one session that writes.

asyncpg speaks from a thread and a loop of its own, and every call here waits for it: a store may
block, whoever uses it. Needs `stoplog[postgres]`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from gateway.ledger.config import (
    Durability,
    Fault,
    LedgerConfig,
    LedgerUnavailable,
    LedgerUnusable,
    Postgres,
)
from gateway.ledger.keys import KeptKey, Scope, WrappedKey
from gateway.ledger.orders import User
from gateway.ledger.records import Kind
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

T = TypeVar("T")

CALL_S = 5.0
"""How long the database may take for one thing before it counts as lost."""
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says of a connection that ends in mid-statement
    asyncpg.PostgresConnectionError,
)
_GOING = (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError)
"""The server stops, starts or is out of something: what was asked did not happen, and may later."""
KEPT_KEYS = "SELECT id, tenant, user_key, month, wrapped, restricted_ms FROM data_keys"
_INSERT = "INSERT INTO records SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], \
$4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])"
_MIGRATIONS = Path(__file__).with_name("migrations")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def kept_key(values: Sequence[Any]) -> KeptKey:
    """A row of `KEPT_KEYS`."""
    number, tenant, user_key, month, wrapped, restricted_ms = values
    return KeptKey(WrappedKey(number, Scope(tenant, user_key, month), wrapped), restricted_ms)


class Session:
    """One connection, kept until it breaks, and the thread whose loop it lives on. Blocks."""

    def __init__(self, where: Postgres, settings: dict[str, str]) -> None:
        self._where = where
        self._settings = {"search_path": where.schema, "application_name": "stoplog", **settings}
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="ledger-postgres", daemon=True
        )
        self._thread.start()

    def run(self, ask: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
        """Raises LedgerUnavailable; once it says LOST, what was asked may or may not be done."""
        return self._wait(self._ask(ask))

    def connect(self) -> None:
        """Do so, if there is no connection. Raises LedgerUnavailable where there is no server."""
        self._wait(self._connect())

    def close(self) -> None:
        self._wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _ask(self, ask: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
        if self._connection is None:
            raise LedgerUnavailable(Fault.LOST)
        try:
            async with asyncio.timeout(CALL_S):
                return await ask(self._connection)
        except (*_LOST, *_GOING):
            self._connection.terminate()
            self._connection = None
            raise LedgerUnavailable(Fault.LOST) from None
        except asyncpg.PostgresError as error:
            raise LedgerUnavailable(Fault.BROKEN) from error

    async def _connect(self) -> None:
        if self._connection is not None:
            return
        try:
            connection = await asyncpg.connect(
                self._where.dsn, server_settings=self._settings, timeout=CALL_S
            )
        except (*_LOST, asyncpg.PostgresError):
            raise LedgerUnavailable(Fault.LOST) from None
        self._connection = connection

    async def _close(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.close(timeout=CALL_S)
            except (*_LOST, asyncpg.PostgresError):
                self._connection.terminate()


class PostgresStore:
    """See `Store`. Open it with `open_store`."""

    short = False
    """The database's disk is its own keeper's care."""

    def __init__(self, where: Postgres, durability: Durability) -> None:
        relaxed = durability is Durability.PROCESS
        self._session = Session(where, {"synchronous_commit": "off" if relaxed else "on"})
        self._lock = _number(where.schema)
        self._syncer: Syncer | None = None
        self._syncing: Session | None = None
        self._on_fault: Callable[[Fault], None] | None = None
        self._lost = False
        """Whether commits may be gone that were acknowledged; until the head is read again."""
        try:
            self._connect()
            migrate(self._session, where.schema)
        except LedgerUnavailable:
            self._session.close()
            raise
        if relaxed:
            self._syncing = Session(where, {"synchronous_commit": "on"})
            self._syncing.connect()
            self._syncer = Syncer(self._sync)

    def tell(self, on_fault: Callable[[Fault], None]) -> None:
        self._on_fault = on_fault
        if self._syncer is not None:
            self._syncer.tell(on_fault)

    def head(self) -> Head:
        return self._session.run(_head)

    def append(self, batch: Batch) -> None:
        self.rest()
        self._session.run(lambda connection: _append(connection, batch))
        if self._syncer is not None:
            self._syncer.committed()

    def settle(self) -> None:
        if self._syncer is not None:
            self._syncer.settle()
        self.rest()

    def rest(self) -> None:
        if self._lost:
            raise LedgerUnavailable(Fault.LOST)

    def wipe(self) -> None:
        for table in ("data_keys", "records", "prints"):
            self._session.run(partial(_vacuum, table))

    def probe(self) -> None:
        self._connect()
        self._session.run(_ping)
        if self._syncing is not None:
            self._syncing.connect()
            self._syncing.run(_ping)
        self._lost = False

    def open_exchanges(self) -> list[str]:
        found = self._all("SELECT exchange FROM open_exchanges ORDER BY exchange")
        return [exchange for (exchange,) in found]

    def last_body(self, exchange: str, kind: Kind) -> bytes | None:
        statement = "SELECT body FROM records WHERE exchange = $1 AND kind = $2"
        found = self._all(f"{statement} ORDER BY seq DESC LIMIT 1", exchange, kind.value)
        return found[0][0] if found else None

    def data_key(self, scope: Scope) -> WrappedKey | None:
        whose = "WHERE tenant = $1 AND user_key = $2 AND month = $3"
        live = "AND length(wrapped) > 0 AND restricted_ms IS NULL ORDER BY id DESC LIMIT 1"
        found = self._all(f"{KEPT_KEYS} {whose} {live}", scope.tenant, scope.user_key, scope.month)
        return kept_key(found[0]).key if found else None

    def readable_keys(self, user: User | None = None) -> list[KeptKey]:
        theirs = "" if user is None else "AND tenant = $1 AND user_key = $2 "
        bindings = () if user is None else (user.tenant, user.key)
        found = self._all(f"{KEPT_KEYS} WHERE length(wrapped) > 0 {theirs}ORDER BY id", *bindings)
        return [kept_key(values) for values in found]

    def holds(self) -> set[tuple[str, str]]:
        return {(tenant, key) for tenant, key in self._all("SELECT tenant, user_key FROM holds")}

    def uncleared_keys(self) -> list[tuple[int, str]]:
        statement = "SELECT id, month FROM uncleared JOIN data_keys ON id = key ORDER BY id"
        return [(int(number), str(month)) for number, month in self._all(statement)]

    def time_of(self, seq: int) -> int:
        found = self._all("SELECT time_ms FROM records WHERE seq = $1", seq)
        return int(found[0][0]) if found else 0

    def last_data_key_id(self) -> int:
        return int(self._all("SELECT coalesce(max(id), 0) FROM data_keys")[0][0])

    def secret(self, name: str) -> bytes | None:
        found = self._all("SELECT wrapped FROM secrets WHERE name = $1", name)
        return found[0][0] if found else None

    def keep_secret(self, name: str, wrapped: bytes) -> None:
        self._all("INSERT INTO secrets VALUES ($1, $2)", name, wrapped)
        if self._syncer is not None:
            self._syncer.committed()

    def close(self) -> None:
        if self._syncer is not None:
            self._syncer.close()
        if self._syncing is not None:
            self._syncing.close()
        self._session.close()

    def _all(self, statement: str, *bindings: object) -> list[Sequence[Any]]:
        found: list[Sequence[Any]] = self._session.run(
            lambda connection: connection.fetch(statement, *bindings)
        )
        return found

    def _connect(self) -> None:
        """Connect and take the lock that only one writer has; it is lost with the connection."""
        self._session.connect()
        statement = "SELECT pg_try_advisory_lock($1)"
        if not self._all(statement, self._lock)[0][0]:
            raise LedgerUnavailable(Fault.BUSY)

    def _sync(self) -> None:
        """A commit that is flushed flushes all that came before it, whoever made it.

        A server that is gone takes unflushed commits with it, as a power cut would; its own sync
        failures end it, so there is nothing here that a second try could hide.
        """
        if self._syncing is None or self._lost:
            return
        try:
            self._syncing.run(_flush)
        except LedgerUnavailable:
            self._lost = True  # reconnecting here would flush without what the server has lost
            if self._on_fault is not None:
                self._on_fault(Fault.LOST)


async def _vacuum(table: str, connection: asyncpg.Connection) -> None:
    await connection.execute(f"VACUUM {table}")


async def _ping(connection: asyncpg.Connection) -> None:
    await connection.fetchval("SELECT 1")


async def _flush(connection: asyncpg.Connection) -> None:
    await connection.execute("SELECT pg_logical_emit_message(true, 'stoplog', '')")


async def _head(connection: asyncpg.Connection) -> Head:
    last = await connection.fetchrow("SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1")
    if last is None:
        return Head()
    size, chain = last
    blocks = await connection.fetch("SELECT root FROM blocks ORDER BY number")
    rest = await connection.fetch(
        "SELECT body FROM records WHERE seq > $1 ORDER BY seq", size - size % BLOCK
    )
    return Head(
        chain,
        TreeHead(
            size,
            peaks_over(root for (root,) in blocks),
            peaks_over(leaf_hash(body) for (body,) in rest),
        ),
    )


async def _append(connection: asyncpg.Connection, batch: Batch) -> None:
    async with connection.transaction():
        await _insert(connection, batch.rows)
        if batch.keys:
            await connection.executemany(
                "INSERT INTO data_keys VALUES ($1, $2, $3, $4, $5)",
                [
                    (key.id, key.scope.tenant, key.scope.user_key, key.scope.month, key.wrapped)
                    for key in batch.keys
                ],
            )
        if batch.blocks:
            await connection.executemany(
                "INSERT INTO blocks VALUES ($1, $2)",
                [(block.number, block.root) for block in batch.blocks],
            )
        if batch.prints:
            await connection.executemany(
                "INSERT INTO prints VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [(one.value, one.exchange) for one in batch.prints],
            )
        for change in batch.changes:
            await _change(connection, change)


async def _insert(connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
    columns = ("seq", "kind", "exchange", "time_ms", "body", "sealed", "chain")
    await connection.execute(
        _INSERT, *([getattr(row, column) for row in rows] for column in columns)
    )
    begun = [row.exchange for row in rows if row.kind == Kind.INTENT]
    ended = [row.exchange for row in rows if row.kind == Kind.FINAL]
    if begun:
        statement = "INSERT INTO open_exchanges SELECT unnest($1::text[])"
        await connection.execute(statement, begun)
    if ended:
        statement = "DELETE FROM open_exchanges WHERE exchange = ANY($1::text[])"
        await connection.execute(statement, ended)


async def _change(connection: asyncpg.Connection, change: Change) -> None:
    match change:
        case Restricted():
            statement = "UPDATE data_keys SET restricted_ms = $1 WHERE id = ANY($2::bigint[])"
            await connection.execute(
                f"{statement} AND restricted_ms IS NULL", change.at_ms, list(change.keys)
            )
        case Destroyed():
            statement = "UPDATE data_keys SET wrapped = '' WHERE id = ANY($1::bigint[])"
            await connection.execute(statement, list(change.keys))
            statement = "INSERT INTO uncleared SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING"
            await connection.execute(statement, list(change.keys))
        case Cleared():
            await _clear(connection, change)
        case Held():
            statement = "INSERT INTO holds VALUES ($1, $2)"
            await connection.execute(statement, change.tenant, change.user_key)
        case Released():
            statement = "DELETE FROM holds WHERE tenant = $1 AND user_key = $2"
            await connection.execute(statement, change.tenant, change.user_key)


async def _clear(connection: asyncpg.Connection, change: Cleared) -> None:
    where = (
        "seq BETWEEN $1 AND $2 AND sealed IS NOT NULL AND "
        "(convert_from(body, 'UTF8')::json->'content'->>'key')::bigint"
        " IN (SELECT key FROM uncleared)"
    )
    statement = "DELETE FROM prints WHERE exchange IN (SELECT exchange FROM records WHERE"
    await connection.execute(f"{statement} {where})", change.first, change.last)
    statement = "UPDATE records SET sealed = NULL WHERE"
    await connection.execute(f"{statement} {where}", change.first, change.last)
    if change.done:
        statement = "DELETE FROM uncleared WHERE key = ANY($1::bigint[])"
        await connection.execute(statement, list(change.keys))


def open_store(config: LedgerConfig, where: Postgres) -> PostgresStore:
    """Make or renew the tables, and become the one who writes them. Raises LedgerUnusable."""
    if not _SCHEMA.fullmatch(where.schema):
        raise LedgerUnusable("a schema's name is lower-case letters, digits and underscores")
    try:
        store = PostgresStore(where, config.durability)
    except LedgerUnavailable as unavailable:
        raise LedgerUnusable(_REMEDIES[unavailable.fault]) from None
    return store


_REMEDIES = {
    Fault.LOST: "the database does not answer; check ledger.database and that it runs",
    Fault.BUSY: "another process writes this ledger; give each its own ledger.schema",
    Fault.BROKEN: "the database refuses what a ledger asks; check the rights of its user",
}


def migrate(session: Session, schema: str) -> None:
    """Bring the tables to the version that this program knows. Raises LedgerUnavailable."""
    session.run(lambda connection: connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    version = session.run(_version)
    if statements := steps(version):
        session.run(lambda connection: connection.execute(statements))


async def _version(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version


def steps(version: str | None) -> str:
    """The statements that lead from a version, None for no tables, to the newest."""
    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(_MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    if version == newest:
        return ""
    command.upgrade(config, f"{version}:head" if version else "head", sql=True)
    return written.getvalue()


def _number(schema: str) -> int:
    """The advisory lock of a ledger."""
    digest = hashlib.sha256(f"stoplog ledger {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
