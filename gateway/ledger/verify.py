"""Is the record whole? Recomputes every hash of a ledger and names the first that does not fit.

Found without any outside help: a changed byte, a missing, added, moved or exchanged record.
Not found: records cut off the end, and a history rewritten as a whole by somebody who can write
the file; only a checkpoint kept elsewhere shows those.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import apsw

from gateway.ledger.read import Body, Damaged, body_of, open_read_only, rows
from gateway.ledger.records import VERSION
from gateway.ledger.written import Head, Row, chained, leaf_hash

_LOWEST = -(1 << 63)


class Reason(StrEnum):
    """What is wrong with a record."""

    MISSING = "it is missing, or another stands before it"
    CHAIN = "its bytes are not those that were chained"
    UNKNOWN = "it is of a version that this program does not know"
    COLUMNS = "the columns beside it say something else than it does"
    CONTENT = "its sealed content is not the content that was recorded"
    DAMAGED = "the file is damaged there"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found. `count` records are whole, and the chain ends in `chain`."""

    count: int
    chain: bytes
    first_bad: int | None = None
    """Sequence number; None where everything fits."""
    reason: Reason | None = None

    @property
    def ok(self) -> bool:
        return self.first_bad is None


def verify(path: Path) -> Verified:
    """Check a ledger from its first record to its last. Raises LedgerUnusable."""
    with closing(open_read_only(path)) as connection:
        return _walk(connection)


def _walk(connection: apsw.Connection) -> Verified:
    head = Head()
    try:
        for row in rows(connection, _LOWEST):
            if (reason := _problem(head, row)) is not None:
                return Verified(head.seq, head.chain, head.seq + 1, reason)
            head = Head(row.seq, row.chain)
    except Damaged:
        return Verified(head.seq, head.chain, head.seq + 1, Reason.DAMAGED)
    return Verified(head.seq, head.chain)


def _problem(head: Head, row: Row) -> Reason | None:
    if row.seq != head.seq + 1:
        return Reason.MISSING
    if row.chain != chained(head.chain, leaf_hash(row.body)):
        return Reason.CHAIN
    body = body_of(row)
    if body.v != VERSION:
        return Reason.UNKNOWN
    if (body.seq, body.kind, body.exchange, body.time_ms) != (
        *(row.seq, row.kind),
        *(row.exchange, row.time_ms),
    ):
        return Reason.COLUMNS
    return None if _content_fits(body, row.sealed) else Reason.CONTENT


def _content_fits(body: Body, sealed: bytes | None) -> bool:
    expected = body.content.sha256 if body.content else None
    found = None if sealed is None else hashlib.sha256(sealed).hexdigest()
    return found == expected
