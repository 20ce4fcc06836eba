"""What the ledger costs: CPU and throughput per exchange, waiting per step, verification.

    python -m benchmarks.ledger [--json] [--records N] [--folder FOLDER] [--stores sqlite postgres]

An exchange here is three records, as for a plain request: an intent of 1 KB, 1 KB delivered, and
a final record with two verdicts. Put FOLDER on the disk that matters. A PostgreSQL server is
started for the run, with its settings as they come; its own CPU time is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg  # type: ignore[import-untyped]
import uvloop

from benchmarks.postgres_server import running_server
from gateway.ledger.config import Durability, LedgerConfig, Postgres
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.records import (
    Delivered,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    PackRecord,
    Timings,
    Usage,
    VerdictRecord,
)
from gateway.ledger.verify import verify

TIME_MS = 1_763_942_400_000
DIGEST = "sha256:" + "0" * 64
STEPS = ("intent", "delivered", "final", "exchange")
Lock: TypeAlias = "asyncio.Lock | None"
STORES = ("sqlite", "postgres")
HIT = HitRecord("A.2.a", "IM Art. 4(2)", "model", "r1", 0.61, 0.5, "flag", 0, 10, 20, "plain")
CLEAN = VerdictRecord("allow", scanned=1000, total=1000)
FLAGGED = VerdictRecord("flag", (HIT,), scanned=1000, total=1000)
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Load:
    """Exchanges written as fast as a number of concurrent ones allows."""

    store: str
    durability: str
    concurrent: int
    group_commit: bool
    exchanges_per_s: float
    cpu_us_per_exchange: float
    wall_us_per_exchange: float
    bytes_per_exchange: float


@dataclass(frozen=True, slots=True)
class Wait:
    """How long an await takes at 100 exchanges a second, in milliseconds."""

    store: str
    durability: str
    group_commit: bool
    step: str
    """`exchange` is all three together."""
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Check:
    """Verification, and the time from nothing to an open ledger of that size."""

    records: int
    verify_s: float
    reopen_s: float
    verify_peak_mb: float


async def exchange(ledger: Ledger, alone: Lock) -> list[float]:
    """Write one; return when each step began and when the last ended.

    Where there is a lock, records wait for it, so that each has a commit of its own.
    """
    name = f"01JD{next(numbers):022}"
    marks = (Mark(0, "content", 900),)
    user = f"{int(name[-3:]) % 100:064}"
    intent = Intent(
        *(name, TIME_MS, "/v1/chat/completions", "openai_chat"),
        request_id=name,
        user_key=user,
        model="a-model",
        packs=(PackRecord("cn", "1.0", DIGEST),),
        content=b"p" * 1000,
    )
    final = Final(
        *(name, TIME_MS, Outcome.COMPLETED, 200),
        prompt=CLEAN,
        output=FLAGGED,
        label_id=name,
        marks=marks,
        usage=Usage(100, 100),
        timings=Timings(12.0, 1.0, 1.0, 5.0, 5.0, 6.0),
    )
    times = [time.perf_counter()]
    for step in (
        ledger.intent(intent),
        ledger.delivered(Delivered(name, TIME_MS, marks, b"q" * 1000)),
        ledger.final(final),
    ):
        async with alone or nullcontext():
            await step
        times.append(time.perf_counter())
    return times


async def load(config: LedgerConfig, concurrent: int, exchanges: int, *, group: bool) -> Load:
    alone = None if group else asyncio.Lock()

    async def some(count: int) -> None:
        for _ in range(count):
            await exchange(ledger, alone)

    async def all_of(count: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(concurrent):
                tasks.create_task(some(count // concurrent))

    async with open_ledger(config) as ledger:
        await all_of(warm := max(256, concurrent))
        wall, cpu = time.perf_counter(), time.process_time()
        await all_of(exchanges)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done, warm = (count // concurrent * concurrent for count in (exchanges, warm))
    return Load(
        *(store_of(config), config.durability, concurrent, alone is None),
        exchanges_per_s=round(done / wall),
        cpu_us_per_exchange=round(cpu / done * 1e6, 1),
        wall_us_per_exchange=round(wall / done * 1e6, 1),
        bytes_per_exchange=round(await size_of(config) / (done + warm)),
    )


def store_of(config: LedgerConfig) -> str:
    return "postgres" if config.database else "sqlite"


async def size_of(config: LedgerConfig) -> int:
    """Bytes of the closed file, or of the tables and indexes in the schema."""
    if config.database is None:
        return config.path.stat().st_size
    connection = await asyncpg.connect(config.database.dsn)
    try:
        size = await connection.fetchval(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = $1::regnamespace",
            config.database.schema,
        )
    finally:
        await connection.close()
    return int(size)


async def waits(config: LedgerConfig, exchanges: int, *, group: bool) -> list[Wait]:
    alone = None if group else asyncio.Lock()
    taken: list[list[float]] = []

    async def one(ledger: Ledger, after_s: float) -> None:
        await asyncio.sleep(after_s)
        times = await exchange(ledger, alone)
        spans = [*itertools.pairwise(times), (times[0], times[-1])]
        taken.append([(end - start) * 1000 for start, end in spans])

    async with open_ledger(config) as ledger, asyncio.TaskGroup() as tasks:
        for number in range(exchanges):
            tasks.create_task(one(ledger, number / 100))
    return [
        Wait(
            *(store_of(config), config.durability, alone is None),
            step,
            p50_ms=round(statistics.median(column), 3),
            p99_ms=round(statistics.quantiles(column, n=100)[98], 3),
        )
        for step, column in zip(STEPS, zip(*taken, strict=True), strict=True)
    ]


def check(config: LedgerConfig, records: int) -> Check:
    async def reopen() -> float:
        began = time.perf_counter()
        async with open_ledger(config):
            return time.perf_counter() - began

    uvloop.run(load(config, 128, records // 3, group=True))
    began, before = time.perf_counter(), peak_mb()
    verified = verify(config.path)
    assert verified.ok
    taken, grown = time.perf_counter() - began, peak_mb() - before
    return Check(verified.count, round(taken, 2), round(uvloop.run(reopen()), 3), round(grown, 1))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_store(folder: Path, dsn: str, exchanges: int) -> list[Load | Wait]:
    """Everything but verification, in PostgreSQL where there is a server, in files otherwise."""

    def config(durability: Durability) -> LedgerConfig:
        name = f"ledger_{next(numbers)}"
        database = Postgres(dsn, name) if dsn else None
        return LedgerConfig(folder / f"{name}.db", durability, database=database)

    found: list[Load | Wait] = []
    both = (False, True)
    for durability, concurrent, group in itertools.product(Durability, (1, 8, 32, 128), both):
        slow = durability is Durability.POWER and (concurrent == 1 or not group)
        count = max(exchanges // 10, 2 * concurrent) if slow else exchanges
        found.append(uvloop.run(load(config(durability), concurrent, count, group=group)))
    for durability, group in itertools.product(Durability, both):
        found += uvloop.run(waits(config(durability), exchanges // 6, group=group))
    return found


def run(folder: Path, stores: Sequence[str], exchanges: int) -> list[Load | Wait]:
    found: list[Load | Wait] = []
    for store in stores:
        with ExitStack() as stack:
            postgres = store == "postgres"
            dsn = stack.enter_context(running_server(folder)).dsn if postgres else ""
            found += run_store(folder, dsn, exchanges)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--exchanges", type=int, default=3000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        found: list[Load | Wait | Check] = [*run(folder, options.stores, options.exchanges)]
        found.append(check(LedgerConfig(folder / "check.db"), options.records))
    if options.json:
        print(json.dumps([{"what": type(row).__name__.lower(), **asdict(row)} for row in found]))
        return
    for row in found:
        print(row)


if __name__ == "__main__":
    main()
