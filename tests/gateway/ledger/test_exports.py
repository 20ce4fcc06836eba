"""Exports hold what was asked for, nothing that is restricted, and nothing that runs."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from gateway.ledger.config import LedgerConfig, LedgerUnusable
from gateway.ledger.exports import Counts, Format, Scope, export, manifest, neutral
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.opening import key_path
from gateway.ledger.orders import Erase, Restrict, Role, User, Word
from gateway.ledger.records import Delivered, Final, Intent, Mark, Outcome
from gateway.ledger.retention import DAY_MS

WORD = Word(Role.AUDITOR, "me", "audit")
ANNA, BEN, CARL = (User("default", name * 64) for name in "abc")
ALL = Scope(0, 1 << 42, content=True)


async def talk(ledger: Ledger, name: str, user: User, time_ms: int) -> None:
    who = {"tenant": user.tenant, "user_key": user.key}
    said = f"={name} 说".encode()
    await ledger.intent(Intent(name, time_ms, "/v1", "openai_chat", content=said, **who))  # type: ignore[arg-type]
    await ledger.delivered(Delivered(name, time_ms + 1, (Mark(0, "content", 5),), b"answer"))
    await ledger.final(Final(name, time_ms + 2, Outcome.COMPLETED, 200))


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Anna, Ben, and Carl, of whom Ben is restricted and Carl erased."""
    config = LedgerConfig(tmp_path / "ledger.db")
    async with open_ledger(config) as ledger:
        await talk(ledger, "x1", ANNA, 1000)
        await talk(ledger, "x2", BEN, 2000)
        await talk(ledger, "x3", CARL, 3000)
        await ledger.carry_out(Restrict(WORD, BEN))
        ledger._steward._now_ms = lambda: 1000 * DAY_MS
        await ledger.carry_out(Erase(WORD, CARL))
        await talk(ledger, "x4", ANNA, 4000)
    return config.path


Lines = list[dict[str, object]]


def exported(path: Path, scope: Scope, form: Format = Format.JSONL) -> tuple[Lines, Counts]:
    out = path.with_name(f"out.{form}")
    counts = export(path, read_key(key_path(path)), scope, Role.AUDITOR, out, form)
    return _READ[form](out), counts


def _csv(path: Path) -> Lines:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


_READ: dict[Format, Callable[[Path], Lines]] = {
    Format.JSONL: lambda path: [json.loads(line) for line in path.read_text().splitlines()],
    Format.CSV: _csv,
    Format.PARQUET: lambda path: pq.read_table(path).to_pylist(),
}


@pytest.mark.parametrize("form", Format)
def test_every_form_holds_the_same(path: Path, form: Format) -> None:
    """Records of whole exchanges in order, with content, without what is restricted."""
    lines, counts = exported(path, ALL, form)

    assert [1, 2, 3, 7, 8, 9] == [int(str(line["seq"])) for line in lines][:6]
    assert ["intent", "delivered", "final"] == [line["kind"] for line in lines][:3]
    assert "x2" not in {line["exchange"] for line in lines}
    quote = "'" if form is Format.CSV else ""
    assert f"{quote}=x1 说" == lines[0]["content"]
    assert (9, 3, 1, 2) == (
        counts.records,
        counts.exchanges,
        counts.restricted,
        counts.without_content,
    )


def test_a_record_leaves_to_the_byte(path: Path) -> None:
    """So that its hash can be taken again and a proof checked against it."""
    lines, _ = exported(path, ALL)

    assert json.loads(str(lines[0]["record"]))["user_key"] == ANNA.key
    assert str(lines[0]["record"]).startswith('{"v":1,"seq":1,')


@pytest.mark.parametrize(
    ("scope", "exchanges"),
    [
        (Scope(1000, 4000), {"x1", "x3"}),
        (Scope(1001, 4001), {"x3", "x4"}),
        (Scope(0, 1 << 42, user=ANNA), {"x1", "x4"}),
        (Scope(0, 1 << 42, tenant="other"), set()),
        (Scope(0, 1 << 42, user=User("other", ANNA.key)), set()),
        (Scope(0, 1 << 42, tenant="default", user=CARL), {"x3"}),
    ],
)
def test_the_scope_is_kept_to(path: Path, scope: Scope, exchanges: set[str]) -> None:
    """By the time at which an exchange began, by tenant and by user; no content unasked."""
    lines, _ = exported(path, scope)

    assert exchanges == {line["exchange"] for line in lines}
    assert all(line["content"] is None for line in lines)


def test_the_manifest_says_what_is_in_the_file(path: Path) -> None:
    """With the hash of its bytes, and the record under which it was made."""
    _, counts = exported(path, ALL)
    out = path.with_name("out.jsonl")
    said = json.loads(manifest(out, Format.JSONL, ALL, counts, 17, "note"))

    assert hashlib.sha256(out.read_bytes()).hexdigest() == said["sha256"]
    assert (9, 1, 17, "note") == (
        said["records"],
        said["left_out_restricted"],
        said["read_record"],
        said["checkpoint"],
    )


def test_no_file_is_overwritten_and_none_left_half(path: Path) -> None:
    """A file that is there is somebody's; one that failed is nobody's."""
    out = path.with_name("out.jsonl")
    out.write_text("mine")
    with pytest.raises(LedgerUnusable, match="there already"):
        exported(path, ALL)

    assert "mine" == out.read_text()
    assert [] == list(path.parent.glob("*.part"))


def test_an_export_is_its_owners(path: Path) -> None:
    """It holds what people said, in clear."""
    exported(path, ALL)

    assert 0 == path.with_name("out.jsonl").stat().st_mode & 0o077


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "|x"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    """Spreadsheets run what begins so."""
    assert f"'{text}" == neutral(text)


@pytest.mark.parametrize("text", ["", "a=1", "{}", "你好", "1-1"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    """Most cells run nowhere."""
    assert text == neutral(text)
