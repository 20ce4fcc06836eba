"""Whether this service made something, and when: by its number, or by the hash of what it is.

Hashes are looked up under a key of the ledger, so a copy of it tells nobody what was said. What a
question learns is what its asker must have had already: the content, or its number.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import closing
from dataclasses import dataclass

import orjson

from gateway.ledger.config import Place
from gateway.ledger.places import open_read_only
from gateway.ledger.reader import Reader
from gateway.ledger.records import Kind, Outcome

_MADE = frozenset({Outcome.COMPLETED, Outcome.ANSWERED})
_PURPOSE = b"fingerprint\0"
SHORTEST_TEXT = 32
"""Characters: a shorter text is said by anybody, and its hash is guessed."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that this service made."""

    exchange: str
    """`ProduceID` of its label."""
    time_ms: int


def fingerprint(secret: bytes, sha256: bytes) -> str:
    """What stands for a hash on the record, 64 hex digits."""
    return hmac.new(secret, _PURPOSE + sha256, hashlib.sha256).hexdigest()


def made_as(place: Place, produce_id: str) -> Made | None:
    """Blocks. Raises LedgerUnusable and Damaged."""
    with closing(open_read_only(place)) as reader:
        return _made(reader, produce_id)


def made_with(place: Place, print_: str) -> Made | None:
    """By a fingerprint. Blocks; raises LedgerUnusable and Damaged."""
    with closing(open_read_only(place)) as reader:
        exchange = reader.printed(bytes.fromhex(print_))
        return None if exchange is None else _made(reader, exchange)


def _made(reader: Reader, exchange: str) -> Made | None:
    """None where nothing was generated, or nothing of it left."""
    for row in reader.rows_of(exchange):
        if row.kind == Kind.FINAL:
            body = orjson.loads(row.body)
            left = body["outcome"] in _MADE or body["delivered_chars"] > 0
            return Made(exchange, row.time_ms) if left else None
    return None
