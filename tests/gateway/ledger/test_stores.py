"""What a ledger promises, in a file and in a database alike; and a database that goes away."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import apsw
import orjson
import postgres
import pytest

from gateway.ledger.config import (
    Durability,
    Fault,
    LedgerConfig,
    LedgerUnavailable,
    LedgerUnusable,
    Place,
    Postgres,
)
from gateway.ledger.exports import Format, Scope, export
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.opening import checkpoint_path, key_path, verifier_of
from gateway.ledger.orders import Erase, Hold, Release, Role, User, Word
from gateway.ledger.places import open_read_only
from gateway.ledger.proofs import check_growth, check_inclusion, prove, prove_growth
from gateway.ledger.publishing import last_note
from gateway.ledger.read import Unread, checkpoints_in, rows, show, tail
from gateway.ledger.records import Delivered, Final, Intent, Kind, Mark, Outcome
from gateway.ledger.retention import DAY_MS
from gateway.ledger.verify import verify

WORD = Word(Role.COMPLAINTS, "desk 3", "case 17")
ANNA, BEN = User("default", "a" * 64), User("default", "b" * 64)
NOW = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp() * 1000)
CANARY = b"canary-5c1e-"
_schemas = itertools.count()


@pytest.fixture(scope="module")
def running() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerConfig:
    path = tmp_path / "ledger.db"
    if request.param == "sqlite":
        return LedgerConfig(path)
    server: postgres.Server = request.getfixturevalue("running")
    return LedgerConfig(path, database=Postgres(server.dsn, f"ledger_{next(_schemas)}"))


def with_durability(config: LedgerConfig, durability: Durability) -> LedgerConfig:
    return LedgerConfig(config.path, durability, database=config.database)


async def talk(ledger: Ledger, name: str, user: User = ANNA) -> None:
    who = {"tenant": user.tenant, "user_key": user.key}
    await ledger.intent(Intent(name, NOW, "/v1", "openai_chat", content=CANARY + b"asked", **who))  # type: ignore[arg-type]
    await ledger.delivered(Delivered(name, NOW, (Mark(0, "content", 6),), CANARY + b"answer"))
    await ledger.final(Final(name, NOW, Outcome.COMPLETED, 200))


def bodies(place: Place) -> list[dict[str, object]]:
    with closing(open_read_only(place)) as reader:
        return [orjson.loads(row.body) for row in rows(reader)]


def key_of(config: LedgerConfig) -> bytes:
    return read_key(key_path(config.path))


@pytest.mark.parametrize("durability", Durability)
async def test_a_record_can_be_read_once_its_await_returns(
    config: LedgerConfig, durability: Durability
) -> None:
    """By somebody else, in order, under either durability."""
    config = with_durability(config, durability)
    async with open_ledger(config) as ledger:
        await ledger.intent(Intent("x", NOW, "/v1", "openai_chat", content=b"asked"))
        first = [body["kind"] for body in bodies(config.place)]
        await ledger.final(Final("x", NOW, Outcome.COMPLETED))
        second = [body["kind"] for body in bodies(config.place)]

    assert (["intent"], ["intent", "final"]) == (first, second)


async def test_a_crowd_is_written_whole_and_proved(config: LedgerConfig) -> None:
    """Hundreds at once, over several blocks: chain and tree fit, and proofs hold alone."""
    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        for number in range(250):
            group.create_task(talk(ledger, f"x{number}", ANNA if number % 2 else BEN))
    verifier = verifier_of(config.place, key_of(config))
    kept = checkpoint_path(config.path)
    notes = [str(orjson.loads(line)) for line in kept.read_text().split("\n") if line]
    found = verify(config.place, checkpoints_in(kept, verifier))
    proofs = prove(config.place, "x7", last_note(kept), verifier)
    grown = prove_growth(config.place, notes[0], notes[-1], verifier)

    assert (True, 750) == (found.ok, found.count)
    assert 3 == len([check_inclusion(proof.model_dump_json(), verifier) for proof in proofs])
    assert 750 == check_growth(grown.model_dump_json(), verifier)[1].size


async def test_an_exchange_left_open_is_aborted_at_the_next_start(config: LedgerConfig) -> None:
    """With the last mark that it had set, and once."""
    async with open_ledger(config) as ledger:
        await ledger.intent(Intent("x", NOW, "/v1", "openai_chat"))
        await ledger.delivered(Delivered("x", NOW, (Mark(0, "content", 7),), b"said"))
    for _ in range(2):
        async with open_ledger(config):
            pass
    last = bodies(config.place)[2:]

    assert [("final", "aborted")] == [(body["kind"], body["outcome"]) for body in last]
    assert [{"choice": 0, "field": "content", "upto": 7}] == last[0]["marks"]


async def test_content_is_sealed_and_comes_back(config: LedgerConfig) -> None:
    """With the key, and in its own place."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x")
    shown = show(config.place, "x", key_of(config))

    assert [CANARY + b"asked", CANARY + b"answer", Unread.NONE] == [one.content for one in shown]
    assert Unread.UNREADABLE == show(config.place, "x", bytes(32))[0].content
    assert 2 == tail(config.place, 2)[0].seq


