"""How a command reaches the ledger of a gateway that runs: a socket beside the file.

Only one process writes a ledger, so what people ask of it is asked of that one. Whoever may open
the socket, which is its owner alone, could as well write the file. One JSON line each way.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.ledger.config import Fault, LedgerUnavailable, LedgerUnusable
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

CarryOut = Callable[[Order], Awaitable[Done]]

_LINE_BYTES = 1 << 20
_WAIT_S = 10.0


def socket_path(ledger: Path) -> Path:
    """Where a ledger takes orders while a gateway keeps it."""
    return ledger.with_name(ledger.name + ".socket")


class _Asked(BaseModel):
    """An order as it is written."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    order: str
    role: Role
    by: str
    reason: str
    tenant: str = ""
    user_key: str = ""
    exchange: str = ""
    text: str = ""
    of: str = ""

    def parsed(self) -> Order:
        """Raises OrderRefused."""
        word = Word(self.role, self.by, self.reason)
        match self.order:
            case "read":
                user = User(self.tenant, self.user_key) if self.user_key else None
                return Read(word, self.exchange, user, self.of)
            case "correct":
                return Correct(word, self.exchange, self.text)
            case "supplement":
                return Supplement(word, self.exchange, self.text)
        return self._about_a_user(word)

    def _about_a_user(self, word: Word) -> Order:
        user = User(self.tenant, self.user_key)
        match self.order:
            case "erase":
                return Erase(word, user)
            case "restrict":
                return Restrict(word, user)
            case "hold":
                return Hold(word, user)
            case "release":
                return Release(word, user)
        raise OrderRefused("there is no such order")


class _Came(BaseModel):
    """`Done` as it is written."""

    model_config = ConfigDict(extra="forbid")

    records: tuple[int, ...]
    shredded: int
    restricted: int
    due_ms: int | None
    held: bool


def _written(order: Order) -> bytes:
    asked: dict[str, object] = asdict(order)
    asked |= {"order": type(order).__name__.lower(), **asdict(order.word)}
    asked |= {"tenant": "", "user_key": ""}
    if (user := _user_of(order)) is not None:
        asked |= {"tenant": user.tenant, "user_key": user.key}
    del asked["word"]
    asked.pop("user", None)
    return orjson.dumps(asked) + b"\n"


def _user_of(order: Order) -> User | None:
    match order:
        case Correct() | Supplement():
            return None
        case _:
            return order.user


@asynccontextmanager
async def taking_orders(ledger: Path, carry_out: CarryOut) -> AsyncIterator[None]:
    """Listen within the block. To be called by the process that holds the ledger.

    Raises LedgerUnusable where there can be no socket.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(_WAIT_S):
                line = await reader.readline()
                writer.write(await _answer(line, carry_out))
                await writer.drain()
        writer.close()

    path = socket_path(ledger)
    try:
        server = await asyncio.start_unix_server(serve, sock=_bound(path), limit=_LINE_BYTES)
    except OSError as error:
        raise LedgerUnusable(f"{path} cannot be listened on ({error.strerror})") from None
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _answer(line: bytes, carry_out: CarryOut) -> bytes:
    try:
        done = await carry_out(_Asked.model_validate_json(line).parsed())
    except ValidationError:
        return orjson.dumps({"refused": "the order is not written as it should be"}) + b"\n"
    except OrderRefused as refused:
        return orjson.dumps({"refused": str(refused)}) + b"\n"
    except LedgerUnavailable as unavailable:
        return orjson.dumps({"unavailable": unavailable.fault}) + b"\n"
    return orjson.dumps({"done": asdict(done)}) + b"\n"


def ask(ledger: Path, order: Order) -> Done | None:
    """Have the gateway that keeps a ledger carry out an order; None where none keeps it.

    Blocks. Raises OrderRefused, LedgerUnavailable, and OSError where no answer comes.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_WAIT_S)
        try:
            with _address(socket_path(ledger)) as address:
                sock.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        sock.sendall(_written(order))
        with sock.makefile("rb") as answers:
            line = answers.readline()
    return _understood(line)


def _understood(line: bytes) -> Done:
    match orjson.loads(line or b"{}"):
        case {"done": done}:
            return Done(**_Came.model_validate(done).model_dump())
        case {"refused": str(why)}:
            raise OrderRefused(why)
        case {"unavailable": str(fault)}:
            raise LedgerUnavailable(Fault(fault))
    raise OSError("the gateway gave no answer; see its log")


def _bound(path: Path) -> socket.socket:
    """What an earlier process left there goes: the ledger's lock says that it is gone."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(path) as address:
            sock.bind(address)
        path.chmod(0o600)  # nobody gets in before `listen`
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for a socket, however deep it lies: the system takes about a hundred bytes."""
    if len(os.fsencode(path)) < 100 or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
