"""Signatures: they hold for one digest and one key, and two of one person are one."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from policies.errors import PackError
from policies.signing import Standing, key_id, read_signatures, sign, standings, written

ALICE, BOB, EVE = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
DIGEST, OTHER = f"sha256:{'ab' * 32}", f"sha256:{'ac' * 32}"
TRUSTED = (ALICE.public_key(), BOB.public_key())


def test_two_people_stand_for_a_digest() -> None:
    """Through a file and back."""
    made = read_signatures(written([sign(ALICE, DIGEST), sign(BOB, DIGEST)]), "house.sig")

    assert [row.signature for row in standings(DIGEST, made, TRUSTED)] == [Standing.VALID] * 2


def test_a_signature_holds_for_its_digest_only() -> None:
    """One for another version says nothing of this one, even under this one's name."""
    other = sign(ALICE, OTHER)
    moved = other.model_copy(update={"digest": DIGEST})

    assert standings(DIGEST, [other], TRUSTED)[0].signature is Standing.ABSENT
    assert standings(DIGEST, [moved], TRUSTED)[0].signature is Standing.INVALID


def test_a_stranger_cannot_sign_for_the_trusted() -> None:
    """Neither under a name of her own nor under another's."""
    own = sign(EVE, DIGEST)
    forged = own.model_copy(update={"key": key_id(TRUSTED[0])})

    assert {row.signature for row in standings(DIGEST, [own], TRUSTED)} == {Standing.ABSENT}
    assert standings(DIGEST, [own, forged], TRUSTED)[0].signature is Standing.INVALID


def test_one_person_is_not_two() -> None:
    """Whether the signature is there twice or the key is given twice."""
    twice = [sign(ALICE, DIGEST)] * 2

    assert len(written(twice).splitlines()) == 1
    assert len(standings(DIGEST, twice, [TRUSTED[0]] * 2)) == 1


def test_what_is_signed_says_what_for() -> None:
    """The bytes are those that any tool of RFC 8032 can check; the bare digest is not signed."""
    made = base64.b64decode(sign(ALICE, DIGEST).signature)

    TRUSTED[0].verify(made, f"stoplog policy pack v1\n{DIGEST}\n".encode())
    assert made != ALICE.sign(DIGEST.encode())


@pytest.mark.parametrize("line", [b"{}", b"[]", b"\xff", b"", b'{"digest": "sha256:short"}'])
def test_a_line_that_is_no_signature_is_named(line: bytes) -> None:
    """With its number; nothing of the file counts."""
    with pytest.raises(PackError, match=r"^house.sig:2:1: no signature of a pack; remove the line"):
        read_signatures(written([sign(ALICE, DIGEST)]) + line + b"\n", "house.sig")
