"""Signatures over a pack's digest (Ed25519, RFC 8032): who stands for exactly these rules."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import PackError, Problem


class Signature(BaseModel):
    """A line of a file of signatures. The file may hold those of many packs and versions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Which key signed, as `key_id` names it."""
    signature: str = Field(pattern=r"^[A-Za-z0-9+/]{86}==$")
    """64 bytes in Base64."""


class Standing(StrEnum):
    """What a key's holder has said of a digest."""

    VALID = "valid"
    INVALID = "invalid"
    """There is a signature in this key's name that the key did not make."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """One trusted key and its standing."""

    key: str
    signature: Standing


def key_id(public: Ed25519PublicKey) -> str:
    """SHA-256 of the 32 bytes of a public key, in hexadecimal."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()


def sign(private: Ed25519PrivateKey, digest: str) -> Signature:
    """Sign a pack's digest. The same key and digest give the same signature."""
    made = private.sign(_message(digest))
    return Signature(
        digest=digest, key=key_id(private.public_key()), signature=base64.b64encode(made).decode()
    )


def standings(
    digest: str, signatures: Sequence[Signature], trusted: Iterable[Ed25519PublicKey]
) -> tuple[KeyStanding, ...]:
    """What each trusted key has said of a digest. A key given twice is one key."""
    keys = {key_id(public): public for public in trusted}
    about = [signature for signature in signatures if signature.digest == digest]
    return tuple(KeyStanding(name, _standing(name, public, about)) for name, public in keys.items())


def read_signatures(data: bytes, where: str) -> tuple[Signature, ...]:
    """The signatures of a file, a JSON object a line. Raises PackError for every other line."""
    found: list[Signature] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            found.append(Signature.model_validate_json(line))
        except ValidationError:
            problems.append(Problem(where, "no signature of a pack", "remove the line", number))
    if problems:
        raise PackError(*problems)
    return tuple(found)


def written(signatures: Iterable[Signature]) -> bytes:
    """The lines of a file, each signature once, in the order in which they were made."""
    lines = dict.fromkeys(signature.model_dump_json() for signature in signatures)
    return "".join(f"{line}\n" for line in lines).encode()


def _standing(name: str, public: Ed25519PublicKey, about: Sequence[Signature]) -> Standing:
    made = [_verifies(public, signature) for signature in about if signature.key == name]
    if not made:
        return Standing.ABSENT
    return Standing.VALID if any(made) else Standing.INVALID


def _verifies(public: Ed25519PublicKey, signature: Signature) -> bool:
    try:
        public.verify(base64.b64decode(signature.signature), _message(signature.digest))
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _message(digest: str) -> bytes:
    """Named for its purpose, so that no signature made for another one can stand here."""
    return f"stoplog policy pack v1\n{digest}\n".encode()
