"""Space that is kept free for the worst moment."""

from __future__ import annotations

from pathlib import Path

from gateway.ledger.reserve import Reserve


def blocks(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_the_space_is_really_taken_and_given_back(tmp_path: Path) -> None:
    """A file of that size without blocks would promise what it does not have."""
    path = tmp_path / "reserve"
    reserve = Reserve(path, 1 << 20)
    taken = blocks(path)
    spent, again = reserve.spend(), reserve.spend()
    given, held = blocks(path), reserve.held
    restored = reserve.restore()
    reserve.close()

    assert taken >= 1 << 20
    assert (True, False, 0, False) == (spent, again, given, held)
    assert restored
    assert blocks(path) >= 1 << 20


def test_none_is_wanted(tmp_path: Path) -> None:
    """Then there is nothing to give, and nothing is missing."""
    reserve = Reserve(tmp_path / "reserve", 0)

    assert (True, False) == (reserve.held, reserve.spend())
    reserve.close()
