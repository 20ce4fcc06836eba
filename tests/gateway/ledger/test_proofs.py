"""What is proved to outsiders: by our own check and by the stand-alone verifier alike."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import orjson
import pytest

from gateway.ledger.config import LedgerConfig, LedgerUnusable
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import open_ledger
from gateway.ledger.notes import BadNote, Signer, Verifier
from gateway.ledger.opening import checkpoint_path, key_path, verifier_of
from gateway.ledger.proofs import (
    BadProof,
    NotCovered,
    check_growth,
    check_inclusion,
    prove,
    prove_growth,
)
from gateway.ledger.read import checkpoints_in
from gateway.ledger.records import Delivered, Final, Intent, Outcome
from gateway.ledger.tree import TreeHead, leaf_hash
from gateway.ledger.verify import Reason, verify

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_ledger.py"
EXCHANGES = 300
SEED = bytes(32)


@dataclass(frozen=True, slots=True)
class Kept:
    """A ledger of 900 records, and what an outsider holds of it."""

    path: Path
    checkpoints: Path
    verifier: Verifier
    notes: tuple[str, ...]
    """The last is over all records."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    verifier = asyncio.run(keep_some(path))
    checkpoints = checkpoint_path(path)
    lines = [line for line in checkpoints.read_bytes().splitlines() if line]
    return Kept(path, checkpoints, verifier, tuple(map(orjson.loads, lines)))


async def keep_some(path: Path) -> Verifier:
    for start in range(0, EXCHANGES, 100):
        async with open_ledger(LedgerConfig(path)) as ledger:
            for number in range(start, start + 100):
                name = f"x{number}"
                await ledger.intent(Intent(name, number, "/v1", "openai_chat", content=b"asked"))
                await ledger.delivered(Delivered(name, number, content=b"answered"))
                await ledger.final(Final(name, number, Outcome.COMPLETED))
    return ledger.verifier


