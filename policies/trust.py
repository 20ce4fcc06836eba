"""Packs that a gateway takes only with enough signatures of people it trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from policies.errors import PackError, Problem
from policies.folder import read_file
from policies.signing import Standing, read_signatures, standings
from policies.types import PolicyPack


@dataclass(frozen=True, slots=True)
class Trust:
    """Who has to have signed a pack's digest."""

    signatures: Path
    """The file of signatures, read anew each time."""
    keys: tuple[Path, ...]
    """Ed25519 public keys, PEM; one for each person."""
    least: int
    """How many of them must have signed."""


def check_signed(pack: PolicyPack, trust: Trust) -> None:
    """Raises PackError for a pack that too few signed, or in whose name a signature is invalid."""
    signatures = read_signatures(read_file(trust.signatures, trust.signatures.name), pack.name)
    rows = standings(pack.digest, signatures, map(public_key, trust.keys))
    valid = sum(row.signature is Standing.VALID for row in rows)
    if any(row.signature is Standing.INVALID for row in rows):
        what = "a signature in a trusted key's name is invalid"
        raise PackError(Problem(pack.name, what, "sign the pack anew"))
    if valid < trust.least:
        what = f"{valid} trusted keys signed {pack.digest}, and {trust.least} are asked for"
        raise PackError(Problem(pack.name, what, "sign it with `stoplog packs sign`"))


def public_key(path: Path) -> Ed25519PublicKey:
    """Raises PackError for what is no such key."""
    try:
        key = load_pem_public_key(read_file(path, path.name))
    except (ValueError, UnsupportedAlgorithm):
        raise PackError(Problem(path.name, "no PEM public key", "name another file")) from None
    if not isinstance(key, Ed25519PublicKey):
        raise PackError(Problem(path.name, "not an Ed25519 key", "name another file"))
    return key
