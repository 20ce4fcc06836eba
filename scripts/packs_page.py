"""Writes docs/packs.md: what every command says of every bundled pack.

python scripts/packs_page.py
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from typer.testing import CliRunner

from gateway.commands.packs import app
from policies.cases import load_cases
from policies.folder import bundled, pack_folder
from policies.load import load_pack
from policies.types import Action, Direction

PAGE = Path(__file__).parents[1] / "docs" / "packs.md"
HEAD = """# What the commands say of every bundled pack

Made by `scripts/packs_page.py`; a test holds it to what the commands print.
`next/PACK` is the pack with another version and one milder leaf: it flags outputs that it stopped,
or where the pack stops none, lets pass what it flagged.
`cases.jsonl` is the texts of the pack's own cases, as outputs.
How to read it all: [policies.md](policies.md).
"""
COMMANDS = (
    "lint {pack}",
    "test {pack}",
    "show {pack}",
    "diff {pack} next/{pack}",
    "diff {pack} next/{pack} --words",
    "replay {pack} --against next/{pack} --jsonl cases.jsonl",
)


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n## {name}\n\n{_block(name)}" for name in bundled())


def _block(name: str) -> str:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        _prepare(name)
        printed = "".join(_printed(command.format(pack=name)) for command in COMMANDS)
    return f"```console\n{printed}```\n"


def _prepare(name: str) -> None:
    """Another version of the pack, and its cases as traffic, in the working folder."""
    new = Path("next") / name
    shutil.copytree(pack_folder(name), new)
    pack = load_pack(name).pack
    text = (new / "pack.yaml").read_text(encoding="utf-8")
    before, after = Action.BLOCK, Action.FLAG
    changed = [one for one in pack.leaves.values() if one.actions[Direction.OUTPUT] is before]
    if not changed:
        before, after = Action.FLAG, Action.ALLOW
        changed = list(pack.leaves.values())
    at = text.index(f"- id: {changed[0].id}\n")
    rest = text[at:].replace(f"    output: {before.label}\n", f"    output: {after.label}\n", 1)
    (new / "pack.yaml").write_text(text[:at].replace(pack.version, "2026.12.0") + rest, "utf-8")
    rows = ({"id": case.id, "text": case.text, "direction": "output"} for case in load_cases(name))
    Path("cases.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def _printed(command: str) -> str:
    result = CliRunner().invoke(app, shlex.split(command), env={**os.environ, "COLUMNS": "100"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    lines = [line.rstrip() for line in result.output.splitlines()]
    return "\n".join([f"$ stoplog packs {command}", *lines, f"# exit {result.exit_code}", ""])


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
