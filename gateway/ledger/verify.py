"""Is the record whole? Recomputes every hash of a ledger and names the first that does not fit.

Found without any outside help: a changed byte, a missing, added, moved or exchanged record.
Records cut off the end, and a history rewritten as a whole by somebody who can write the file,
are found with checkpoints that were kept where that somebody could not write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

import orjson

from gateway.ledger.config import Place
from gateway.ledger.notes import Checkpoint
from gateway.ledger.places import open_read_only
from gateway.ledger.read import Body, body_of, rows
from gateway.ledger.reader import Damaged, Reader
from gateway.ledger.records import VERSION, Kind
from gateway.ledger.tree import leaf_hash
from gateway.ledger.written import Head, Row, chained

_LOWEST = -(1 << 63)
_KEYED = b'"key":'
"""In every body that names the key of its content."""


class Reason(StrEnum):
    """What is wrong with a record."""

    MISSING = "it is missing, or another stands before it"
    CHAIN = "its bytes are not those that were chained"
    UNKNOWN = "it is of a version that this program does not know"
    COLUMNS = "the columns beside it say something else than it does"
    CONTENT = "its sealed content is not the content that was recorded"
    DAMAGED = "the file is damaged there"
    CUT = "a checkpoint covers it, and the ledger ends before it"
    REWRITTEN = "a checkpoint covers it, or a record before it, with other bytes"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found. `count` records are whole, and the tree over them has this root."""

    count: int
    root: bytes
    checkpoints: int = 0
    """Checkpoints that fit."""
    first_bad: int | None = None
    """Sequence number; None where everything fits."""
    reason: Reason | None = None

    @property
    def ok(self) -> bool:
        return self.first_bad is None


class _Bad(Exception):
    def __init__(self, head: Head, reason: Reason) -> None:
        super().__init__(reason)
        self.head = head
        """How far everything fits."""
        self.reason = reason


def verify(path: Place, checkpoints: Iterable[Checkpoint] = ()) -> Verified:
    """Check a ledger from its first record to its last. Raises LedgerUnusable."""
    with closing(open_read_only(path)) as reader:
        walk = _Walk(sorted(checkpoints, key=lambda checkpoint: checkpoint.size))
        try:
            walk.through(reader)
        except _Bad as bad:
            head = bad.head
            return Verified(head.seq, head.tree.root, walk.fitting, head.seq + 1, bad.reason)
        return Verified(walk.head.seq, walk.head.tree.root, walk.fitting)


class _Walk:
    """From the first record on; `head` is how far everything fits."""

    def __init__(self, checkpoints: list[Checkpoint]) -> None:
        self._checkpoints = checkpoints
        self.head = Head()
        self.fitting = 0
        self._missing: dict[int, Head] = {}
        """By data key, the ledger before the first content that is not there, until the record
        comes that says that this key was destroyed."""

    def through(self, reader: Reader) -> None:
        self._compare(self.head)
        try:
            for row in rows(reader, _LOWEST):
                self._step(row)
        except Damaged:
            raise _Bad(self.head, Reason.DAMAGED) from None
        if self._missing:
            raise _Bad(min(self._missing.values(), key=lambda head: head.seq), Reason.CONTENT)
        if self.fitting < len(self._checkpoints):
            raise _Bad(self.head, Reason.CUT)

    def _step(self, row: Row) -> None:
        leaf, before = leaf_hash(row.body), self.head
        if (reason := _problem(before, row, leaf)) is not None:
            raise _Bad(before, reason)
        self._note_missing(row)
        tree, _ = before.tree.grown(leaf)
        self.head = Head(row.chain, tree)
        self._compare(before)

    def _note_missing(self, row: Row) -> None:
        content = body_of(row).content if row.sealed is None and _KEYED in row.body else None
        if content is not None and content.key is not None:
            self._missing.setdefault(content.key, self.head)
        if row.kind == Kind.SHRED:
            for key in orjson.loads(row.body).get("keys", ()):
                self._missing.pop(key, None)

    def _compare(self, before: Head) -> None:
        while self.fitting < len(self._checkpoints):
            checkpoint = self._checkpoints[self.fitting]
            if checkpoint.size > self.head.seq:
                return
            if checkpoint.root != self.head.tree.root:
                raise _Bad(before, Reason.REWRITTEN)
            self.fitting += 1


def _problem(head: Head, row: Row, leaf: bytes) -> Reason | None:
    if row.seq != head.seq + 1:
        return Reason.MISSING
    if row.chain != chained(head.chain, leaf):
        return Reason.CHAIN
    body = body_of(row)
    if body.v != VERSION:
        return Reason.UNKNOWN
    said = (body.seq, body.kind, body.exchange, body.time_ms)
    if said != (row.seq, row.kind, row.exchange, row.time_ms):
        return Reason.COLUMNS
    return None if _content_fits(body, row.sealed) else Reason.CONTENT


def _content_fits(body: Body, sealed: bytes | None) -> bool:
    expected = body.content.sha256 if body.content else None
    if sealed is None and body.content is not None and body.content.key is not None:
        return True  # whether it may be missing is known at the end
    found = None if sealed is None else hashlib.sha256(sealed).hexdigest()
    return found == expected
