"""Commands reach the ledger of a gateway that runs."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from gateway.ledger.config import Fault, LedgerUnavailable
from gateway.ledger.orders import (
    Correct,
    Done,
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
from gateway.ledger.orders_socket import ask, socket_path, taking_orders

WORD = Word(Role.AUTHORITY, "名字", 'a "reason"\n')
USER = User("t", "k")
ORDERS: list[Order] = [
    Read(WORD, "x"),
    Read(WORD, user=USER, of="all"),
    Erase(WORD, USER),
    Restrict(WORD, USER),
    Hold(WORD, USER),
    Release(WORD, USER),
    Correct(WORD, "x", "text"),
    Supplement(WORD, "x", "text"),
]
DONE = Done((7, 8), 1, 2, 3, held=True)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("depth", [0, 12])
async def test_an_order_arrives_as_it_was_given(tmp_path: Path, order: Order, depth: int) -> None:
    """Also where the ledger lies too deep for the name of a socket; the answer comes back."""
    folder = tmp_path.joinpath(*["a-folder-of-some-length"] * depth)
    folder.mkdir(parents=True, exist_ok=True)
    came: list[Order] = []

    async def carry_out(asked: Order) -> Done:
        came.append(asked)
        return DONE

    async with taking_orders(folder / "ledger.db", carry_out):
        done = await asyncio.to_thread(ask, folder / "ledger.db", order)

    assert ([order], DONE) == (came, done)


async def test_a_refusal_and_a_fault_come_back_as_such(tmp_path: Path) -> None:
    """With the words of whoever refused."""
    problems: list[Exception] = [OrderRefused("not so"), LedgerUnavailable(Fault.FULL)]

    async def carry_out(_: Order) -> Done:
        raise problems.pop(0)

    async with taking_orders(tmp_path / "ledger.db", carry_out):
        with pytest.raises(OrderRefused, match="not so"):
            await asyncio.to_thread(ask, tmp_path / "ledger.db", ORDERS[0])
        with pytest.raises(LedgerUnavailable) as unavailable:
            await asyncio.to_thread(ask, tmp_path / "ledger.db", ORDERS[0])

    assert Fault.FULL == unavailable.value.fault


async def test_nobody_else_may_ask(tmp_path: Path) -> None:
    """The socket is its owner's, and goes with the gateway."""

    async def carry_out(_: Order) -> Done:
        return DONE

    path = socket_path(tmp_path / "ledger.db")
    path.write_text("left by one that was killed")
    async with taking_orders(tmp_path / "ledger.db", carry_out):
        mode = path.stat().st_mode

    assert stat.S_ISSOCK(mode)
    assert 0 == mode & 0o077
    assert not path.exists()


def test_where_nobody_listens_there_is_no_answer(tmp_path: Path) -> None:
    """The command then opens the ledger itself."""
    assert ask(tmp_path / "ledger.db", ORDERS[0]) is None


@pytest.mark.parametrize("line", [b"{}\n", b"nonsense\n", b'{"order":"burn"}\n', b"\n"])
async def test_what_is_no_order_is_refused(tmp_path: Path, line: bytes) -> None:
    """Without harm to the next."""

    async def carry_out(_: Order) -> Done:
        raise AssertionError

    async with taking_orders(tmp_path / "ledger.db", carry_out):
        reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path / "ledger.db"))
        writer.write(line)
        answer = await reader.readline()
        writer.close()

    assert answer.startswith(b'{"refused":')
