"""Figures against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.measures import (
    auprc,
    auroc,
    f1,
    figures,
    macro_f1,
    threshold_for_fpr,
    threshold_for_recall,
)

SCORES = np.array([0.9, 0.8, 0.8, 0.3, 0.1])
LABELS = np.array([1, 1, 0, 0, 0])


def test_a_tie_counts_half() -> None:
    assert (3 + 2.5) / 6 == auroc(SCORES, LABELS)


def test_average_precision_takes_tied_texts_together() -> None:
    assert 0.5 * 1 + 0.5 * 2 / 3 == auprc(SCORES, LABELS)


def test_f1_of_both_classes() -> None:
    flagged = np.array([1.0, 0.0, 1.0, 0.0, 0.0])

    assert 0.5 == f1(flagged, LABELS)
    assert pytest.approx((0.5 + 2 / 3) / 2) == macro_f1(flagged, LABELS)


def test_what_the_labels_do_not_allow_is_none() -> None:
    harmless = np.zeros(5, np.int64)

    assert auroc(SCORES, harmless) is None
    assert auprc(SCORES, harmless) is None
    assert figures(SCORES, harmless, SCORES > 0.5, draws=5)["recall"].value is None


def test_intervals_hold_the_figure_and_shrink_with_more_texts() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 2_000)
    scores = labels + rng.normal(size=2_000)

    def width(number: int) -> float:
        flagged = scores[:number] > 0.5
        found = figures(scores[:number], labels[:number], flagged, draws=100)["auroc"]
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.value <= found.high
        return found.high - found.low

    assert width(2_000) < width(200)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=4, max_size=80),
    st.sampled_from([0.0, 0.01, 0.1, 0.5]),
)
def test_thresholds_keep_their_promise(rows: list[tuple[float, int]], rate: float) -> None:
    scores = np.array([score for score, _ in rows])
    labels = np.array([label for _, label in rows])
    if not {0, 1} <= set(labels.tolist()):
        return

    assert (scores[labels == 0] >= threshold_for_fpr(scores, labels, rate)).mean() <= rate
    assert (scores[labels == 1] >= threshold_for_recall(scores, labels, 0.9)).mean() >= 0.9