async def test_orders_are_carried_out(config: LedgerConfig, tmp_path: Path) -> None:
    """Restriction before the floor, destruction after it, holds, and exports without either."""
    now = NOW
    async with open_ledger(config) as ledger:
        ledger._steward._now_ms = lambda: now
        await talk(ledger, "x")
        await talk(ledger, "y", BEN)
        restricted = await ledger.carry_out(Erase(WORD, ANNA))
        await talk(ledger, "z")
        before = show(config.place, "x", key_of(config))[0].content
        out = tmp_path / "out.jsonl"
        counts = export(
            *(config.place, key_of(config), Scope(0, 1 << 42, content=True)),
            *(Role.AUDITOR, out, Format.JSONL),
        )
        await ledger.carry_out(Hold(WORD, ANNA))
        now = NOW + 300 * DAY_MS
        held = await ledger.sweep()
        await ledger.carry_out(Release(WORD, ANNA))
        swept = await ledger.sweep()
    with closing(open_read_only(config.place)) as reader:
        mine = reader.exchanges_of(ANNA)

    assert (1, 0, 1) == (restricted.restricted, held, swept)
    assert Unread.RESTRICTED == before
    assert (1, 2) == (counts.restricted, counts.exchanges)
    assert Unread.DESTROYED == show(config.place, "x", key_of(config))[0].content
    assert CANARY + b"asked" == show(config.place, "z", key_of(config))[0].content
    assert ["x", "z"] == mine
    assert verify(config.place).ok


async def test_content_whose_keys_are_gone_is_removed(config: LedgerConfig) -> None:
    """After an erasure and a sweep not even ciphertext is left; all else and all proofs are."""
    async with open_ledger(config) as ledger:
        for number in range(3):
            await talk(ledger, f"x{number}")
            await talk(ledger, f"y{number}", BEN)
        print_ = ledger.fingerprint(b"text")
        await ledger.intent(
            Intent("z", NOW, "/v1", "chat", tenant="default", user_key=ANNA.key, content=CANARY)
        )
        await ledger.final(Final("z", NOW, Outcome.COMPLETED, 200, prints=(print_,)))
        known = printed(config.place, print_)
        ledger._steward._now_ms = lambda: NOW + 300 * DAY_MS
        await ledger.carry_out(Hold(WORD, BEN))
        await ledger.carry_out(Erase(WORD, ANNA))
        await ledger.sweep()
        await talk(ledger, "later", BEN)

    with closing(open_read_only(config.place)) as reader:
        sealed = {row.exchange: row.sealed for row in rows(reader) if row.kind == Kind.INTENT}
    assert ["x0", "x1", "x2", "z"] == [name for name, content in sealed.items() if content is None]
    assert ("z", None) == (known, printed(config.place, print_))
    assert Unread.DESTROYED == show(config.place, "x0", key_of(config))[0].content
    assert CANARY + b"asked" == show(config.place, "y0", key_of(config))[0].content
    assert verify(config.place).ok
    if config.database is None:
        assert "OK" in stranger(config)


def printed(place: Place, print_: str) -> str | None:
    with closing(open_read_only(place)) as reader:
        return reader.printed(bytes.fromhex(print_))


