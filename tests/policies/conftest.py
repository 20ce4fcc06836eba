"""The sample pack, and copies of it to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A pack of two leaves that loads, in a folder of its own."""
    return Path(shutil.copytree(HERE / "sample", tmp_path / "sample"))
