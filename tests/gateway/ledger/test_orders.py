"""What people may ask of a ledger, what comes of it, and that it is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from gateway.ledger.config import LedgerConfig
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.opening import key_path
from gateway.ledger.orders import (
    Correct,
    Erase,
    Hold,
    Order,
    OrderRefused,
    Read,
    Release,
    Restrict,
    Role,
    Supplement,
    User,
    Word,
)
from gateway.ledger.read import Unread, rows, show
from gateway.ledger.records import Delivered, Final, Intent, Mark, Outcome
from gateway.ledger.retention import DAY_MS
from gateway.ledger.sqlite_reader import SqliteReader
from gateway.ledger.verify import verify

WORD = Word(Role.COMPLAINTS, "desk 3", "case 17")
ANNA, BEN = User("default", "a" * 64), User("default", "b" * 64)
CANARY = b"canary-7f3a-"
NOW = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def config(tmp_path: Path) -> LedgerConfig:
    return LedgerConfig(tmp_path / "ledger.db")


async def talk(ledger: Ledger, name: str, user: User, time_ms: int = NOW) -> None:
    said = CANARY + name.encode()
    who = {"tenant": user.tenant, "user_key": user.key}
    await ledger.intent(Intent(name, time_ms, "/v1", "openai_chat", content=said, **who))  # type: ignore[arg-type]
    await ledger.delivered(Delivered(name, time_ms, (Mark(0, "content", 5),), said + b"-answer"))
    await ledger.final(Final(name, time_ms, Outcome.COMPLETED, 200))


def wrapped_key(path: Path) -> bytes:
    with closing(SqliteReader(path)) as reader:
        kept = reader.key(1)
    assert kept is not None
    return kept.key.wrapped


def clock(ledger: Ledger, now: Callable[[], int]) -> None:
    ledger._steward._now_ms = now


def content(config: LedgerConfig, exchange: str, role: Role = Role.REVIEWER) -> bytes | Unread:
    return show(config.path, exchange, read_key(key_path(config.path)), role)[0].content


def bodies(path: Path, kind: str) -> list[dict[str, object]]:
    with closing(SqliteReader(path)) as reader:
        return [orjson.loads(row.body) for row in rows(reader) if row.kind == kind]


async def test_before_the_floor_erasure_restricts(config: LedgerConfig) -> None:
    """What must be kept is kept, for authorities only, and what comes later is not touched."""
    async with open_ledger(config) as ledger:
        clock(ledger, lambda: NOW)
        await talk(ledger, "x", ANNA)
        done = await ledger.carry_out(Erase(WORD, ANNA))
        await talk(ledger, "later", ANNA)

    assert (0, 1, NOW + 184 * DAY_MS) == (done.shredded, done.restricted, done.due_ms)
    assert Unread.RESTRICTED == content(config, "x")
    assert CANARY + b"x" == content(config, "x", Role.AUTHORITY)
    assert CANARY + b"later" == content(config, "later")
    assert verify(config.path).ok


async def test_after_the_floor_erasure_destroys(config: LedgerConfig) -> None:
    """Nobody reads it any more, everybody else's is as it was, and every hash still fits."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x", ANNA)
        await talk(ledger, "y", BEN)
        clock(ledger, lambda: NOW + 250 * DAY_MS)
        done = await ledger.carry_out(Erase(WORD, ANNA))

    assert (1, 0, None) == (done.shredded, done.restricted, done.due_ms)
    assert Unread.DESTROYED == content(config, "x", Role.AUTHORITY)
    assert CANARY + b"y" == content(config, "y")
    (shred,) = bodies(config.path, "shred")
    assert (ANNA.key, [1], "case 17") == (shred["user_key"], shred["keys"], shred["reason"])
    assert verify(config.path).ok


