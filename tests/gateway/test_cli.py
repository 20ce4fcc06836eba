"""The command line as a process: what it prints, how it ends, and how soon help is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from ruamel.yaml import YAML
from typer.main import get_command

from gateway.cli import COMMANDS, Command
from gateway.commands.init import template
from gateway.settings import load_settings

STOPLOG = Path(sys.executable).with_name("stoplog")
DEVELOPMENT = {"STOPLOG_MODE": "development", "STOPLOG_UPSTREAM__URL": "http://127.0.0.1:8000"}


def stoplog(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if "STOPLOG" not in name}
    return subprocess.run(
        [STOPLOG, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, "COLUMNS": "100", **environ},
        timeout=60,
    )


def test_help_is_there_at_once_and_lists_every_command(tmp_path: Path) -> None:
    """Half a second is what a person calls at once; the quickest of three counts."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        done = stoplog("--help", cwd=tmp_path)
        took.append(time.perf_counter() - began)

    assert done.returncode == 0
    assert all(f"  {command.name} " in done.stdout for command in COMMANDS)
    assert "Exit codes" in done.stdout
    assert min(took) < 0.5


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_loads(command: Command) -> None:
    """The list knows commands by name only; a name that loads nothing fails here."""
    assert get_command(import_module(command.module).app).get_short_help_str()


def test_a_misspelt_command_is_wrong_usage(tmp_path: Path) -> None:
    """With the nearest name."""
    done = stoplog("serv", cwd=tmp_path)

    assert done.returncode == 2
    assert "Did you mean 'serve'?" in done.stderr


def test_the_version_is_printed(tmp_path: Path) -> None:
    """For bug reports."""
    assert stoplog("--version", cwd=tmp_path).stdout.startswith("stoplog 0.")


def test_config_show_names_value_and_origin(tmp_path: Path) -> None:
    """As JSON lines, one per setting, secrets masked."""
    (tmp_path / "stoplog.yaml").write_text("log: {level: debug}\nupstream: {api_key: env:KEY}\n")
    done = stoplog("config", "show", "--json", cwd=tmp_path, KEY="s3cret", **DEVELOPMENT)
    rows = {row["setting"]: row for row in map(json.loads, done.stdout.splitlines())}

    assert rows["log.level"]["value"] == "debug"
    assert rows["log.level"]["origin"] == "stoplog.yaml:1:7"
    assert rows["upstream.url"]["origin"] == "STOPLOG_UPSTREAM__URL"
    assert rows["server.port"]["origin"] == "default"
    assert "s3cret" not in done.stdout
    assert rows["upstream.api_key"]["value"] == "**********"


def test_wrong_settings_end_with_2_and_a_line_per_problem(tmp_path: Path) -> None:
    """On standard error, so that a pipe is not fed with them."""
    (tmp_path / "mine.yaml").write_text("polices: {}\nserver: {prot: 1}\n")
    done = stoplog("config", "show", "-c", "mine.yaml", cwd=tmp_path, **DEVELOPMENT)

    assert (done.returncode, done.stdout) == (2, "")
    assert "error: mine.yaml:1:1: unknown key 'polices'; did you mean 'policy'?" in done.stderr
    assert "error: mine.yaml:2:10: unknown key 'prot'; did you mean 'port'?" in done.stderr


def test_init_writes_a_file_that_means_the_defaults(tmp_path: Path) -> None:
    """What is commented out is what holds anyway."""
    done = stoplog("init", cwd=tmp_path)
    file = tmp_path / "stoplog.yaml"

    assert done.returncode == 0
    assert load_settings(file, DEVELOPMENT) == load_settings(None, DEVELOPMENT)


def test_every_line_of_the_template_can_be_taken_into_use(tmp_path: Path) -> None:
    """Each commented-out default is valid where it stands."""
    lines = template().splitlines()
    file = tmp_path / "all.yaml"
    file.write_text("\n".join(uncommented(line) for line in lines))

    assert len(YAML(typ="safe", pure=True).load(file)) > 5
    assert load_settings(file, {}, {"mode": "development"}) == load_settings(None, DEVELOPMENT)


