"""`stoplog ledger` on a real ledger: what it shows, what stays sealed, what it finds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.commands.ledger import app
from gateway.ledger.config import LedgerConfig
from gateway.ledger.ledger import open_ledger
from gateway.ledger.notes import Signer
from gateway.ledger.publishing import FileSink
from gateway.ledger.records import (
    Delivered,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    VerdictRecord,
)
from gateway.ledger.verify import verify

HIT = HitRecord("A.1.h", "IM Art. 4(1)", "lexicon", "A.1.h#1", 1.0, 0.5, "redact")


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    async with open_ledger(LedgerConfig(path)) as book:
        await book.intent(
            Intent("E1", 1000, "/v1/chat/completions", "openai-chat", content=b"a \x1b[31mprompt")
        )
        await book.delivered(Delivered("E1", 2000, (Mark(0, "content", 7),), "好的".encode()))
        verdict = VerdictRecord("redact", (HIT,), scanned=7, total=7)
        await book.final(Final("E1", 3000, Outcome.COMPLETED, 200, output=verdict))
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_tail_tells_each_record_in_a_line_and_keeps_content_sealed(ledger: Path) -> None:
    """Who looks after the service may read it without reading anybody's prompts."""
    code, out, _ = run("tail", "--ledger", str(ledger))
    lines = out.splitlines()

    assert code == 0
    assert lines[0].split() == ["seq", "time", "kind", "exchange", "what"]
    assert lines[-1].endswith("final      E1        completed 200 redact:A.1.h")
    assert "prompt" not in out


def test_tail_prints_json_lines(ledger: Path) -> None:
    """One object a record."""
    _, out, _ = run("tail", "--ledger", str(ledger), "-n", "2", "--json")

    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["delivered", "final"]


def test_show_unseals_one_exchange_and_steers_no_terminal(ledger: Path) -> None:
    """Control characters of a prompt are written out."""
    code, out, _ = run("show", "E1", "--ledger", str(ledger))

    assert code == 0
    assert "a \\u001b[31mprompt" in out
    assert "好的" in out
    assert "\x1b" not in out


def test_show_with_another_key_says_so(ledger: Path, tmp_path: Path) -> None:
    """The record is still listed."""
    key = tmp_path / "other"
    key.write_text("00" * 32)
    code, out, _ = run("show", "E1", "--ledger", str(ledger), "--key", str(key))

    assert code == 0
    assert "(it does not unseal with this key)" in out
    assert "prompt" not in out


def test_show_of_an_unknown_exchange_is_wrong_usage(ledger: Path) -> None:
    """Rather than an empty page."""
    assert run("show", "E2", "--ledger", str(ledger))[0] == 2


def test_verify_passes_a_whole_ledger(ledger: Path) -> None:
    """And counts it."""
    code, out, _ = run("verify", "--ledger", str(ledger))

    assert code == 0
    assert "3 records are whole" in out


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_verify_finds_a_changed_record(ledger: Path, as_json: tuple[str, ...]) -> None:
    """Exit code 1, and the first record that does not fit."""
    with sqlite3.connect(ledger) as connection:
        changed = "CAST(replace(CAST(body AS TEXT), '200', '500') AS BLOB)"
        connection.execute(f"UPDATE records SET body = {changed} WHERE seq = 3")
    code, out, _ = run("verify", "--ledger", str(ledger), *as_json)

    assert code == 1
    assert '"first_bad":3' in out or "record 3 is bad" in out


def checkpoint(tmp_path: Path, size: int, root: bytes) -> tuple[str, ...]:
    signer = Signer(b"k" * 32)
    kept = tmp_path / "checkpoints"
    FileSink(kept).publish(signer.sign(size, root))
    return "--checkpoints", str(kept), "--by", str(signer.verifier)


def test_verify_compares_with_checkpoints_that_were_kept_elsewhere(
    ledger: Path, tmp_path: Path
) -> None:
    """Only they show that records were cut off the end."""
    root = verify(ledger).root
    fitting = checkpoint(tmp_path, 3, root)

    assert run("verify", "--ledger", str(ledger), *fitting)[0] == 0
    cut = checkpoint(tmp_path, 4, root)
    assert run("verify", "--ledger", str(ledger), *cut)[0] == 1


def test_checkpoints_need_to_be_signed_by_the_named_key(ledger: Path, tmp_path: Path) -> None:
    """Anybody can write a file."""
    option, kept, by, _ = checkpoint(tmp_path, 3, bytes(32))
    other = str(Signer(b"x" * 32).verifier)

    assert run("verify", "--ledger", str(ledger), option, kept, by, other)[0] == 2
    assert run("verify", "--ledger", str(ledger), option, kept)[0] == 2


def test_a_proof_holds_without_the_ledger(ledger: Path, tmp_path: Path) -> None:
    """Who was blocked can show it, and who has only the key can check it."""
    _, kept, _, by = checkpoint(tmp_path, 3, verify(ledger).root)
    code, out, _ = run("prove", "E1", kept, "--by", by, "--ledger", str(ledger))
    proof = tmp_path / "proof.jsonl"
    proof.write_text(out)
    ledger.unlink()

    assert code == 0
    assert run("check-proof", str(proof), "--by", by)[:2] == (
        0,
        "".join(f"holds: record {seq} is in the ledger\n" for seq in (1, 2, 3)),
    )


def test_a_proof_of_other_bytes_does_not_hold(ledger: Path, tmp_path: Path) -> None:
    """Exit code 1, so that a script notices."""
    _, kept, _, by = checkpoint(tmp_path, 3, verify(ledger).root)
    _, out, _ = run("prove", "E1", kept, "--by", by, "--ledger", str(ledger))
    proof = tmp_path / "proof.jsonl"
    proof.write_text(out.replace("chat/completions", "chat/completion5"))

    assert run("check-proof", str(proof), "--by", by)[0] == 1


def test_growth_can_be_proved(ledger: Path, tmp_path: Path) -> None:
    """That nothing under an old checkpoint was changed."""
    root = verify(ledger).root
    _, kept, _, by = checkpoint(tmp_path, 3, root)
    code, out, _ = run("prove-growth", kept, kept, "--by", by, "--ledger", str(ledger))
    proof = tmp_path / "growth.json"
    proof.write_text(out)

    assert code == 0
    assert "grew to 3" in run("check-proof", str(proof), "--by", by)[1]


def test_what_the_checkpoint_does_not_cover_cannot_be_proved(ledger: Path, tmp_path: Path) -> None:
    """Said in a line."""
    _, kept, _, by = checkpoint(tmp_path, 3, verify(ledger).root)
    code, _, err = run("prove", "E2", kept, "--by", by, "--ledger", str(ledger))

    assert code == 2
    assert "covers no record" in err


def test_a_file_that_is_no_ledger_is_wrong_usage(tmp_path: Path) -> None:
    """With the file's name."""
    code, _, err = run("verify", "--ledger", str(tmp_path / "absent.db"))

    assert code == 2
    assert "absent.db does not exist" in err
