"""The one thread that writes: takes all that waits, commits it at once, and says so once.

There is no timer: the next commit takes whatever gathered during the last, so a quiet ledger
answers at the speed of one commit and a busy one shares each commit among many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from gateway.ledger.config import Fault, LedgerUnavailable
from gateway.ledger.scribe import Entry, Scribe
from gateway.ledger.sqlite import MAX_BATCH
from gateway.ledger.store import Store

Settle = Callable[[int, Exception | None], None]
"""Told, in order, how many entries are done, and what went wrong with them."""

_PASSING = frozenset({Fault.FULL, Fault.BUSY})


class Writer:
    def __init__(self, store: Store, scribe: Scribe, settle: Settle) -> None:
        self._store = store
        self._scribe = scribe
        self._settle = settle
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._fault: Exception | None = None
        """Set once the ledger is past mending."""
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Never blocks; the caller bounds how much is put."""
        self._queue.put(entry)

    def stop(self) -> None:
        """Let the thread write what was put and close the store. Blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch = self._take()
            going = batch[-1] is not None
            if entries := [entry for entry in batch if entry is not None]:
                self._write(entries)
        self._store.close()

    def _take(self) -> list[Entry | None]:
        batch = [self._queue.get()]
        while batch[-1] is not None and len(batch) < MAX_BATCH:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
        return batch

    def _write(self, entries: list[Entry]) -> None:
        self._settle(len(entries), self._fault or self._attempt(entries))
        if self._fault is None and self._queue.empty():
            self._rest()

    def _attempt(self, entries: list[Entry]) -> Exception | None:
        try:
            self._scribe.append(entries)
        except LedgerUnavailable as unavailable:
            if unavailable.fault not in _PASSING:
                self._fault = unavailable
            return unavailable
        except Exception as bug:
            # The waiting callers get it; swallowed here, they would wait for ever.
            self._fault = bug
            return bug
        return None

    def _rest(self) -> None:
        try:
            self._store.rest()
        except LedgerUnavailable as unavailable:
            if unavailable.fault not in _PASSING:
                self._fault = unavailable
            self._settle(0, unavailable)
