"""`docs/coverage.md` is current, claims nothing that no test shows, and says what is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "coverage_page.py"
ROWS = ROOT / "scripts" / "coverage.yaml"
PAGE = ROOT / "docs" / "coverage.md"

ROW = "rows:\n  - {id: X-01, source: s, asks: a, %s}\n"
REAL = "policies/test_coverage_page.py::test_the_page_is_current"


def checked(rows: Path) -> tuple[int, str]:
    command = [sys.executable, str(SCRIPT), "--check", "--rows", str(rows)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_the_page_is_current() -> None:
    """As the script would write it from the packs and rows of today."""
    assert checked(ROWS) == (0, "")


def test_every_requirement_has_one_row() -> None:
    """Seventy, numbered without a gap in each family."""
    ids = re.findall(r"^\| ([A-Z]{3})-(\d\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    sizes = {"CNT": 19, "DSP": 6, "USR": 6, "LOG": 11, "LBL": 12, "GOV": 9, "MIN": 4, "EXT": 3}

    assert Counter(family for family, _ in ids) == sizes
    assert len(set(ids)) == 70
    assert all(1 <= int(number) <= sizes[family] for family, number in ids)


def test_the_page_makes_no_claim_of_law() -> None:
    """Controls are mapped to provisions; that a service meets them is not ours to say."""
    page = PAGE.read_text(encoding="utf-8").lower()

    assert re.findall(r"\b(?:compliant|filed)\b", page) == []


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("status: done", "`done` with 0 tests"),
        ("status: done, tests: [test_docs.py::test_that_never_was]", "there is no test"),
        ("status: done, tests: [test_never_was.py::test_x]", "there is no test"),
        (f'status: partial, tests: ["{REAL}"]', "do not go together"),
        (f'status: done, tests: ["{REAL}"], missing: m', "do not go together"),
        (f'status: open, tests: ["{REAL}"]', "`open` with 1 tests"),
        ("status: outside", "do not go together"),
        ("status: finished", "`status`"),
    ],
)
def test_a_claim_that_nothing_shows_is_refused(claim: str, told: str, tmp_path: Path) -> None:
    """With its place, before anything is written."""
    rows = tmp_path / "rows.yaml"
    rows.write_text(ROW % claim, encoding="utf-8")
    code, error = checked(rows)

    assert (code, error[: len("rows.yaml:2:")]) == (2, "rows.yaml:2:")
    assert told in error


def test_another_status_makes_the_page_stale(tmp_path: Path) -> None:
    """A sound row that the page does not hold."""
    rows = tmp_path / "rows.yaml"
    rows.write_text(ROW % "status: open", encoding="utf-8")

    assert checked(rows) == (1, "docs/coverage.md is stale: run scripts/coverage_page.py\n")
