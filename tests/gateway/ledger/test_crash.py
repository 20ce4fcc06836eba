"""Kill -9 at any moment loses nothing that was acknowledged (P3, F1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.ledger.config import Durability

KILLED_WRITER = Path(__file__).with_name("killed_writer.py")
SOAK = bool(os.environ.get("STOPLOG_SOAK"))


@pytest.mark.timeout(14_400 if SOAK else 120)
@pytest.mark.parametrize(
    ("durability", "kills"),
    [(Durability.PROCESS, 7000 if SOAK else 40), (Durability.POWER, 3000 if SOAK else 20)],
)
def test_no_acknowledged_record_is_lost_to_a_kill(
    tmp_path: Path, durability: Durability, kills: int
) -> None:
    """After each kill all that was acknowledged is there, once, and the chain fits."""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, str(KILLED_WRITER), str(tmp_path), str(kills), "11", durability],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stderr
    assert done.stdout.startswith(f"{kills} kills, ")
    assert done.stdout.endswith(" acknowledged, 0 lost\n")