async def test_of_a_destroyed_key_nothing_is_left(config: LedgerConfig) -> None:
    """Not in the file, not in its log: with the ledger's key it could be unwrapped otherwise."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x", ANNA)
        wrapped = wrapped_key(config.path)
        held_before = any(wrapped in p.read_bytes() for p in config.path.parent.iterdir())
        clock(ledger, lambda: NOW + 250 * DAY_MS)
        await ledger.carry_out(Erase(WORD, ANNA))
        held = [p.name for p in config.path.parent.iterdir() if wrapped in p.read_bytes()]

    assert held_before
    assert [] == held


async def test_what_is_restricted_ends_by_itself(config: LedgerConfig) -> None:
    """As soon as the law lets it go, and not a day before; the record says what ended it."""
    now = NOW
    async with open_ledger(config) as ledger:
        clock(ledger, lambda: now)
        await talk(ledger, "x", ANNA)
        await talk(ledger, "y", BEN)
        await ledger.carry_out(Restrict(WORD, ANNA))
        now = NOW + 184 * DAY_MS - 1
        before = await ledger.sweep()
        now += 1
        after = await ledger.sweep()

    assert (0, 1) == (before, after)
    assert Unread.DESTROYED == content(config, "x")
    assert CANARY + b"y" == content(config, "y")
    assert [("system", [1])] == [(b["role"], b["keys"]) for b in bodies(config.path, "shred")]


async def test_what_is_held_is_not_destroyed(config: LedgerConfig) -> None:
    """Neither by retention nor by request, until the hold is released."""
    now = NOW
    config = LedgerConfig(config.path)
    async with open_ledger(config) as ledger:
        clock(ledger, lambda: now)
        await talk(ledger, "x", ANNA)
        await ledger.carry_out(Hold(WORD, ANNA))
        now += 900 * DAY_MS
        erased = await ledger.carry_out(Erase(WORD, ANNA))
        held = await ledger.sweep()
        await ledger.carry_out(Release(WORD, ANNA))
        released = await ledger.sweep()

    assert (True, 0, 1) == (erased.held, erased.shredded, erased.restricted)
    assert (0, 1) == (held, released)
    assert Unread.DESTROYED == content(config, "x")


async def test_an_erased_user_may_come_back(config: LedgerConfig) -> None:
    """With a key of their own, also after a restart, and the old one stays destroyed."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x", ANNA)
        clock(ledger, lambda: NOW + 250 * DAY_MS)
        await ledger.carry_out(Erase(WORD, ANNA))
        await talk(ledger, "y", ANNA)
    async with open_ledger(config) as ledger:
        await talk(ledger, "z", ANNA)

    assert Unread.DESTROYED == content(config, "x")
    assert [CANARY + b"y", CANARY + b"z"] == [content(config, name) for name in "yz"]


@pytest.mark.parametrize(
    "order",
    [
        Erase(WORD, BEN),
        Restrict(WORD, BEN),
        Release(WORD, ANNA),
        Read(WORD, "nobody"),
        Correct(WORD, "nobody", "text"),
        Correct(WORD, "x", " "),
    ],
)
async def test_what_cannot_be_done_leaves_no_record(config: LedgerConfig, order: Order) -> None:
    """Refused in words, and the ledger goes on."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x", ANNA)
        with pytest.raises(OrderRefused):
            await ledger.carry_out(order)
        await talk(ledger, "y", ANNA)

    assert 6 == verify(config.path).count


async def test_a_read_is_a_record(config: LedgerConfig) -> None:
    """Who, in what role, why, and which exchange."""
    async with open_ledger(config) as ledger:
        await talk(ledger, "x", ANNA)
        done = await ledger.carry_out(Read(WORD, "x"))

    (read,) = bodies(config.path, "read")
    assert (4,) == done.records
    assert ("complaints", "desk 3", "case 17", "x") == tuple(
        read[name] for name in ("role", "by", "reason", "exchange")
    )


@pytest.mark.parametrize(("order", "kind"), [(Correct, "correct"), (Supplement, "supplement")])
async def test_a_users_words_are_added_and_sealed(
    config: LedgerConfig, order: type[Correct] | type[Supplement], kind: str
) -> None:
    """They stand with the exchange they are about, and go when the rest goes."""
    now = NOW
    async with open_ledger(config) as ledger:
        clock(ledger, lambda: now)
        await talk(ledger, "x", ANNA)
        await ledger.carry_out(order(WORD, "x", "it was otherwise"))
        shown = show(config.path, "x", read_key(key_path(config.path)))
        now += 250 * DAY_MS
        await ledger.carry_out(Erase(WORD, ANNA))

    assert (kind, b"it was otherwise") == (shown[-1].row.kind, shown[-1].content)
    gone = show(config.path, "x", read_key(key_path(config.path)))
    assert Unread.DESTROYED == gone[-1].content


@pytest.mark.parametrize(("by", "reason"), [("", "case"), ("me", " "), ("me", "r" * 501)])
def test_nothing_is_done_without_a_name_and_a_reason(by: str, reason: str) -> None:
    """Both are part of the record."""
    with pytest.raises(OrderRefused):
        Word(Role.AUDITOR, by, reason)


def test_the_unknown_are_not_one_user() -> None:
    """An empty user key would be everybody who came without one."""
    with pytest.raises(OrderRefused):
        User("default", "")


async def test_orders_take_their_turn_among_records(config: LedgerConfig) -> None:
    """A crowd of exchanges and an erasure in its midst: all is written, the chain fits."""
    async with open_ledger(config) as ledger, asyncio.TaskGroup() as group:
        clock(ledger, lambda: NOW)
        await talk(ledger, "first", ANNA)
        for number in range(60):
            group.create_task(talk(ledger, f"x{number}", ANNA if number % 2 else BEN))
            if number % 20 == 10:
                group.create_task(ledger.carry_out(Erase(WORD, ANNA)))

    found = verify(config.path)
    assert found.ok
    assert 61 * 3 == found.count - len(bodies(config.path, "restrict")) - len(
        bodies(config.path, "shred")
    )
