"""The one thread that writes: takes all that waits, commits it at once, and says so once.

There is no timer: the next commit takes whatever gathered during the last, so a quiet ledger
answers at the speed of one commit and a busy one shares each commit among many.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from gateway.ledger.config import Fault, LedgerUnavailable
from gateway.ledger.scribe import Entry, Scribe
from gateway.ledger.store import Store

Settle = Callable[[int, Exception | None], None]
"""Told, in order, how many entries are done, and what went wrong with them."""

_PASSING = frozenset({Fault.FULL, Fault.BUSY, Fault.LOST})
_PROBE_S = 1.0
"""How often a fault that can pass is looked at."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something else that the writer's thread is to do, between two commits."""

    work: Callable[[], None]
    """May raise LedgerUnavailable."""
    settle: Callable[[Exception | None], None]


class Writer:
    def __init__(self, store: Store, scribe: Scribe, settle: Settle, batch: int) -> None:
        self._store = store
        self._scribe = scribe
        self._settle = settle
        self._batch = batch
        self._queue: SimpleQueue[Sequence[Entry] | Job | None] = SimpleQueue()
        self._fault: Exception | None = None
        """Set once the ledger is past mending."""
        self._probing = False
        self._next_probe = 0.0
        self._jobs: deque[Job] = deque()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entries: Sequence[Entry]) -> None:
        """Never blocks; the caller bounds how much is put."""
        self._queue.put(entries)

    def do(self, job: Job) -> None:
        """As `put`, for what is no record; done after all that was put before."""
        self._queue.put(job)

    def stop(self) -> None:
        """Let the thread write what was put, then end it. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            entries, going = self._take()
            if self._probing and time.monotonic() >= self._next_probe:
                self._probe()
            if entries:
                self._settle(len(entries), self._attempt(partial(self._scribe.append, entries)))
            while self._jobs:
                job = self._jobs.popleft()
                job.settle(self._attempt(job.work))
            if self._queue.empty() and not self._probing:
                self._rest()

    def _take(self) -> tuple[list[Entry], bool]:
        """What waits, about one commit's worth, and whether more may come.

        Nothing, when it is time to probe.
        """
        batch: list[Entry] = []
        try:
            taken = self._queue.get(timeout=_PROBE_S if self._probing else None)
            while taken is not None:
                self._sort(taken, batch)
                if len(batch) >= self._batch:
                    break
                taken = self._queue.get_nowait()
        except Empty:
            return batch, True
        return batch, taken is not None

    def _sort(self, taken: Sequence[Entry] | Job, batch: list[Entry]) -> None:
        if isinstance(taken, Job):
            self._jobs.append(taken)
        else:
            batch += taken

    def _probe(self) -> None:
        """Now and then, so that a crowd of callers cannot keep a fault from passing."""
        self._settle(0, self._attempt(self._recover))
        self._next_probe = time.monotonic() + _PROBE_S

    def _recover(self) -> None:
        self._store.probe()
        self._scribe.refresh()

    def _attempt(self, write: Callable[[], None]) -> Exception | None:
        if self._fault is not None:
            return self._fault
        try:
            write()
        except LedgerUnavailable as unavailable:
            if not self._probing:
                self._next_probe = time.monotonic() + _PROBE_S
            self._probing = unavailable.fault in _PASSING
            if not self._probing:
                self._fault = unavailable
            return unavailable
        except Exception as bug:
            # The waiting callers get it; swallowed here, they would wait for ever.
            self._fault = bug
            return bug
        self._probing = self._store.short
        return None

    def _rest(self) -> None:
        if (problem := self._attempt(self._store.rest)) is not None:
            self._settle(0, problem)
