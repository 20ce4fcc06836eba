"""`docs/packs.md` is what the commands print."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_commands_print() -> None:
    """Run `python scripts/packs_page.py` after changing a pack."""
    spec = importlib.util.spec_from_file_location("packs_page", ROOT / "scripts/packs_page.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)

    assert (ROOT / "docs/packs.md").read_text(encoding="utf-8") == made.page()