def uncommented(line: str) -> str:
    setting = line.replace("# ", "", 1)
    is_setting = line.lstrip().startswith("# ") and setting.lstrip().split(":")[0].isidentifier()
    return setting if is_setting and "`" not in setting.split(":")[0] else line


def test_init_never_overwrites(tmp_path: Path) -> None:
    """Somebody's settings may be in it."""
    (tmp_path / "stoplog.yaml").write_text("mine")
    done = stoplog("init", cwd=tmp_path)

    assert done.returncode == 2
    assert (tmp_path / "stoplog.yaml").read_text() == "mine"


def test_the_schema_knows_every_section(tmp_path: Path) -> None:
    """Editors complete from it."""
    schema = json.loads(stoplog("config", "schema", cwd=tmp_path).stdout)

    assert {"server", "upstream", "policy", "ledger"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is False


def test_check_names_the_pack_that_would_judge(tmp_path: Path) -> None:
    """With its version and digest, as records have them."""
    done = stoplog("check", cwd=tmp_path, **DEVELOPMENT)

    assert done.returncode == 0
    assert "Pack cn-interim-measures" in done.stdout
    assert "sha256:" in done.stdout


def test_check_finds_what_is_wrong_with_a_list(tmp_path: Path) -> None:
    """A list for a leaf that is not there would silently stop nothing."""
    (tmp_path / "words.txt").write_text("forbiddenword\n")
    (tmp_path / "stoplog.yaml").write_text("policy: {lists: {A.9.z: [words.txt]}}\n")
    done = stoplog("check", cwd=tmp_path, **DEVELOPMENT)

    assert done.returncode == 2
    assert "has no leaf `A.9.z`" in done.stderr


@pytest.mark.parametrize(
    ("text", "action", "code"),
    [
        ("How do I renew a library card?", "allow", 0),
        ("代开发票", "block", 1),
        ("大麻烦", "allow", 0),
    ],
)
def test_scan_says_what_the_pack_makes_of_a_text(
    tmp_path: Path, text: str, action: str, code: int
) -> None:
    """Action first; the exit code tells scripts."""
    done = stoplog("scan", text, cwd=tmp_path)

    assert done.stdout.splitlines()[0] == action
    assert done.returncode == code


def test_scan_never_prints_the_words(tmp_path: Path) -> None:
    """Leaf, rule and place are enough to find them again."""
    done = stoplog("scan", "please: 代开发票", "--direction", "output", "--json", cwd=tmp_path)
    (hit,) = [json.loads(line) for line in done.stdout.splitlines()]

    assert (hit["leaf"], hit["start"], hit["end"]) == ("A.1.h", 8, 12)
    assert "代开发票" not in done.stdout


def test_scan_explains_with_the_characters_when_asked(tmp_path: Path) -> None:
    """Original, view, rule and span; only where `--explain` says so."""
    done = stoplog("scan", "please: 代*开*发票", "--explain", "--json", cwd=tmp_path)
    (hit,) = map(json.loads, done.stdout.splitlines())

    assert ("代*开*发票", "plain", 8, 14) == (
        hit["original"],
        hit["view"],
        hit["start"],
        hit["end"],
    )


@pytest.mark.parametrize("stream", [[], ["--stream", "2"]])
def test_scan_answers_a_file_of_cases(tmp_path: Path, stream: list[str]) -> None:
    """A line for each case; a line that is none is named, and the exit code tells."""
    (tmp_path / "terms.txt").write_bytes("\ufeffforbiddenword\r\n违禁词示例\r\n".encode())
    (tmp_path / "cases.jsonl").write_text(
        '{"id": "a", "text": "违x禁x词x示x例"}\nnone\n{"id": 2, "text": ""}\n'
    )
    arguments = ["--terms", "terms.txt", "--jsonl", "cases.jsonl", "--out", "results.jsonl"]
    done = stoplog("scan", *arguments, *stream, cwd=tmp_path)

    assert done.returncode == 2
    assert "line 2: not JSON" in done.stderr
    results = [*map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())]
    hit = {"term": "违禁词示例", "start": 0, "end": 9, "view": "filled"}
    assert [
        {"id": "a", "matched": True, "hits": [hit]},
        {"id": 2, "matched": False, "hits": []},
    ] == results


