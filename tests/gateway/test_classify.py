"""`stoplog classify` and `stoplog eval`, on a tiny model made here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from models import make_model

from classifiers.heads import HEADS

LINES: tuple[bytes, ...] = (
    b'\xef\xbb\xbf{"id": "a", "text": "how do i reset my password"}',
    '{"id": 7, "text": "今天天气真不错", "role": "output"}'.encode(),
    b"",
    b'{"text": "no id", "role": "assistant", "extra": [1]}',
    b'{"id": "odd", "text": "\\ud83d \\u0000"}',
    b'{"id": "\\ud83d", "text": ""}',
    b'{"id": "long", "text": "' + b"kill the process " * 3000 + b'"}',
    b'{"id": "number", "text": 5}',
    b'{"id": "role", "text": "x", "role": "ghost"}',
    b"[1, 2]",
    b"{not json",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


def stoplog(*args: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("stoplog")), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_classify_writes_a_line_for_every_line(tmp_path: Path, folder: Path) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes(b"\r\n".join(LINES) + b"\n")
    done = stoplog("classify", "--jsonl", given, "--out", out, "--classifier", folder)
    results = [json.loads(line) for line in out.read_bytes().splitlines()]

    assert 1 == done.returncode, done.stderr
    assert ["a", 7, 4, "odd", "\ud83d", "long", "number", "role", 10, 11] == [
        result["id"] for result in results
    ]
    assert 4 == sum("error" in result for result in results)
    assert ["prompt", "output", "output"] == [result["role"] for result in results[:3]]
    for result in results[:6]:
        assert [head.value for head in HEADS] == list(result["scores"])
        assert all(0 <= score <= 1 for score in result["scores"].values())
        assert result["flagged"] is bool(result["heads"])
        assert result["flagged"] or not result["leaves"]


def test_classify_judges_by_the_role_that_is_asked_for(tmp_path: Path, folder: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": 1, "text": "list the files"}\n', encoding="utf-8")

    def scores(role: str) -> object:
        out = tmp_path / role
        args = ("--jsonl", given, "--out", out, "--classifier", folder, "--role", role)
        assert stoplog("classify", *args).returncode == 0
        return json.loads(out.read_text())["scores"]

    assert scores("prompt") != scores("output")


def test_classify_says_what_is_wrong_with_a_model(tmp_path: Path) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text("{}\n", encoding="utf-8")
    args = ("--jsonl", given, "--out", "-", "--classifier", tmp_path / "none")
    done = stoplog("classify", *args)

    assert 2 == done.returncode
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_eval_prints_and_writes_figures(tmp_path: Path, folder: Path) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"list the files {n}", "label": n % 2, "head": "hate" if n % 2 else ""}
        for n in range(60)
    ]
    rows.append({"text": "unsettled", "label": None})
    given = tmp_path / "set.jsonl"
    given.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    page, figures = tmp_path / "page.html", tmp_path / "figures.json"
    done = stoplog(
        *("eval", given, "--classifier", folder, "--classifier", "pack:cn-interim-measures"),
        *("--html", page, "--out", figures, "--draws", 20, "--disguises"),
    )
    found = json.loads(figures.read_text())

    assert 0 == done.returncode, done.stderr
    assert [str(folder), "pack:cn-interim-measures"] == [one["classifier"] for one in found]
    whole = found[0]["groups"][0]
    assert (True, 30) == (whole["harmful"] > 30, whole["harmless"])
    auroc = whole["figures"]["auroc"]
    assert 0 <= auroc["low"] <= auroc["value"] <= auroc["high"] <= 1
    assert {"all", "disguise"} <= {group["kind"] for group in found[0]["groups"]}
    assert "<table>" in page.read_text(encoding="utf-8")
    assert "auroc" in done.stdout


def test_eval_refuses_a_set_it_cannot_read(tmp_path: Path, folder: Path) -> None:
    given = tmp_path / "set.jsonl"
    given.write_text('{"text": "x", "label": "yes"}\n', encoding="utf-8")
    done = stoplog("eval", given, "--classifier", folder)

    assert 2 == done.returncode
    assert "set.jsonl:1" in done.stderr
