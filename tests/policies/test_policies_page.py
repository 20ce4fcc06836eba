"""`docs/policies.md` is run: its pack is a pack, its transcripts are what the commands print."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from policies.folder import bundled
from policies.remarks import Severity

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
FILE = re.compile(
    r"^`(house/[^`]+|traffic.jsonl)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
TRANSCRIPT = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STOPLOG = (sys.executable, "-c", "from gateway.cli import main; main()")


def printed(command: str, folder: Path) -> str:
    words = shlex.split(command)
    run = [*STOPLOG, *words[1:]] if words[0] == "stoplog" else words
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_the_transcripts_are_real(tmp_path: Path) -> None:
    """Typed one after another beside the pack that the page shows."""
    for name, text in FILE.findall(PAGE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    lines = "".join(TRANSCRIPT.findall(PAGE)).splitlines(keepends=True)
    commands = [line.removeprefix("$ ").rstrip() for line in lines if line.startswith("$ ")]

    assert "".join(lines) == "".join(f"$ {c}\n{printed(c, tmp_path)}" for c in commands)


def test_every_bundled_pack_and_severity_is_on_the_page() -> None:
    """A pack that nobody hears of is not used."""
    assert [name for name in bundled() if f"| `{name}` |" not in PAGE] == []
    assert [severity for severity in Severity if f"| {severity} |" not in PAGE] == []


def test_every_lint_code_is_on_the_page() -> None:
    """The table is where a remark is looked up."""
    folder = Path(__file__).parents[2] / "policies"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("lint*.py"))
    codes = set(re.findall(r'(?:warning\(|Severity\.\w+, )"([a-z-]+)"', source))

    assert len(codes) > 6
    assert {code for code in codes if f"| `{code}` |" not in PAGE} == set()
