"""Checkpoints are signed notes that other tools can read, and only ours to sign."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.config import LedgerUnusable
from gateway.ledger.notes import BadNote, Checkpoint, Signer, Verifier, read_note

SEED = bytes(range(32))
SIGNER = Signer(SEED, "example.com/ledger-1")
ROOT = bytes(range(32, 64))
NOTE = SIGNER.sign(7, ROOT)


def test_a_note_has_the_published_form() -> None:
    """Origin, size and root, a blank line, and a signature over the first three with their ends."""
    text, _, signature = NOTE.partition("\n\n")
    dash, name, encoded = signature.rstrip("\n").split(" ")
    raw = base64.b64decode(encoded)

    assert f"example.com/ledger-1\n7\n{base64.b64encode(ROOT).decode()}" == text
    assert ("\u2014", "example.com/ledger-1", 68) == (dash, name, len(raw))
    assert SIGNER.verifier.key_id == raw[:4]
    Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public).verify(
        raw[4:], (text + "\n").encode()
    )


def test_a_published_verifier_key_is_read_and_written() -> None:
    """The key of Go's note package documentation, which everybody tests with."""
    written = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    assert written == str(Verifier.parse(written))


def test_a_published_signed_note_verifies() -> None:
    """The signature over that package's example note is checked by the same rules."""
    verifier = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signature = (
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
        "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    raw = base64.b64decode(signature)

    assert verifier.key_id == raw[:4]
    Ed25519PublicKey.from_public_bytes(verifier.public).verify(raw[4:], text.encode())


def test_what_was_signed_comes_back() -> None:
    """A note that we signed is read as the checkpoint that it is."""
    assert Checkpoint("example.com/ledger-1", 7, ROOT) == read_note(NOTE, SIGNER.verifier)


def test_signatures_of_witnesses_are_passed_over() -> None:
    """A note that others have signed as well is still ours."""
    witnessed = NOTE + "\u2014 witness.example dGhpcyBpcyBub3Qgb3Vycw==\n"

    assert 7 == read_note(witnessed, SIGNER.verifier).size


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="nothing"),
        pytest.param(7, id="no text"),
        pytest.param(NOTE.replace("\n7\n", "\n8\n"), id="another size"),
        pytest.param(NOTE.replace("\n7\n", "\n07\n"), id="a size written oddly"),
        pytest.param(NOTE + "more", id="more after it"),
        pytest.param(NOTE.partition("\n\n")[0] + "\n\n", id="unsigned"),
        pytest.param(Signer(bytes(32), "example.com/ledger-1").sign(7, ROOT), id="another key"),
        pytest.param(Signer(SEED, "other").sign(7, ROOT), id="another ledger"),
        pytest.param(
            NOTE.partition("\u2014")[0] + "\u2014 example.com/ledger-1 !\n", id="no base64"
        ),
    ],
)
def test_what_is_not_a_checkpoint_of_ours_is_refused(note: object) -> None:
    """Anything else is a bad note, not a crash and not a checkpoint."""
    with pytest.raises(BadNote):
        read_note(note, SIGNER.verifier)


@given(at=st.integers(0, len(NOTE) - 1), put=st.characters())
def test_no_character_of_a_note_can_be_changed(at: int, put: str) -> None:
    """With any one character exchanged a note is refused."""
    bent = NOTE[:at] + put + NOTE[at + 1 :]
    if bent != NOTE:
        with pytest.raises(BadNote):
            read_note(bent, SIGNER.verifier)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "name",
        "name+00000000+AAAA",
        "name+zz+!",
        str(SIGNER.verifier).replace("ledger-1", "ledger-2"),
    ],
)
def test_a_damaged_verifier_key_is_refused(written: str) -> None:
    """A key that was cut or altered on its way says so."""
    with pytest.raises(BadNote):
        Verifier.parse(written)


def test_a_ledger_without_a_name_is_called_after_its_key() -> None:
    """Two ledgers never share a name by accident."""
    names = {Signer(bytes([seed]) * 32).verifier.name for seed in range(3)}

    assert 3 == len(names)
    assert all(name.startswith("stoplog/") for name in names)


@pytest.mark.parametrize("name", ["two words", "a+b", "line\nend"])
def test_a_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    """A name is checked when the ledger is opened, not when an outsider fails to read it."""
    with pytest.raises(LedgerUnusable):
        Signer(SEED, name)