def test_scan_uses_the_lists_of_the_settings(tmp_path: Path) -> None:
    """As the gateway would."""
    (tmp_path / "words.txt").write_text("forbiddenword\n")
    (tmp_path / "stoplog.yaml").write_text("policy: {lists: {A.1.h: [words.txt]}}\n")

    assert stoplog("scan", "forbiddenword", cwd=tmp_path, **DEVELOPMENT).returncode == 1
    assert stoplog("scan", "forbidden word", cwd=tmp_path, **DEVELOPMENT).stdout


def test_packs_lists_what_is_bundled(tmp_path: Path) -> None:
    """As JSON lines for programs."""
    done = stoplog("packs", "ls", "--json", cwd=tmp_path)

    assert "cn-interim-measures" in {json.loads(line)["name"] for line in done.stdout.splitlines()}


def test_packs_show_lists_every_leaf(tmp_path: Path) -> None:
    """The 31 of the standard."""
    done = stoplog("packs", "show", "--json", cwd=tmp_path)

    assert len(done.stdout.splitlines()) == 31


def test_packs_lint_says_that_a_starter_list_is_short(tmp_path: Path) -> None:
    """A bundled list that claimed to meet the floors would deceive."""
    done = stoplog("packs", "lint", cwd=tmp_path)

    assert done.returncode == 1
    assert "keywords, and 100 are asked for" in done.stdout


def test_packs_diff_of_a_pack_with_itself_is_empty(tmp_path: Path) -> None:
    """Nothing changes, nothing is printed."""
    done = stoplog("packs", "diff", "cn-interim-measures", "cn-interim-measures", cwd=tmp_path)

    assert (done.stdout, done.returncode) == ("", 0)


def test_packs_test_runs_the_cases_of_a_pack(tmp_path: Path) -> None:
    """And says how many came out as expected."""
    done = stoplog("packs", "test", cwd=tmp_path)

    counts = re.search(r"(\d+) of (\d+) cases as expected", done.stdout)

    assert counts is not None
    assert done.returncode == (counts[1] != counts[2])


PACKS = Path(__file__).parents[1] / "policies"


def candidate(tmp_path: Path) -> list[str]:
    """Arguments that replay traffic by the sample pack and by a copy with one term more."""
    shutil.copytree(PACKS / "sample", tmp_path / "sample")
    shutil.copytree(PACKS / "sample", tmp_path / "next")
    (tmp_path / "next/lexicon/S.1.txt").write_text("forbiddenword\nplaceholderterm\n")
    return ["packs", "replay", "sample", "--against", "next", "--jsonl", "traffic.jsonl"]


def test_packs_replay_counts_what_is_newly_stopped_without_its_words(tmp_path: Path) -> None:
    """Words are printed only for who asks."""
    arguments = candidate(tmp_path)
    (tmp_path / "traffic.jsonl").write_text(
        '{"id": 7, "text": "a placeholderterm", "role": "assistant"}\n'
        '{"id": "b", "text": "a place holder"}\n'
    )
    done = stoplog(*arguments, "--json", cwd=tmp_path)
    shown = stoplog(*arguments, "--samples", cwd=tmp_path)

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["change"], r["direction"], r["leaf"], r["texts"], r["rate"]) for r in rows] == [
        ("newly stopped", "output", "", 1, 1.0),
        ("newly stopped", "output", "S.1", 1, 1.0),
    ]
    assert rows[1]["ids"] == "7"
    assert "placeholderterm" not in done.stdout
    assert "placeholderterm" in shown.stdout
    assert (done.returncode, shown.returncode) == (1, 1)


