"""The ledger as the gateway uses it: one await per record."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from gateway.ledger.config import SYSTEM_DISK, Disk, Fault, LedgerConfig, LedgerUnavailable
from gateway.ledger.keys import Scope, pseudonym
from gateway.ledger.lookup import fingerprint
from gateway.ledger.notes import Verifier
from gateway.ledger.opening import Opened, checkpoint_path, open_files
from gateway.ledger.orders import Done, Order, OrderRefused
from gateway.ledger.publishing import FileSink, Published, Publisher, Sink
from gateway.ledger.records import Delivered, Final, Intent, Stopping
from gateway.ledger.scribe import Entry
from gateway.ledger.writer import Job, Writer
from gateway.ledger.written import draft, month_of

T = TypeVar("T")

_BETWEEN_PIECES_S = 0.02
"""So that what is removed stands in nobody's way."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    written: asyncio.Future[None]
    since: float
    """Loop time."""


class Ledger:
    """Records of exchanges, written in the order in which they are handed in.

    Each call returns once its record is as durable as was configured, and raises
    LedgerUnavailable where that is not certain. A record that cannot be written at all raises
    TypeError, to its own caller only. A caller that is cancelled while it waits changes
    nothing: the record is written all the same.
    """

    def __init__(self, config: LedgerConfig, opened: Opened, sinks: Sequence[Sink]) -> None:
        self._config = config
        self._pseudonym_secret = opened.pseudonym_secret
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Waiting] = deque()
        self._handing: list[Entry] = []
        """Put, and not yet with the writer."""
        self._scopes: dict[str, Scope] = {}
        """Of every exchange that is under way."""
        self._fault: Fault | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._writer = Writer(opened.store, opened.scribe, self._settled_in_thread, config.batch)
        self._store = opened.store
        self._steward = opened.steward
        self._ending: set[str] = set()
        """Exchanges whose final record is on its way."""
        self._unended: set[str] = set()
        """Exchanges whose record may lack an end, for want of a disk to write it on."""
        self._store.tell(self._break_in_thread)
        self._signer = opened.signer
        self._publisher = Publisher(
            opened.signer,
            sinks,
            lambda: opened.scribe.head.tree,
            opened.store.settle,
            config.pace,
        )
        self._writer.start()
        self._publisher.start()

    @property
    def fault(self) -> Fault | None:
        """Why records are not taken right now; None while all is well."""
        return self._fault

    @property
    def healthy(self) -> bool:
        return self._fault is None

    @property
    def open_exchanges(self) -> int:
        return len(self._scopes)

    @property
    def published(self) -> Published:
        """How far checkpoints have left the house."""
        return self._publisher.published

    @property
    def verifier(self) -> Verifier:
        """Whose signature its checkpoints carry; to be noted outside the house, once."""
        return self._signer.verifier

    def pseudonym(self, user: str) -> str:
        """A stable name for a user, 64 hex digits, that only this ledger's key links to them."""
        return pseudonym(self._pseudonym_secret, user)

    def fingerprint(self, sha256: bytes) -> str:
        """What stands for a hash on the record (`gateway.ledger.lookup`)."""
        return fingerprint(self._pseudonym_secret, sha256)

    async def intent(self, record: Intent) -> None:
        """Begin an exchange. Raises ValueError if it has begun already."""
        if record.exchange in self._scopes:
            raise ValueError(f"exchange {record.exchange} has begun already; this is a bug")
        scope = Scope(record.tenant, record.user_key, month_of(record.time_ms))
        self._refuse_when_full()
        written = self._put(Entry(draft(record), scope), self._config.queue)
        self._scopes[record.exchange] = scope
        try:
            await written
        except LedgerUnavailable:
            self._scopes.pop(record.exchange, None)
            self._unended.add(record.exchange)
            raise

    async def delivered(self, record: Delivered) -> None:
        """Note what is about to leave. Raises KeyError for an exchange without an intent."""
        scope = self._scopes[record.exchange]
        self._refuse_when_full()
        await self._put(Entry(draft(record), scope), 2 * self._config.queue)

    async def stopping(self, record: Stopping) -> None:
        """Note a verdict that ends the exchange. Raises KeyError without an intent."""
        scope = self._scopes[record.exchange]
        await self._put(Entry(draft(record), scope), 2 * self._config.queue)

    async def final(self, record: Final) -> None:
        """End an exchange. Raises KeyError for one without an intent."""
        scope = self._scopes.pop(record.exchange)
        self._ending.add(record.exchange)
        try:
            await self._put(Entry(draft(record), scope), 2 * self._config.queue)
        except LedgerUnavailable:
            self._unended.add(record.exchange)
            raise
        finally:
            self._ending.discard(record.exchange)

    async def carry_out(self, order: Order) -> Done:
        """Do what somebody asks of the ledger. Raises OrderRefused, and LedgerUnavailable."""
        return await self._in_writer(lambda: self._steward.carry_out(order))

    async def sweep(self) -> int:
        """End what the retention ends; return how many data keys. Raises LedgerUnavailable.

        Content whose keys are gone, for whatever reason, is then removed piece by piece.
        """
        count = await self._in_writer(self._steward.sweep)
        while await self._in_writer(self._steward.clear):
            await asyncio.sleep(_BETWEEN_PIECES_S)
        return count

    async def _in_writer(self, work: Callable[[], T]) -> T:
        """Have the writer's thread do something that takes its place among the records."""
        if self._fault in (Fault.BROKEN, Fault.CLOSED):
            raise LedgerUnavailable(self._fault)
        outcome: asyncio.Future[T] = self._loop.create_future()
        results: list[T | OrderRefused] = []

        def attempt() -> None:
            try:
                results.append(work())
            except OrderRefused as refused:
                results.append(refused)

        def settle(problem: Exception | None) -> None:
            self._loop.call_soon_threadsafe(_settle_one, outcome, results, problem)

        self._hand_over()
        self._writer.do(Job(attempt, settle))
        return await outcome

    def _refuse_when_full(self) -> None:
        """The space that is left is for ending what is under way."""
        if self._fault is Fault.FULL:
            raise LedgerUnavailable(Fault.FULL)

    def _put(self, entry: Entry, room: int) -> asyncio.Future[None]:
        """What is under way gets twice the room of what is new, so new work is refused first."""
        if self._fault in (Fault.BROKEN, Fault.CLOSED):
            raise LedgerUnavailable(self._fault)
        if len(self._waiting) >= room:
            raise LedgerUnavailable(Fault.OVERLOADED)
        waiting = _Waiting(self._loop.create_future(), self._loop.time())
        self._waiting.append(waiting)
        self._handing.append(entry)
        if len(self._handing) == 1:
            self._loop.call_soon(self._hand_over)
        if self._watch is None:
            self._watch_from_now()
        return waiting.written

    def _hand_over(self) -> None:
        """Wake the writer once for all that this turn of the loop has to say.

        Each wake-up makes two threads compete for the interpreter, which costs more than a record.
        """
        handing, self._handing = self._handing, []
        if handing:
            self._writer.put(handing)

    def _settled_in_thread(self, count: int, problem: Exception | None) -> None:
        self._loop.call_soon_threadsafe(self._settled, count, problem)

    def _settled(self, count: int, problem: Exception | None) -> None:
        for _ in range(count):
            written = self._waiting.popleft().written
            if written.done():
                continue
            if problem is None:
                written.set_result(None)
            else:
                written.set_exception(_own(problem))
        self._note(problem)

    def _note(self, problem: Exception | None) -> None:
        if self._fault in (Fault.BROKEN, Fault.CLOSED):
            return
        match problem:
            case None if self._store.short:
                self._fault = Fault.FULL
            case None:
                if self._fault is Fault.LOST:
                    self._writer.do(Job(self._end_the_lost, _nothing))
                self._fault = None
                if self._unended:
                    self._end_the_unended()
            case LedgerUnavailable():
                self._fault = problem.fault
            case _:
                self._fault = Fault.BROKEN

    def _end_the_unended(self) -> None:
        """The fault has passed, and those who were to end these have given up."""
        unended, self._unended = self._unended, set()
        work = partial(self._steward.abort_if_open, unended)
        self._writer.do(Job(work, partial(self._ended_in_thread, unended)))

    def _end_the_lost(self) -> None:
        """A server that crashed may have lost ends that were acknowledged within the bound."""
        live = {*tuple(self._scopes), *tuple(self._ending)}
        self._steward.abort(name for name in self._store.open_exchanges() if name not in live)

    def _ended_in_thread(self, unended: set[str], problem: Exception | None) -> None:
        if problem is not None:
            self._loop.call_soon_threadsafe(self._unended.update, unended)

    def _break_in_thread(self, fault: Fault) -> None:
        self._loop.call_soon_threadsafe(self._settled, 0, LedgerUnavailable(fault))
        if fault is Fault.LOST:  # which passes, so the writer is to look
            self._writer.do(Job(self._store.rest, _nothing))

    def _watch_from_now(self) -> None:
        """One timer for all who wait: they wait in order, so only the first can be overdue."""
        self._watch = self._loop.call_later(self._config.deadline_s / 8, self._fail_overdue)

    def _fail_overdue(self) -> None:
        overdue = self._loop.time() - self._config.deadline_s
        for waiting in self._waiting:
            if waiting.since > overdue:
                break
            if not waiting.written.done():
                waiting.written.set_exception(LedgerUnavailable(Fault.SLOW))
                self._fault = self._fault or Fault.SLOW
        self._watch = None
        if self._waiting:
            self._watch_from_now()

    async def close(self) -> None:
        """Write what waits, then let go of the file."""
        if self._fault is not Fault.BROKEN:
            self._fault = Fault.CLOSED
        self._hand_over()
        await asyncio.to_thread(self._shut)
        if self._watch is not None:
            self._watch.cancel()

    def _shut(self) -> None:
        self._writer.stop()
        self._publisher.stop()
        self._store.close()


def _settle_one(
    outcome: asyncio.Future[T], results: list[T | OrderRefused], problem: Exception | None
) -> None:
    if outcome.done():
        return
    if problem is not None:
        outcome.set_exception(_own(problem))
    elif isinstance(results[0], OrderRefused):
        outcome.set_exception(results[0])
    else:
        outcome.set_result(results[0])


def _nothing(_: Exception | None) -> None:
    return


def _own(problem: Exception) -> Exception:
    """Each waiter gets an exception of its own: raising one twice would mix their tracebacks."""
    match problem:
        case LedgerUnavailable():
            return LedgerUnavailable(problem.fault)
        case _:
            return problem


@asynccontextmanager
async def open_ledger(
    config: LedgerConfig, disk: Disk = SYSTEM_DISK, sinks: Sequence[Sink] = ()
) -> AsyncIterator[Ledger]:
    """Open or make a ledger, and end what a crash left open. Raises LedgerUnusable.

    Its checkpoints always go into `<path>.checkpoints`, and to the sinks as well.
    """
    opened = await asyncio.to_thread(open_files, config, disk)
    ledger = Ledger(config, opened, (FileSink(checkpoint_path(config.path)), *sinks))
    try:
        yield ledger
    finally:
        await ledger.close()