def script(verifier: Verifier, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(verifier), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def tampered(kept: Kept, folder: Path, *statements: str) -> Path:
    path = folder / "tampered.db"
    shutil.copy(kept.path, path)
    with closing(apsw.Connection(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def test_a_whole_ledger_fits_its_checkpoints(kept: Kept) -> None:
    """Both verifiers agree that all is well, and on the root."""
    found = verify(kept.path, checkpoints_in(kept.checkpoints, kept.verifier))
    said = script(kept.verifier, "ledger", kept.path, kept.checkpoints)

    assert (True, 3 * EXCHANGES) == (found.ok, found.count)
    assert found.checkpoints == len(kept.notes) >= 3
    assert (
        f"OK: {found.count} records, {found.checkpoints} checkpoints, root {found.root.hex()}\n"
        == (said.stdout)
    )


def test_the_verifier_key_can_be_asked_of_the_file(kept: Kept) -> None:
    """Whoever holds the ledger's key learns the verifier key; nobody else does."""
    key = read_key(key_path(kept.path))

    assert kept.verifier == verifier_of(kept.path, key)
    with pytest.raises(LedgerUnusable, match="another key"):
        verifier_of(kept.path, bytes(32))


@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("DELETE FROM records WHERE seq > 890", 891, Reason.CUT),
        ("DELETE FROM records WHERE seq = 500", 500, Reason.MISSING),
        ("UPDATE records SET body = x'00' WHERE seq = 500", 500, Reason.CHAIN),
        ("UPDATE records SET sealed = x'00' WHERE seq = 499", 499, Reason.CONTENT),
        ("UPDATE records SET sealed = NULL WHERE seq = 499", 499, Reason.CONTENT),
        ("UPDATE records SET exchange = 'y' WHERE seq = 500", 500, Reason.COLUMNS),
    ],
)
def test_both_verifiers_find_the_same_record(
    kept: Kept, tmp_path: Path, statement: str, seq: int, reason: Reason
) -> None:
    """The one that shares no code with us names the record that ours names."""
    path = tampered(kept, tmp_path, statement)
    found = verify(path, checkpoints_in(kept.checkpoints, kept.verifier))
    said = script(kept.verifier, "ledger", path, kept.checkpoints)

    assert (seq, reason) == (found.first_bad, found.reason)
    assert said.stdout.startswith(f"WRONG: record {seq}")
    assert 1 == said.returncode


def test_a_rewritten_history_is_found_with_a_checkpoint(kept: Kept, tmp_path: Path) -> None:
    """Somebody who writes the whole ledger anew, hashes and all, cannot fit the old checkpoints."""
    path = tmp_path / "rewritten.db"
    asyncio.run(keep_some(path))

    assert verify(path).ok
    found = verify(path, checkpoints_in(kept.checkpoints, kept.verifier))
    assert Reason.REWRITTEN == found.reason
    assert "WRONG: the first" in script(kept.verifier, "ledger", path, kept.checkpoints).stdout


def test_every_record_of_an_exchange_is_proved(kept: Kept, tmp_path: Path) -> None:
    """A proof holds by itself, in both checks, and carries the record to the byte."""
    for exchange in ("x0", "x85", "x150", "x299"):
        proofs = prove(kept.path, exchange, kept.notes[-1], kept.verifier)
        for proof in proofs:
            checked = check_inclusion(proof.model_dump_json(), kept.verifier)

            assert exchange == orjson.loads(checked.body)["exchange"]
        assert 3 == len(proofs)
    file = tmp_path / "proof.json"
    file.write_text(proof.model_dump_json())
    assert script(kept.verifier, "inclusion", file).stdout.startswith("OK: record 900 of 900")


def bend_body(proof: dict[str, str | int | list[str]]) -> None:
    proof["body"] = str(proof["body"]).replace("completed", "blocked_prompt")


def bend_seq(proof: dict[str, str | int | list[str]]) -> None:
    proof["seq"] = 3


def bend_path(proof: dict[str, str | int | list[str]]) -> None:
    proof["path"] = list(proof["path"])[1:] if isinstance(proof["path"], list) else []


def bend_note(proof: dict[str, str | int | list[str]]) -> None:
    proof["checkpoint"] = Signer(SEED).sign(900, bytes(32))


def leave_out_body(proof: dict[str, str | int | list[str]]) -> None:
    del proof["body"]


@pytest.mark.parametrize("bend", [bend_body, bend_seq, bend_path, bend_note, leave_out_body])
def test_a_bent_proof_proves_nothing(
    kept: Kept, tmp_path: Path, bend: Callable[[dict[str, str | int | list[str]]], None]
) -> None:
    """Whatever is altered in a proof, both checks refuse it."""
    proof = orjson.loads(
        prove(kept.path, "x20", kept.notes[-1], kept.verifier)[2].model_dump_json()
    )
    bend(proof)
    file = tmp_path / "proof.json"
    file.write_bytes(orjson.dumps(proof))

    with pytest.raises(BadProof):
        check_inclusion(file.read_bytes(), kept.verifier)
    assert 1 == script(kept.verifier, "inclusion", file).returncode


def test_what_the_checkpoint_does_not_cover_is_not_proved(kept: Kept) -> None:
    """An exchange after the checkpoint, or none at all, is said to be missing."""
    early = next(note for note in kept.notes if int(note.split("\n")[1]) <= 300)
    for exchange in ("x299", "nobody"):
        with pytest.raises(NotCovered):
            prove(kept.path, exchange, early, kept.verifier)
    with pytest.raises(BadNote):
        prove(kept.path, "x0", "no note", kept.verifier)


def test_growth_is_proved_between_any_two_checkpoints(kept: Kept, tmp_path: Path) -> None:
    """Old and new checkpoint of one ledger fit together, also two of the same size."""
    file = tmp_path / "growth.json"
    for old in kept.notes:
        proof = prove_growth(kept.path, old, kept.notes[-1], kept.verifier)
        file.write_text(proof.model_dump_json())

        assert 900 == check_growth(proof.model_dump_json(), kept.verifier)[1].size
        assert script(kept.verifier, "growth", file).stdout.startswith("OK")


def test_growth_into_another_history_is_not_proved(kept: Kept, tmp_path: Path) -> None:
    """A checkpoint over other records, even under the same key, is not the beginning."""
    signer, heads, head = Signer(SEED), [TreeHead()], TreeHead()
    for number in range(9):
        head, _ = head.grown(leaf_hash(bytes([number])))
        heads.append(head)
    old = signer.sign(3, heads[4].root)
    proof = prove_growth(kept.path, kept.notes[0], kept.notes[-1], kept.verifier)
    bent = proof.model_copy(update={"old": old, "new": signer.sign(9, heads[9].root)})
    file = tmp_path / "growth.json"
    file.write_text(bent.model_dump_json())

    with pytest.raises(BadProof):
        check_growth(bent.model_dump_json(), signer.verifier)
    assert 1 == script(signer.verifier, "growth", file).returncode


def test_growth_does_not_run_backwards(kept: Kept) -> None:
    """The larger checkpoint given first is the caller's mistake."""
    with pytest.raises(NotCovered):
        prove_growth(kept.path, kept.notes[-1], kept.notes[0], kept.verifier)


def test_the_verifier_says_how_it_is_called(kept: Kept) -> None:
    """A wrong call is told apart from a wrong ledger."""
    assert 2 == script(kept.verifier, "nothing").returncode
