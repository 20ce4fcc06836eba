"""`stoplog drift` on scrapes of our own metrics."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import generate_latest
from typer.testing import CliRunner

from gateway.commands.drift import app
from gateway.metrics import Metrics


def scrape(file: Path, *scores: float) -> str:
    metrics = Metrics()
    for score in scores:
        metrics.scored("bundled", "hate", score)
    file.write_bytes(generate_latest(metrics.registry))
    return str(file)


def test_scrapes_are_compared_label_by_label(tmp_path: Path) -> None:
    """0 where nothing moved, 1 where a label drifted."""
    usual, same = [0.005] * 280 + [0.55] * 20, [0.005] * 560 + [0.55] * 40
    before = scrape(tmp_path / "before", *usual)
    stable = CliRunner().invoke(app, [before, scrape(tmp_path / "same", *same), "--json"])
    moved = CliRunner().invoke(app, [before, scrape(tmp_path / "moved", *([0.55] * 300))])

    assert (0, True) == (stable.exit_code, '"stable"' in stable.output)
    assert (1, True) == (moved.exit_code, "drifted" in moved.output)


def test_files_without_scores_are_told(tmp_path: Path) -> None:
    """And not taken for a population that did not move."""
    empty = scrape(tmp_path / "empty")
    odd = tmp_path / "odd"
    odd.write_text("{not a scrape")

    assert 2 == CliRunner().invoke(app, [empty, empty]).exit_code
    assert 2 == CliRunner().invoke(app, [empty, str(odd)]).exit_code
    assert 2 == CliRunner().invoke(app, [empty, str(tmp_path / "none")]).exit_code
