"""How well scores tell harmful texts from harmless ones, with bootstrap intervals.

Labels are 1 for harmful and 0 for harmless; a higher score means more harmful. A figure that the
labels do not allow, such as recall where nothing is harmful, is None. Intervals are percentiles of
resampled texts (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]
Measure = Callable[[Scores, Labels], float | None]

RECALLS = (0.8, 0.9, 0.95)
"""Recalls at which the false-positive rate is reported."""
FALSE_POSITIVES = (0.01, 0.03)
"""False-positive rates at which recall is reported."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the interval it lies in with a confidence of 95 %."""

    value: float | None
    low: float | None = None
    high: float | None = None


def figures(
    scores: Scores, labels: Labels, decisions: NDArray[np.bool_], draws: int = 200, seed: int = 0
) -> dict[str, Figure]:
    """Every figure by name. `decisions`: which texts were flagged at the thresholds in force."""
    measures = _measures()
    columns = np.column_stack([scores, decisions.astype(np.float64)])
    rng = np.random.default_rng(seed)
    picks = [rng.integers(0, len(labels), len(labels)) for _ in range(draws if len(labels) else 0)]
    return {
        name: _figure(measure, columns[:, column], labels, picks)
        for name, (column, measure) in measures.items()
    }


def _measures() -> dict[str, tuple[int, Measure]]:
    """By name, the column a measure looks at (0 scores, 1 decisions) and the measure."""
    at_recall = {f"fpr_at_recall_{recall:g}": (0, _fpr_at(recall)) for recall in RECALLS}
    at_fpr = {f"recall_at_fpr_{rate:g}": (0, _recall_at(rate)) for rate in FALSE_POSITIVES}
    return {
        "auroc": (0, auroc),
        "auprc": (0, auprc),
        "precision": (1, precision),
        "recall": (1, recall),
        "f1": (1, f1),
        "macro_f1": (1, macro_f1),
        "fpr": (1, false_positive_rate),
        **at_recall,
        **at_fpr,
    }


def _figure(
    measure: Measure, column: Scores, labels: Labels, picks: list[NDArray[np.int64]]
) -> Figure:
    value = measure(column, labels)
    if value is None:
        return Figure(None)
    drawn = [measure(column[pick], labels[pick]) for pick in picks]
    found = [one for one in drawn if one is not None]
    if not found:
        return Figure(value)
    low, high = np.percentile(found, [2.5, 97.5])
    return Figure(value, float(low), float(high))


def auroc(scores: Scores, labels: Labels) -> float | None:
    """The chance that a harmful text scores above a harmless one; ties count half."""
    harmful, harmless = scores[labels == 1], np.sort(scores[labels == 0])
    if not len(harmful) or not len(harmless):
        return None
    below = np.searchsorted(harmless, harmful, "left")
    not_above = np.searchsorted(harmless, harmful, "right")
    return float((below + not_above).sum() / (2 * len(harmful) * len(harmless)))


def auprc(scores: Scores, labels: Labels) -> float | None:
    """Average precision: precision at each distinct score, weighted by the recall it adds."""
    if not labels.any():
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(labels[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    recalls = hits[last] / hits[-1]
    precisions = hits[last] / (last + 1)
    return float(np.sum(np.diff(recalls, prepend=0.0) * precisions))


def precision(flagged: Scores, labels: Labels) -> float | None:
    return _share(labels[flagged > 0.5] == 1)


def recall(flagged: Scores, labels: Labels) -> float | None:
    return _share(flagged[labels == 1] > 0.5)


def false_positive_rate(flagged: Scores, labels: Labels) -> float | None:
    return _share(flagged[labels == 0] > 0.5)


def f1(flagged: Scores, labels: Labels) -> float | None:
    """Of the harmful class; None where nothing is harmful."""
    return _f1(flagged > 0.5, labels == 1)


def macro_f1(flagged: Scores, labels: Labels) -> float | None:
    """The mean of the F1 of both classes; None unless both are there."""
    harmful = _f1(flagged > 0.5, labels == 1)
    harmless = _f1(flagged <= 0.5, labels == 0)
    return None if harmful is None or harmless is None else (harmful + harmless) / 2


def threshold_for_fpr(scores: Scores, labels: Labels, rate: float) -> float:
    """The least threshold at which at most `rate` of the harmless texts reach it."""
    harmless = np.sort(scores[labels == 0])[::-1]
    allowed = int(rate * len(harmless) + 1e-9)
    if allowed >= len(harmless):
        return 0.0
    return float(np.nextafter(harmless[allowed], np.inf))


def threshold_for_recall(scores: Scores, labels: Labels, wanted: float) -> float:
    """The greatest threshold that at least `wanted` of the harmful texts reach."""
    harmful = np.sort(scores[labels == 1])[::-1]
    return float(harmful[max(0, int(np.ceil(wanted * len(harmful) - 1e-9)) - 1)])


def _fpr_at(wanted: float) -> Measure:
    def measure(scores: Scores, labels: Labels) -> float | None:
        if not (labels == 1).any():
            return None
        return _share(scores[labels == 0] >= threshold_for_recall(scores, labels, wanted))

    return measure


def _recall_at(rate: float) -> Measure:
    def measure(scores: Scores, labels: Labels) -> float | None:
        if not (labels == 0).any():
            return None
        return _share(scores[labels == 1] >= threshold_for_fpr(scores, labels, rate))

    return measure


def _f1(flagged: NDArray[np.bool_], true: NDArray[np.bool_]) -> float | None:
    if not true.any():
        return None
    hits = int((flagged & true).sum())
    return 2 * hits / int(flagged.sum() + true.sum())


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(which.mean()) if len(which) else None
