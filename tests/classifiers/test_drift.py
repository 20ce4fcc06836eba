"""Drift: the same scores are stable, others are not, and few say nothing."""

from __future__ import annotations

import pytest

from classifiers.drift import drift, stability_index

KEY = ("bundled", "hate")


def test_the_same_shares_are_no_drift() -> None:
    """However many texts there were."""
    assert pytest.approx(0.0, abs=1e-4) == stability_index([900, 90, 10], [9000, 900, 100])


@pytest.mark.parametrize(
    ("after", "change"),
    [
        ([905, 85, 10], "stable"),
        ([780, 170, 50], "watch"),
        ([600, 300, 100], "drifted"),
        ([60, 30, 10], "too few"),
    ],
)
def test_what_moved_is_told_by_how_far(after: list[float], change: str) -> None:
    """In the words of the convention."""
    (row,) = drift({KEY: [900, 90, 10]}, {KEY: after, ("other", "label"): [1, 1, 1]})

    assert (change, sum(after)) == (row.change, row.after)


def test_what_moved_most_comes_first() -> None:
    """And an empty bucket does not make it infinite."""
    before = {(name, "x"): [900.0, 100.0, 0.0] for name in ("a", "b")}
    rows = drift(before, {("a", "x"): [900, 100, 0], ("b", "x"): [500, 400, 100]})

    assert ["b", "a"] == [row.classifier for row in rows]
    assert rows[0].index < 3
