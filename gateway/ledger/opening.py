"""Opening a ledger: its file, its keys, and the end of what a crash left open."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.config import Disk, LedgerConfig, LedgerUnavailable, LedgerUnusable, Place
from gateway.ledger.keys import KEY_BYTES, CannotUnseal, ledger_key, unwrap, wrap
from gateway.ledger.lookup import fingerprint
from gateway.ledger.notes import Signer, Verifier
from gateway.ledger.places import open_read_only, open_store
from gateway.ledger.scribe import Scribe
from gateway.ledger.steward import Steward
from gateway.ledger.store import Store

_PSEUDONYM = "pseudonym"
_SIGNING = "signing"


@dataclass(frozen=True, slots=True)
class Opened:
    store: Store
    scribe: Scribe
    steward: Steward
    pseudonym_secret: bytes
    signer: Signer


def key_path(ledger: Path) -> Path:
    """Where a ledger's key is kept when none is configured."""
    return ledger.with_name(ledger.name + ".key")


def checkpoint_path(ledger: Path) -> Path:
    """Where a ledger's checkpoints are kept beside it."""
    return ledger.with_name(ledger.name + ".checkpoints")


def verifier_of(ledger: Place, key: bytes, origin: str = "") -> Verifier:
    """Whose signature a ledger's checkpoints carry. Raises LedgerUnusable.

    `origin` is the name it was given in its configuration, if any.
    """
    with closing(open_read_only(ledger)) as reader:
        wrapped = reader.secret(_SIGNING)
    if not wrapped:
        raise LedgerUnusable(f"{ledger} has no signing key; it was never opened by the gateway")
    return Signer(_unwrapped(AESGCM(key), wrapped, _SIGNING), origin).verifier


def fingerprints_of(ledger: Place, key: bytes) -> Callable[[bytes], str]:
    """How a ledger makes its fingerprints, for those who only read it. Raises LedgerUnusable."""
    with closing(open_read_only(ledger)) as reader:
        wrapped = reader.secret(_PSEUDONYM)
    if not wrapped:
        raise LedgerUnusable(f"{ledger} has no secret; it was never opened by the gateway")
    return partial(fingerprint, _unwrapped(AESGCM(key), wrapped, _PSEUDONYM))


def open_files(config: LedgerConfig, disk: Disk) -> Opened:
    """Blocks while it recovers. Raises LedgerUnusable."""
    key = config.key or ledger_key(key_path(config.path))
    store = open_store(config, disk)
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
    steward = Steward(store, scribe, config.retention)
    steward.abort(store.open_exchanges())  # nobody is left to end them
    store.settle()  # no record may outlive the keys that it was made with
    return Opened(store, scribe, steward, secret, Signer(seed, config.origin))


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
