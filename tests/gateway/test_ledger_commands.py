"""`stoplog ledger` on a real ledger: what it shows, what stays sealed, what it finds."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest
from live import live
from typer.testing import CliRunner

from gateway.commands.ledger import app
from gateway.ledger.config import LedgerConfig
from gateway.ledger.ledger import open_ledger
from gateway.ledger.notes import Signer
from gateway.ledger.publishing import FileSink
from gateway.ledger.read import tail
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


WHY = ("--role", "auditor", "--by", "me", "--reason", "case 17")


@pytest.fixture
async def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    async with open_ledger(LedgerConfig(path)) as book:
        await book.intent(
            Intent(
                *("E1", 1000, "/v1/chat/completions", "openai-chat"),
                tenant="default",
                user_key="u1",
                content=b"a \x1b[31mprompt",
            )
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
    code, out, _ = run("show", "E1", "--ledger", str(ledger), *WHY)

    assert code == 0
    assert "a \\u001b[31mprompt" in out
    assert "好的" in out
    assert "\x1b" not in out


def test_show_with_another_key_says_so(ledger: Path, tmp_path: Path) -> None:
    """The record is still listed."""
    key = tmp_path / "other"
    key.write_text("00" * 32)
    code, out, err = run("show", "E1", "--ledger", str(ledger), "--key", str(key), *WHY)

    assert code == 2
    assert "made with another key" in err
    assert "prompt" not in out


def test_show_without_a_reason_keeps_content_sealed(ledger: Path) -> None:
    """And is no reading, so it leaves no record."""
    code, out, _ = run("show", "E1", "--ledger", str(ledger))

    assert code == 0
    assert "give a reason to read it" in out
    assert "prompt" not in out
    assert verify(ledger).count == 3


def test_showing_content_is_a_record(ledger: Path) -> None:
    """Who, why, what; on the same chain as everything else."""
    run("show", "E1", "--ledger", str(ledger), *WHY)
    last = tail(ledger, 1)[0]

    assert ("read", "E1") == (last.kind, last.exchange)
    assert {"role": "auditor", "by": "me", "reason": "case 17"}.items() <= json.loads(
        last.body
    ).items()
    assert verify(ledger).ok


def test_a_users_content_is_listed_exported_and_erased(ledger: Path, tmp_path: Path) -> None:
    """Access, copy and deletion by user key; each goes on record."""
    whose = ("--user", "u1", "--ledger", str(ledger))
    code, listed, _ = run("access", *whose, *WHY, "--json")
    out = tmp_path / "copy.jsonl"
    times = ("--since", "1970-01-01", "--until", "2100-01-01", "--content")
    copied, told, _ = run("export", str(out), *times, *whose, *WHY, "--json")
    erased, said, _ = run("erase", *whose, *WHY)
    _, after, _ = run("access", *whose, *WHY, "--json")

    assert (0, 0, 0) == (code, copied, erased)
    assert ("E1", "kept") == tuple(json.loads(listed)[name] for name in ("exchange", "content"))
    assert "好的" in out.read_text()
    assert json.loads(told)["records"] == 3
    assert "destroyed: 1 data keys" in said
    assert "erased" == json.loads(after)["content"]
    kinds = [row.kind for row in tail(ledger, 4)]
    assert ["read", "read", "shred", "read"] == kinds
    assert verify(ledger).ok


def test_a_correction_is_added(ledger: Path, tmp_path: Path) -> None:
    """From a file, in the user's own words."""
    text = tmp_path / "words"
    text.write_text("我没有这样说")
    code, said, _ = run("correct", "E1", "--text", str(text), "--ledger", str(ledger), *WHY)
    _, shown, _ = run("show", "E1", "--ledger", str(ledger), *WHY)

    assert (0, "on record: 4\n") == (code, said)
    assert "我没有这样说" in shown


def test_a_hold_stands_until_it_is_released(ledger: Path) -> None:
    """Twice is once too often, in either direction."""
    hold = ("hold", "--user", "u1", "--ledger", str(ledger), *WHY)

    assert [0, 2, 0, 2] == [
        run(*hold, *more)[0] for more in ((), (), ("--release",), ("--release",))
    ]


def test_orders_need_a_ledger_and_its_key(ledger: Path, tmp_path: Path) -> None:
    """Neither is made where it is missing."""
    ledger.with_name("ledger.db.key").unlink()
    absent = tmp_path / "absent.db"

    assert 2 == run("erase", "--user", "u1", "--ledger", str(ledger), *WHY)[0]
    assert 2 == run("erase", "--user", "u1", "--ledger", str(absent), *WHY)[0]
    assert not absent.exists()
    assert not ledger.with_name("ledger.db.key").exists()


def test_one_record_can_be_proved(ledger: Path, tmp_path: Path) -> None:
    """Such as the one that says that something was destroyed."""
    _, kept, _, by = checkpoint(tmp_path, 3, verify(ledger).root)
    code, out, _ = run("prove", "2", kept, "--by", by, "--ledger", str(ledger))
    proof = tmp_path / "proof.jsonl"
    proof.write_text(out)

    assert code == 0
    checked = run("check-proof", str(proof), "--by", by, "--json")[1]
    assert 2 == json.loads(checked)["record"]


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
    code, out, _ = run("consistency", kept, kept, "--by", by, "--ledger", str(ledger))
    proof = tmp_path / "growth.json"
    proof.write_text(out)

    assert code == 0
    assert "grew to 3" in run("check-proof", str(proof), "--by", by)[1]


def test_what_the_checkpoint_does_not_cover_cannot_be_proved(ledger: Path, tmp_path: Path) -> None:
    """Said in a line."""
    _, kept, _, by = checkpoint(tmp_path, 3, verify(ledger).root)
    code, _, err = run("prove", "E2", kept, "--by", by, "--ledger", str(ledger))

    assert code == 2
    assert "covers no such record" in err


def test_a_file_that_is_no_ledger_is_wrong_usage(tmp_path: Path) -> None:
    """With the file's name."""
    code, _, err = run("verify", "--ledger", str(tmp_path / "absent.db"))

    assert code == 2
    assert "absent.db does not exist" in err


async def test_a_gateway_that_runs_carries_out_what_a_command_asks(tmp_path: Path) -> None:
    """It holds the ledger, so the order goes to it, and its record onto its chain."""
    async with live(tmp_path) as gateway:
        await gateway.ask("hello", user="somebody")
        exchange = (await gateway.final())["exchange"]
        shown = await asyncio.to_thread(
            run, "show", exchange, "--ledger", str(gateway.ledger), *WHY
        )
        kinds = [body["kind"] for body in gateway.records()]

    assert shown[0] == 0
    assert "hello" in shown[1]
    assert "read" == kinds[-1]
    assert verify(tmp_path / "ledger.db").ok
