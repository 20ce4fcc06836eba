"""The written form: the exact bytes of a record, and the hashes over them.

    body    JSON, kept as written and never encoded again, so its hash needs no canonical form
    leaf    SHA-256(0x00 || body), the leaf of the Merkle tree (gateway.ledger.tree)
    chain   SHA-256(previous chain || leaf), from 32 zero bytes

A body names the SHA-256 of the sealed content beside it, so that content can be erased, or kept
from an outsider, without touching a single hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

from gateway.ledger.keys import WrappedKey
from gateway.ledger.orders import Act, User
from gateway.ledger.records import VERSION, Delivered, Final, Intent, Kind, Record, Stopping
from gateway.ledger.tree import EMPTY_TREE, TreeHead

START = bytes(32)
"""The chain before the first record."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is stored."""

    seq: int
    """From 1, without gaps."""
    kind: str
    """A `Kind`, unless a reader finds something else."""
    exchange: str
    time_ms: int
    body: bytes
    sealed: bytes | None
    """None where no content was kept, or it was erased."""
    chain: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger stands: its last record."""

    chain: bytes = START
    tree: TreeHead = EMPTY_TREE

    @property
    def seq(self) -> int:
        return self.tree.size


@dataclass(frozen=True, slots=True)
class Block:
    """The root of a complete block of leaves, counted from 0."""

    number: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Restricted:
    """Data keys that seal nothing more, and whose content is kept only because it must be."""

    keys: tuple[int, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class Destroyed:
    """Data keys of which nothing may be left."""

    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A user whose content is not to be destroyed until further notice."""

    tenant: str
    user_key: str


@dataclass(frozen=True, slots=True)
class Released:
    """A user who is no longer held."""

    tenant: str
    user_key: str


@dataclass(frozen=True, slots=True)
class Cleared:
    """Content whose keys are gone, within a stretch of records: it goes too, and so do prints."""

    keys: frozenset[int]
    first: int
    last: int
    """Sequence numbers, both within."""
    done: bool
    """Whether this was the last stretch, so that nothing of these keys is left."""


Change = Restricted | Destroyed | Held | Released | Cleared


@dataclass(frozen=True, slots=True)
class Print:
    """A fingerprint, and the exchange that it leads to."""

    value: bytes
    exchange: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one commit writes: all of it or nothing."""

    rows: list[Row]
    keys: list[WrappedKey]
    blocks: list[Block]
    changes: Sequence[Change] = ()
    prints: list[Print] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Content as it is kept beside a body."""

    key: int
    data: bytes


def chained(previous: bytes, leaf: bytes) -> bytes:
    return hashlib.sha256(previous + leaf).digest()


def month_of(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m")


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as far as it can be written before it has a place."""

    kind: Kind
    exchange: str
    time_ms: int
    fields: bytes
    """The body as JSON, still without version, sequence number and note on content."""
    content: bytes | None
    """None for a kind that has none."""
    prints: tuple[str, ...] = ()
    """By which the exchange can be found, in hex."""


def draft(record: Record) -> Draft:
    """Raises TypeError for what JSON cannot hold, such as a lone surrogate: a bug of the caller's.

    So it is the caller who fails, before the record can stand in anybody's way.
    """
    content: bytes | None = None
    prints: tuple[str, ...] = ()
    match record:
        case Intent():
            kind, fields, content = Kind.INTENT, _intent(record), record.content
        case Delivered():
            kind, fields, content = Kind.DELIVERED, {"marks": record.marks}, record.content
        case Stopping():
            kind, fields = Kind.STOPPING, _stopping(record)
        case Final():
            kind, fields, prints = Kind.FINAL, _final(record), record.prints
    begin = {"kind": kind, "exchange": record.exchange, "time_ms": record.time_ms}
    written = orjson.dumps(begin | fields)
    return Draft(kind, record.exchange, record.time_ms, written, content, prints)


def user_note(user: User) -> bytes:
    """What stands in the body of each intent of a user's, and in no other intent's.

    Quotation marks within a value are escaped, so no value can hold it.
    """
    return orjson.dumps({"tenant": user.tenant, "user_key": user.key})[1:-1]


def draft_act(act: Act) -> Draft:
    """As `draft`, for what people do to a ledger."""
    fields: dict[str, object] = {
        "kind": act.kind,
        "exchange": act.exchange,
        "time_ms": act.time_ms,
        "role": act.word.role,
        "by": act.word.by,
        "reason": act.word.reason,
    }
    if act.user is not None:
        fields |= {"tenant": act.user.tenant, "user_key": act.user.key}
    if act.keys:
        fields["keys"] = act.keys
    if act.due_ms is not None:
        fields["due_ms"] = act.due_ms
    if act.of:
        fields["of"] = act.of
    return Draft(act.kind, act.exchange, act.time_ms, orjson.dumps(fields), act.content)


def body_bytes(draft: Draft, seq: int, sealed: Sealed | None) -> bytes:
    """The bytes that are stored and hashed."""
    begin = b'{"v":%d,"seq":%d,' % (VERSION, seq)
    return begin + draft.fields[1:-1] + _content_note(draft.content, sealed) + b"}"


def _content_note(content: bytes | None, sealed: Sealed | None) -> bytes:
    if content is None:
        return b""
    if sealed is None:
        return b',"content":{"bytes":%d}' % len(content)
    digest = hashlib.sha256(sealed.data).hexdigest().encode()
    note = b',"content":{"bytes":%d,"key":%d,"sha256":"%s"}'
    return note % (len(content), sealed.key, digest)


def _intent(record: Intent) -> dict[str, object]:
    return {
        "route": record.route,
        "dialect": record.dialect,
        "request_id": record.request_id,
        "trace_id": record.trace_id,
        "tenant": record.tenant,
        "user_key": record.user_key,
        "model": record.model,
        "stream": record.stream,
        "packs": record.packs,
        "profile": record.profile,
        "service_tier": record.service_tier,
        "upstream": record.upstream,
        "prompt_chars": record.prompt_chars,
        "stripped": list(record.stripped),
        "waiver": record.waiver,
    }


def _stopping(record: Stopping) -> dict[str, object]:
    return {"direction": record.direction, "verdict": record.verdict}


def _final(record: Final) -> dict[str, object]:
    return {
        "outcome": record.outcome,
        "status": record.status,
        "fault": record.fault,
        "prompt": record.prompt,
        "output": record.output,
        "label_id": record.label_id,
        "files": record.files,
        "prints": record.prints,
        "answer_id": record.answer_id,
        "upstream_called": record.upstream_called,
        "finish_reason": record.finish_reason,
        "delivered_chars": record.delivered_chars,
        "delivered_bytes": record.delivered_bytes,
        "marks": record.marks,
        "usage": record.usage,
        "timings": record.timings,
    }
