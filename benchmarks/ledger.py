"""What the ledger costs: CPU and throughput per exchange, waiting per step, verification.

    python benchmarks/ledger.py [--json] [--records N] [--folder FOLDER]

An exchange here is three records, as for a plain request: an intent of 1 KB, 1 KB delivered, and
a final record with two verdicts. Put FOLDER on the disk that matters.
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
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from gateway.ledger.config import Durability, LedgerConfig
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.records import (
    Delivered,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    Timings,
    Usage,
    VerdictRecord,
)
from gateway.ledger.verify import verify

TIME_MS = 1_763_942_400_000
DIGEST = "sha256:" + "0" * 64
STEPS = ("intent", "delivered", "final")
HIT = HitRecord("A.2.a", "IM Art. 4(2)", "model", "r1", 0.61, 0.5, "flag", 0, 10, 20, "plain")
CLEAN = VerdictRecord("allow", scanned=1000, total=1000)
FLAGGED = VerdictRecord("flag", (HIT,), scanned=1000, total=1000)
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Load:
    """Exchanges written as fast as a number of concurrent ones allows."""

    durability: str
    concurrent: int
    records_per_commit_at_most: int
    exchanges_per_s: float
    cpu_us_per_exchange: float
    wall_us_per_exchange: float
    bytes_per_exchange: float


@dataclass(frozen=True, slots=True)
class Wait:
    """How long an await takes at 100 exchanges a second, in milliseconds."""

    durability: str
    step: str
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Check:
    """Verification, and the time from nothing to an open ledger of that size."""

    records: int
    verify_s: float
    reopen_s: float
    verify_peak_mb: float


async def exchange(ledger: Ledger) -> list[float]:
    """Write one; return when each step began and when the last ended."""
    name = f"01JD{next(numbers):022}"
    marks = (Mark(0, "content", 900),)
    user = f"{int(name[-3:]) % 100:064}"
    intent = Intent(
        *(name, TIME_MS, "/v1/chat/completions", "openai_chat"),
        request_id=name,
        user_key=user,
        model="a-model",
        pack="cn",
        pack_version="1.0",
        pack_digest=DIGEST,
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
        await step
        times.append(time.perf_counter())
    return times


async def load(config: LedgerConfig, concurrent: int, exchanges: int) -> Load:
    async def some(count: int) -> None:
        for _ in range(count):
            await exchange(ledger)

    async def all_of(count: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrent):
                group.create_task(some(count // concurrent))

    async with open_ledger(config) as ledger:
        await all_of(warm := max(256, concurrent))
        wall, cpu = time.perf_counter(), time.process_time()
        await all_of(exchanges)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done, warm = (count // concurrent * concurrent for count in (exchanges, warm))
    return Load(
        *(config.durability, concurrent, config.batch),
        exchanges_per_s=round(done / wall),
        cpu_us_per_exchange=round(cpu / done * 1e6, 1),
        wall_us_per_exchange=round(wall / done * 1e6, 1),
        bytes_per_exchange=round(config.path.stat().st_size / (done + warm)),
    )


async def waits(config: LedgerConfig, exchanges: int) -> list[Wait]:
    taken: list[list[float]] = []

    async def one(ledger: Ledger, after_s: float) -> None:
        await asyncio.sleep(after_s)
        times = await exchange(ledger)
        taken.append([(end - start) * 1000 for start, end in itertools.pairwise(times)])

    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        for number in range(exchanges):
            group.create_task(one(ledger, number / 100))
    return [
        Wait(
            config.durability,
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

    uvloop.run(load(config, 128, records // 3))
    began, before = time.perf_counter(), peak_mb()
    verified = verify(config.path)
    assert verified.ok
    taken, grown = time.perf_counter() - began, peak_mb() - before
    return Check(verified.count, round(taken, 2), round(uvloop.run(reopen()), 3), round(grown, 1))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(folder: Path, records: int) -> list[Load | Wait | Check]:
    found: list[Load | Wait | Check] = []
    for durability, concurrent, batch in itertools.product(Durability, (1, 8, 32, 128), (1, 64)):
        slow = durability is Durability.POWER and (concurrent == 1 or batch == 1)
        config = LedgerConfig(
            folder / f"{durability}-{concurrent}-{batch}.db", durability, batch=batch
        )
        found.append(uvloop.run(load(config, concurrent, 300 if slow else 3000)))
    for durability in Durability:
        found += uvloop.run(waits(LedgerConfig(folder / f"{durability}.db", durability), 500))
    found.append(check(LedgerConfig(folder / "check.db"), records))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        found = run(Path(folder), options.records)
    if options.json:
        print(json.dumps([{"what": type(row).__name__.lower(), **asdict(row)} for row in found]))
        return
    for row in found:
        print(row)


if __name__ == "__main__":
    main()
