"""The tree as a whole: names, what stays out of it, and what importing it costs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNASKED_LIBRARIES = ("torch", "transformers", "onnxruntime", "cel", "prompt_toolkit")
BANNED_NAMES = {"utils", "util", "helper", "helpers", "manager", "common", "misc", "base"}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w")
HOSTS = ("pypi|org", "pythonhosted|org", "ghcr|io", "docker|io", "quay|io", "npmjs|org")
REGISTRIES = re.compile("|".join(re.escape(host.replace("|", ".")) for host in HOSTS))


def tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


FILES = tracked()

pytestmark = pytest.mark.skipif(not FILES, reason="not a checkout")


def readable(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_module_has_a_name_that_says_nothing() -> None:
    """A drawer for odds and ends fills up."""
    assert [str(path) for path in FILES if path.stem in BANNED_NAMES] == []


def test_no_file_holds_a_path_of_a_machine() -> None:
    """What works on one machine only is not done."""
    assert [str(path) for path in FILES if MACHINE_PATHS.search(readable(path))] == []


def test_no_file_names_a_registry() -> None:
    """Where packages come from is the reader's choice."""
    assert [str(path) for path in FILES if REGISTRIES.search(readable(path))] == []


def test_no_package_file_of_the_tests_shadows_ours() -> None:
    """Tests are imported by path, so that `tests/gateway` is not the package `gateway`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("module", ["gateway.app", "gateway.cli"])
def test_importing_the_gateway_loads_no_library_that_nobody_asked_for(module: str) -> None:
    """Models and conditions of packs bring theirs along; torch alone would take gigabytes."""
    code = f"import sys, {module}; print(sys.modules.keys() & {UNASKED_LIBRARIES})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert (done.stdout, done.returncode) == ("set()\n", 0), done.stderr