def stranger(config: LedgerConfig) -> str:
    """What the verifier says that shares no code with us."""
    verifier = str(verifier_of(config.place, key_of(config)))
    script = Path(__file__).parents[3] / "scripts" / "verify_ledger.py"
    command = [sys.executable, "-I", str(script), verifier, "ledger", str(config.path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


async def test_content_that_is_missing_without_a_word_is_found(tmp_path: Path) -> None:
    """Content taken out of the file is named by both verifiers, unless its end is on record."""
    config = LedgerConfig(tmp_path / "ledger.db")
    async with open_ledger(config) as ledger:
        for name in "abc":
            await talk(ledger, name)
    with closing(apsw.Connection(str(config.path))) as file:
        file.execute("UPDATE records SET sealed = NULL WHERE seq = 4")

    found = verify(config.path)
    assert (4, 3) == (found.first_bad, found.count)
    assert "record 4" in stranger(config)


async def test_a_second_writer_is_refused(config: LedgerConfig) -> None:
    """Two processes cannot chain into one ledger."""
    async with open_ledger(config):
        with pytest.raises(LedgerUnusable):
            async with open_ledger(config):
                pass
    async with open_ledger(config):
        pass


async def test_nothing_is_readable_where_it_is_kept(
    config: LedgerConfig, running: postgres.Server
) -> None:
    """No file of the ledger's, and none of the database's, log included, holds what was said;
    erasure takes away the last way to it, and every proof still holds."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x")
        ledger._steward._now_ms = lambda: NOW + 300 * DAY_MS
        await ledger.carry_out(Erase(WORD, ANNA))
        files = [*config.path.parent.rglob("*"), *running.files()]
        telling = [path.name for path in files if path.is_file() and CANARY in path.read_bytes()]

    assert [] == telling
    assert Unread.DESTROYED == show(config.place, "x", key_of(config), Role.AUTHORITY)[0].content
    assert verify(config.place).ok


@pytest.mark.parametrize("how", ["fast", "immediate"])
@pytest.mark.parametrize("durability", Durability)
async def test_a_database_that_goes_away_in_mid_traffic(
    tmp_path: Path, running: postgres.Server, durability: Durability, how: str
) -> None:
    """What is not written is not acknowledged; once it is back the ledger goes on by itself, and
    all that was acknowledged is there, but for the stated bound where a crash took it."""
    place = Postgres(running.dsn, f"ledger_{next(_schemas)}")
    config = LedgerConfig(tmp_path / "ledger.db", durability, database=place)
    told: list[tuple[float, str]] = []
    faults = set[Fault]()
    stop = asyncio.Event()

    async def lane(ledger: Ledger, number: int) -> None:
        for turn in itertools.count():
            if stop.is_set():
                return
            name = f"x{number}-{turn}"
            try:
                await ledger.intent(Intent(name, NOW, "/v1", "openai_chat", content=b"asked"))
                told.append((time.monotonic(), f"{name} intent"))
                await ledger.final(Final(name, NOW, Outcome.COMPLETED))
                told.append((time.monotonic(), f"{name} final"))
            except LedgerUnavailable as unavailable:
                faults.add(unavailable.fault)
                await asyncio.sleep(0.02)

    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(lane(ledger, number))
        await asyncio.sleep(0.4)
        gone = time.monotonic()
        await asyncio.to_thread(running.stop, how)
        await until(lambda: not ledger.healthy)
        await asyncio.to_thread(running.start)
        await until(lambda: ledger.healthy)
        before = len(told)
        await until(lambda: len(told) > before + 20)
        stop.set()
        await asyncio.sleep(0.2)
    recorded = {f"{body['exchange']} {body['kind']}" for body in bodies(place)}
    lost = [at for at, step in told if step not in recorded]
    found = verify(place)

    assert found.ok, f"record {found.first_bad}: {found.reason}"
    assert Fault.LOST in faults
    if how == "fast" or durability is Durability.POWER:
        assert [] == lost
    else:
        assert not lost or (lost[-1] - lost[0] < 0.2 and lost[-1] < gone + 1)
    assert not unended(recorded)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def unended(recorded: set[str]) -> set[str]:
    begun = {step.split()[0] for step in recorded if step.endswith(Kind.INTENT)}
    return begun - {step.split()[0] for step in recorded if step.endswith(Kind.FINAL)}
