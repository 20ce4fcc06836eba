"""The background sync: bounds what a power cut can cost where commits are not synced.

Every commit is synced within `BOUND_S`. Where the disk cannot keep up, commits wait for it, so
never more than that span's worth of acknowledged records is unsynced.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gateway.ledger.config import Fault, LedgerUnavailable

BOUND_S = 0.050
_DELAY_S = 0.020
"""How long commits gather before a sync begins; the rest of the bound is the disk's."""


class Syncer:
    """Owns one thread and no descriptor."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._on_fault: Callable[[Fault], None] | None = None
        self._change = threading.Condition()
        self._oldest: float | None = None
        """When the oldest commit that no sync has yet begun to cover was made."""
        self._syncing: float | None = None
        """The same, of the sync that is under way."""
        self._begun = 0
        self._done = 0
        """Syncs, so that one can be waited for."""
        self._stopping = False
        self._broken = False
        self._thread = threading.Thread(target=self._run, name="ledger-sync", daemon=True)
        self._thread.start()

    def tell(self, on_fault: Callable[[Fault], None]) -> None:
        """Call this when a sync fails, from the sync's own thread."""
        self._on_fault = on_fault

    def committed(self) -> None:
        """Note a commit; return when it may be acknowledged. Raises LedgerUnavailable."""
        with self._change:
            if self._oldest is None:
                self._oldest = time.monotonic()
                self._change.notify_all()
            while self._behind() and not self._broken:
                self._change.wait()
            if self._broken:
                raise LedgerUnavailable(Fault.BROKEN)

    def settle(self) -> None:
        """Return once every commit so far is synced. Raises LedgerUnavailable."""
        with self._change:
            covering = self._begun + (self._oldest is not None)
            self._change.wait_for(lambda: self._broken or self._done >= covering)
            if self._broken:
                raise LedgerUnavailable(Fault.BROKEN)

    def close(self) -> None:
        """Sync what is left and end the thread."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        self._thread.join()

    def _behind(self) -> bool:
        oldest = self._oldest if self._syncing is None else self._syncing
        return oldest is not None and time.monotonic() - oldest > BOUND_S

    def _run(self) -> None:
        while self._begin():
            try:
                self._sync()
            except OSError:
                # What an unsynced page holds after a failed sync is unknown, so it is not retried.
                self._end(broken=True)
                if self._on_fault is not None:
                    self._on_fault(Fault.BROKEN)
                return
            self._end(broken=False)

    def _begin(self) -> bool:
        """Wait until a sync is due. False when there will be none."""
        with self._change:
            while self._oldest is None and not self._stopping:
                self._change.wait()
            if self._oldest is None:
                return False
            self._change.wait_for(lambda: self._stopping, timeout=_DELAY_S)
            self._syncing, self._oldest = self._oldest, None
            self._begun += 1
            return True

    def _end(self, *, broken: bool) -> None:
        with self._change:
            self._syncing = None
            self._done += 1
            self._broken = broken
            self._change.notify_all()
