"""Opening a ledger: its file, its keys, and the end of what a crash left open."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.config import Disk, LedgerConfig, LedgerUnavailable, LedgerUnusable
from gateway.ledger.keys import KEY_BYTES, CannotUnseal, Scope, ledger_key, unwrap, wrap
from gateway.ledger.notes import Signer, Verifier
from gateway.ledger.read import open_read_only
from gateway.ledger.records import Final, Mark, Outcome
from gateway.ledger.scribe import Entry, Scribe
from gateway.ledger.sqlite import MAX_BATCH, open_store
from gateway.ledger.store import Store
from gateway.ledger.written import draft

_PSEUDONYM = "pseudonym"
_SIGNING = "signing"
_NOBODY = Scope("", "", "")


@dataclass(frozen=True, slots=True)
class Opened:
    store: Store
    scribe: Scribe
    pseudonym_secret: bytes
    signer: Signer


def key_path(ledger: Path) -> Path:
    """Where a ledger's key is kept when none is configured."""
    return ledger.with_name(ledger.name + ".key")


def checkpoint_path(ledger: Path) -> Path:
    """Where a ledger's checkpoints are kept beside it."""
    return ledger.with_name(ledger.name + ".checkpoints")


def verifier_of(ledger: Path, key: bytes, origin: str = "") -> Verifier:
    """Whose signature a ledger's checkpoints carry. Raises LedgerUnusable.

    `origin` is the name it was given in its configuration, if any.
    """
    with closing(open_read_only(ledger)) as connection:
        found = connection.execute("SELECT wrapped FROM secrets WHERE name = ?", (_SIGNING,))
        wrapped = [value for (value,) in found if isinstance(value, bytes)]
    if not wrapped:
        raise LedgerUnusable(f"{ledger} has no signing key; it was never opened by the gateway")
    return Signer(_unwrapped(AESGCM(key), wrapped[0], _SIGNING), origin).verifier


def open_files(config: LedgerConfig, disk: Disk) -> Opened:
    """Blocks while it recovers. Raises LedgerUnusable."""
    key = config.key or ledger_key(key_path(config.path))
    store = open_store(config.path, config.durability, disk)
    try:
        return _opened(store, AESGCM(key), config)
    except LedgerUnavailable as unavailable:
        store.close()
        raise LedgerUnusable(f"{config.path} cannot be written ({unavailable.fault})") from None
    except BaseException:
        store.close()
        raise


def _opened(store: Store, wrapping: AESGCM, config: LedgerConfig) -> Opened:
    secret, seed = (_secret(store, wrapping, name) for name in (_PSEUDONYM, _SIGNING))
    scribe = Scribe(store, wrapping, config.content)
    _abort_open_exchanges(store, scribe)
    return Opened(store, scribe, secret, Signer(seed, config.origin))


def _secret(store: Store, wrapping: AESGCM, name: str) -> bytes:
    if (wrapped := store.secret(name)) is None:
        secret = os.urandom(KEY_BYTES)
        store.keep_secret(name, wrap(wrapping, secret, name))
        return secret
    return _unwrapped(wrapping, wrapped, name)


def _unwrapped(wrapping: AESGCM, wrapped: bytes, name: str) -> bytes:
    try:
        return unwrap(wrapping, wrapped, name)
    except CannotUnseal:
        raise LedgerUnusable(
            "the ledger was made with another key; configure that one, or name another path"
        ) from None


def _abort_open_exchanges(store: Store, scribe: Scribe) -> None:
    """Nobody is left to end them, so they end here, with as much delivered as they last said."""
    now = time.time_ns() // 1_000_000
    finals = [_aborted(store, exchange, now) for exchange in store.open_exchanges()]
    for start in range(0, len(finals), MAX_BATCH):
        scribe.append([Entry(draft(final), _NOBODY) for final in finals[start : start + MAX_BATCH]])


def _aborted(store: Store, exchange: str, time_ms: int) -> Final:
    body = store.last_delivered(exchange)
    marks = orjson.loads(body)["marks"] if body else []
    return Final(exchange, time_ms, Outcome.ABORTED, marks=tuple(Mark(**mark) for mark in marks))
