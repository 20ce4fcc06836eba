"""A signature of the provider's in `ReservedCode1`, so that a label cannot be made up.

Ed25519 (RFC 8032) over attribute, provider and number of the content. The guide TC260-PG-202511A
names SM3 with SM2; the field is the provider's own to fill, and this is what we fill it with.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from gateway.labels.aigc import AigcLabel

_PREFIX = "ed25519:"


@dataclass(frozen=True, slots=True)
class LabelSigner:
    """Signs labels with one key."""

    key: Ed25519PrivateKey

    @classmethod
    def of(cls, seed: bytes) -> LabelSigner:
        """From 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def signed(self, label: AigcLabel) -> AigcLabel:
        signature = base64.urlsafe_b64encode(self.key.sign(_said(label))).decode().rstrip("=")
        return replace(label, reserved_code_1=_PREFIX + signature)

    @property
    def public(self) -> bytes:
        """32 bytes, to be published."""
        return self.key.public_key().public_bytes_raw()


def is_signed_by(label: AigcLabel, public: bytes) -> bool:
    """Whether the holder of a key signed this label."""
    code = label.reserved_code_1
    if not code.startswith(_PREFIX):
        return False
    try:
        signature = base64.urlsafe_b64decode(code.removeprefix(_PREFIX) + "==")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _said(label))
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(label: AigcLabel) -> bytes:
    """No value holds a line end, so no two labels say the same."""
    return f"{label.label}\n{label.content_producer}\n{label.produce_id}".encode()
