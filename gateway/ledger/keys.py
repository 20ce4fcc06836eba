"""The keys of a ledger: one wraps all, one per person and month seals what they said.

Destroying a data key makes all it sealed unreadable while every hash still fits, since hashes
cover ciphertext only. AES-256-GCM throughout, with random 96-bit nonces (NIST SP 800-38D,
section 8.2.2), stored in front of the ciphertext.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.config import LedgerUnusable

KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose content, from which month: what one data key covers."""

    tenant: str
    user_key: str
    month: str
    """`YYYY-MM`, UTC, of the exchange's first record."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored; `wrapped` is empty once the key is destroyed."""

    id: int
    scope: Scope
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A data key and what was decided about it."""

    key: WrappedKey
    restricted_ms: int | None = None
    """Since when it may seal nothing more and its content is kept only because it must be."""

    @property
    def destroyed(self) -> bool:
        return not self.key.wrapped


@dataclass(frozen=True, slots=True)
class DataKey:
    id: int
    cipher: AESGCM


class CannotUnseal(Exception):
    """The content is not readable: wrong key, destroyed key, or altered bytes."""


def ledger_key(path: Path) -> bytes:
    """The key in the file, made there first (readable by its owner only) where there is none.

    Raises LedgerUnusable where the file is not such a key.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key(path)
    with os.fdopen(descriptor, "wb") as file:
        key = os.urandom(KEY_BYTES)
        file.write(key.hex().encode() + b"\n")
        file.flush()
        os.fsync(descriptor)
    return key


def read_key(path: Path) -> bytes:
    """The key in a file of 64 hex digits. Raises LedgerUnusable where it is none."""
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError):
        raise LedgerUnusable(f"{path} does not hold a key; restore it from your backup") from None
    if len(key) != KEY_BYTES:
        raise LedgerUnusable(f"{path} holds a key of the wrong length; restore it from your backup")
    return key


def seal(cipher: AESGCM, content: bytes, bound_to: bytes) -> bytes:
    """Nonce and ciphertext. `bound_to` must be given again to unseal."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, bound_to)


def unseal(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises CannotUnseal."""
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise CannotUnseal("the content cannot be unsealed with this key") from None


def wrap(wrapping: AESGCM, key: bytes, name: str) -> bytes:
    """Seal a key under the ledger's key; `name` keeps it from standing in for another."""
    return seal(wrapping, key, b"stoplog key " + name.encode())


def unwrap(wrapping: AESGCM, wrapped: bytes, name: str) -> bytes:
    """Raises CannotUnseal."""
    return unseal(wrapping, wrapped, b"stoplog key " + name.encode())


def name_of(key_id: int, scope: Scope) -> str:
    """What a data key is bound to when wrapped."""
    return "\n".join((str(key_id), scope.tenant, scope.user_key, scope.month))


def place(exchange: str, seq: int) -> bytes:
    """What content is bound to when sealed, so that no two ciphertexts can change places."""
    return b"stoplog record %d %s" % (seq, exchange.encode())


def pseudonym(secret: bytes, user: str) -> str:
    """A stable name for a user that only the holder of the secret can link to them."""
    return hmac.new(secret, user.encode(), hashlib.sha256).hexdigest()
