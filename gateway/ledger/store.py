"""What a ledger needs of the place it is kept in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.ledger.config import Fault
from gateway.ledger.keys import KeptKey, Scope, WrappedKey
from gateway.ledger.orders import User
from gateway.ledger.records import Kind
from gateway.ledger.written import Batch, Head


class Store(Protocol):
    """Used by one thread at a time. Every method may block."""

    def tell(self, on_fault: Callable[[Fault], None]) -> None:
        """Whom to tell, from any thread, of a fault that comes to light between two calls."""
        ...

    def head(self) -> Head: ...

    def append(self, batch: Batch) -> None:
        """Write all or nothing; return once it is as durable as was asked.

        Raises LedgerUnavailable. After a fault that does not pass it is not to be used again.
        """
        ...

    def settle(self) -> None:
        """Return once all that was written before is safe from a power cut. For any thread.

        Raises LedgerUnavailable.
        """
        ...

    @property
    def short(self) -> bool:
        """Whether space is so short that nothing new may begin. May be read from any thread."""
        ...

    def rest(self) -> None:
        """Called when nothing waits: a good time for housekeeping. Raises as `append` does."""
        ...

    def probe(self) -> None:
        """See whether a fault has passed, and write something that changes nothing."""
        ...

    def open_exchanges(self) -> list[str]:
        """Those with an intent and no final record."""
        ...

    def last_body(self, exchange: str, kind: Kind) -> bytes | None:
        """The body of its latest record of a kind; None where there is none."""
        ...

    def data_key(self, scope: Scope) -> WrappedKey | None:
        """The scope's newest key that is neither destroyed nor restricted."""
        ...

    def readable_keys(self, user: User | None = None) -> list[KeptKey]:
        """All data keys that are not destroyed, or a user's."""
        ...

    def holds(self) -> set[tuple[str, str]]:
        """Tenant and user key of all who are held."""
        ...

    def wipe(self) -> None:
        """Leave no trace of keys that were destroyed. Raises as `append` does."""
        ...

    def uncleared_keys(self) -> list[tuple[int, str]]:
        """Keys that are gone and whose content is not, by number, and the month of each."""
        ...

    def time_of(self, seq: int) -> int:
        """The time of a record, in Unix milliseconds; 0 where there is none."""
        ...

    def last_data_key_id(self) -> int:
        """0 where there is none."""
        ...

    def secret(self, name: str) -> bytes | None:
        """A wrapped secret of the ledger itself."""
        ...

    def keep_secret(self, name: str, wrapped: bytes) -> None: ...

    def close(self) -> None: ...