def test_packs_replay_of_benign_traffic_finds_nothing(tmp_path: Path) -> None:
    """And says over how many texts."""
    arguments = candidate(tmp_path)
    (tmp_path / "traffic.jsonl").write_text('\n{"id": "b", "text": "a place holder"}\n')
    done = stoplog(*arguments, cwd=tmp_path)

    assert done.stdout.startswith("1 texts compared: 0 newly stopped, 0 newly passed")
    assert done.returncode == 0


def test_packs_replay_names_the_lines_that_it_cannot_read(tmp_path: Path) -> None:
    """The figures do not cover them, so the command fails; it quotes none."""
    arguments = candidate(tmp_path)
    (tmp_path / "traffic.jsonl").write_text(
        '{"id": 1, "text": ["secretly"]}\nsecretly\n{"id": 2, "text": "x", "role": "secretly"}\n'
    )
    done = stoplog(*arguments, cwd=tmp_path)

    places = [line.split("`")[:2] for line in done.stderr.splitlines()]
    assert places == [
        ["error: traffic.jsonl:1: ", "text"],
        ["error: traffic.jsonl:2: ", "the line"],
        ["error: traffic.jsonl:3: ", "role"],
    ]
    assert done.returncode == 2
    assert "secretly" not in done.stdout + done.stderr


def keys(tmp_path: Path, *names: str) -> None:
    for name in names:
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.key").write_bytes(pem)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub").write_bytes(public)


def test_a_pack_can_ask_for_two_people(tmp_path: Path) -> None:
    """One is too few, two will do, and after any change they are none."""
    pack = Path(shutil.copytree(PACKS / "sample", tmp_path / "sample"))
    keys(tmp_path, "alice", "bob")
    file = ["--signatures", "sample.sig"]
    sign = ["packs", "sign", "sample", *file, "--key"]
    trusted = ["--key", "alice.pub", "--key", "bob.pub", "--least", "2"]
    verify = ["packs", "verify", "sample", *file, *trusted]

    assert stoplog(*sign, "alice.key", cwd=tmp_path).returncode == 0
    assert stoplog(*verify, cwd=tmp_path).returncode == 1
    assert stoplog(*sign, "bob.key", cwd=tmp_path).returncode == 0
    done = stoplog(*verify, cwd=tmp_path)
    assert (done.returncode, done.stdout.count("valid")) == (0, 3)
    (pack / "lexicon/S.1.txt").write_text("otherforbiddenword\n")
    changed = stoplog(*verify, cwd=tmp_path)
    assert (changed.returncode, changed.stdout.count("absent")) == (1, 2)


def test_what_cannot_sign_or_verify_is_wrong_usage(tmp_path: Path) -> None:
    """A key of the wrong kind, no file of signatures, one key given twice for two."""
    shutil.copytree(PACKS / "sample", tmp_path / "sample")
    keys(tmp_path, "alice")
    arguments = ["sample", "--signatures", "sample.sig", "--key"]

    assert stoplog("packs", "sign", *arguments, "alice.pub", cwd=tmp_path).returncode == 2
    assert stoplog("packs", "verify", *arguments, "alice.pub", cwd=tmp_path).returncode == 2
    assert stoplog("packs", "sign", *arguments, "alice.key", cwd=tmp_path).returncode == 0
    twice = [*arguments, "alice.pub", "--key", "alice.pub", "--least", "2"]
    done = stoplog("packs", "verify", *twice, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "1 keys are given" in done.stderr


def test_an_unknown_pack_is_wrong_usage(tmp_path: Path) -> None:
    """For every command that takes one."""
    for arguments in (["scan", "x", "--pack", "absent"], ["packs", "show", "absent"]):
        done = stoplog(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "absent" in done.stderr
