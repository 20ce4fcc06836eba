"""Checkpoints: what the ledger held at some moment, signed, in the form other verifiers read.

A checkpoint (C2SP tlog-checkpoint) is a note of three lines, the ledger's name, its size and the
root of its tree, signed with Ed25519 (C2SP signed-note). Whoever keeps one can tell later whether
the records it covers are still there, unchanged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.ledger.config import LedgerUnusable

_ED25519 = b"\x01"
"""The signature type of C2SP signed-note."""
_NOTE = re.compile(
    r"(?P<text>(?P<origin>\S+)\n(?P<size>0|[1-9]\d{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n)"
    r"\n(?P<signatures>(?:\u2014 \S+ [A-Za-z0-9+/]+={0,2}\n)+)"
)


class BadNote(ValueError):
    """It is no checkpoint, or not this ledger's."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    """The ledger's name, unique to it and without spaces."""
    size: int
    """Records."""
    root: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """Who may sign a ledger's checkpoints. Written `name+id+key`, as other tools do."""

    name: str
    public: bytes

    def __str__(self) -> str:
        key = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @classmethod
    def parse(cls, written: str) -> Verifier:
        """Raises BadNote."""
        name, _, rest = written.strip().partition("+")
        key_id, _, key = rest.partition("+")
        try:
            data = base64.b64decode(key, validate=True)
        except ValueError:
            raise BadNote("a verifier key is written name+id+key") from None
        verifier = cls(name, data[1:])
        if data[:1] != _ED25519 or len(data) != 33 or verifier.key_id.hex() != key_id:
            raise BadNote("this is not an Ed25519 verifier key, or it was damaged")
        return verifier


class Signer:
    """Signs checkpoints with a 32-byte Ed25519 seed.

    A ledger that is given no name is called after its key.
    """

    def __init__(self, seed: bytes, name: str = "") -> None:
        if re.search(r"[\s+]", name):
            raise LedgerUnusable(f"{name!r} cannot name a ledger; leave out spaces and plus signs")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.verifier = Verifier(
            name or f"stoplog/{hashlib.sha256(public).hexdigest()[:16]}", public
        )

    def sign(self, size: int, root: bytes) -> str:
        name = self.verifier.name
        text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self.verifier.key_id + self._key.sign(text.encode()))
        return f"{text}\n\u2014 {name} {signature.decode()}\n"


def read_note(note: object, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note, once its signature is checked. Raises BadNote.

    Signatures of others, such as witnesses, are passed over.
    """
    match = _NOTE.fullmatch(note) if isinstance(note, str) else None
    if match is None:
        raise BadNote("this is not a checkpoint")
    if match["origin"] != verifier.name:
        raise BadNote("this checkpoint is another ledger's")
    if not any(_signs(line, match["text"], verifier) for line in match["signatures"].splitlines()):
        raise BadNote("no signature on this checkpoint is by this key")
    return Checkpoint(match["origin"], int(match["size"]), base64.b64decode(match["root"]))


def _signs(line: str, text: str, verifier: Verifier) -> bool:
    _, name, encoded = line.split(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
        if name != verifier.name or signature[:4] != verifier.key_id:
            return False
        if base64.b64encode(signature).decode() != encoded:
            return False  # one signature has one spelling
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature[4:], text.encode())
    except (binascii.Error, InvalidSignature):
        return False
    return True
