"""From blended logits to probabilities, and thresholds by what they promise.

Per output and language: a logistic curve fitted to judged rows (Platt, *Probabilistic Outputs for
Support Vector Machines*, 1999), and thresholds for target false-positive rates, precisions and
recalls. False-positive rates are the mean over whole benign sources that the model has not seen,
so that a large source does not speak for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifiers.calibration import language_of
from classifiers.heads import HEADS, SIDES, Head
from classifiers.scoring import Side
from classifiers.training.rows import Row

Floats = npt.NDArray[np.float64]
RATES = (0.001, 0.003, 0.01, 0.03, 0.05)
PRECISIONS = (0.8, 0.9, 0.95)
RECALLS = (0.8, 0.9, 0.95)
_LEAST = 40
"""Positives without which a curve or a precision says nothing."""
_LEAST_OF_SOURCE = 30
"""Of a benign source, texts without which its rate says nothing."""
_KNOTS = np.linspace(-9.0, 9.0, 37)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one side and language."""

    side: Side
    language: str
    logits: Floats
    """[rows, heads]"""
    labels: npt.NDArray[np.int64]
    """[rows, heads]; -1 unknown."""
    benign: Mapping[str, npt.NDArray[np.int64]]
    """Rows of each benign source, by name."""
    twins: npt.NDArray[np.int64]
    """Rows that are halves of contrast pairs."""


def parts(rows: Sequence[Row], logits: Floats) -> list[Part]:
    """The rows by side and language. `logits`: [rows, sides * heads]."""
    languages = np.asarray([language_of(row.text) for row in rows])
    found = []
    for number, side in enumerate(SIDES):
        columns = slice(number * len(HEADS), (number + 1) * len(HEADS))
        for language in ("en", "zh"):
            members = [
                at for at, row in enumerate(rows) if side in row.sides and languages[at] == language
            ]
            labels = [[rows[at].labels.get(head, -1) for head in HEADS] for at in members]
            sources: dict[str, list[int]] = {}
            for place, at in enumerate(members):
                if rows[at].split == "held":
                    sources.setdefault(rows[at].source, []).append(place)
            benign = {
                name: np.asarray(places)
                for name, places in sources.items()
                if len(places) >= _LEAST_OF_SOURCE
            }
            shaped = np.asarray(labels, np.int64).reshape(-1, len(HEADS))
            twins = np.asarray([n for n, at in enumerate(members) if rows[at].pair], np.int64)
            found.append(Part(side, language, logits[members, columns], shaped, benign, twins))
    return found


def mean_rate(scores: Floats, sources: Mapping[str, npt.NDArray[np.int64]], at: float) -> float:
    """The share of benign texts that reach a threshold, the mean over sources."""
    return float(np.mean([(scores[places] >= at).mean() for places in sources.values()]))


def threshold_at(
    scores: Floats, sources: Mapping[str, npt.NDArray[np.int64]], rate: float
) -> float:
    """The least threshold at which `mean_rate` is at most `rate`."""
    candidates = np.sort(np.unique(np.concatenate([scores[p] for p in sources.values()])))
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if mean_rate(scores, sources, candidates[middle]) <= rate:
            high = middle
        else:
            low = middle + 1
    if low == len(candidates):
        return float(np.nextafter(candidates[-1], np.inf))
    return float(candidates[low - 1] + candidates[low]) / 2 if low else float(candidates[0])


def calibration(found: Sequence[Part], model: str) -> dict[str, Any]:
    """The calibration file of the model with that digest."""
    labels: dict[str, Any] = {head.value: {} for head in HEADS}
    for part in found:
        for number, head in enumerate(HEADS):
            entry = _entry(part.logits[:, number], part.labels[:, number], part.benign)
            labels[head.value].setdefault(part.side.value, {})[part.language] = entry
    return {"version": 1, "model": model, "labels": labels}


def _entry(
    logits: Floats, labels: npt.NDArray[np.int64], benign: Mapping[str, npt.NDArray[np.int64]]
) -> dict[str, Any]:
    known = labels >= 0
    slope, shift = 1.0, 0.0
    if (labels == 1).sum() >= _LEAST and (labels == 0).sum() >= _LEAST:
        slope, shift = _platt(logits[known], labels[known])
    curve = [
        [round(float(_sigmoid(knot)), 6), round(float(_sigmoid(slope * knot + shift)), 6)]
        for knot in _KNOTS
    ]
    knots, values = np.asarray(curve).T
    probability = np.interp(_sigmoid(logits), knots, values)
    thresholds: dict[str, float] = {}
    if benign:
        for rate in RATES:
            thresholds[f"fpr:{rate:g}"] = threshold_at(probability, benign, rate)
    if (labels == 1).sum() >= _LEAST:
        thresholds |= _by_precision(probability[known], labels[known])
        harmful = np.sort(probability[labels == 1])[::-1]
        for recall in RECALLS:
            place = int(np.ceil(recall * len(harmful))) - 1
            thresholds[f"recall:{recall:g}"] = float(harmful[place])
    return {
        "curve": [[0.0, curve[0][1]], *curve, [1.0, curve[-1][1]]],
        "thresholds": {name: _rounded_up(at) for name, at in thresholds.items()},
    }


def _rounded_up(threshold: float) -> float:
    """To six digits, and never to a number that lets more through."""
    return min(float(np.ceil(threshold * 1e6) / 1e6), 1.0)


def _by_precision(probability: Floats, labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """For each precision the least threshold from which on it holds, where one does."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    found = {}
    for wanted in PRECISIONS:
        enough = np.flatnonzero((precision >= wanted) & (np.arange(len(order)) >= _LEAST))
        if len(enough):
            found[f"precision:{wanted:g}"] = float(ranked[enough[-1]])
    return found


def _platt(logits: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Slope and shift by Newton's method, targets smoothed as Platt did.

    A step that makes things worse is halved: with few positives a whole one may overshoot.
    """
    positives = int((labels == 1).sum())
    negatives = len(labels) - positives
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(slope: float, shift: float) -> float:
        z = slope * logits + shift
        return float(np.sum(np.logaddexp(0.0, z) - target * z)) + (slope - 1.0) ** 2 / 2

    slope, shift = 1.0, float(np.log(positives / negatives))
    for _ in range(50):
        p = _sigmoid(slope * logits + shift)
        gradient = np.asarray([np.dot(p - target, logits) + slope - 1.0, np.sum(p - target)])
        weight = np.maximum(p * (1 - p), 1e-9)
        cross = float(np.dot(weight, logits))
        hessian = np.asarray(
            [[float(np.dot(weight, logits**2)) + 1.0, cross], [cross, float(weight.sum()) + 1e-6]]
        )
        step = np.linalg.solve(hessian, gradient)
        here, share = loss(slope, shift), 1.0
        while share > 1e-6 and loss(slope - share * step[0], shift - share * step[1]) > here:
            share /= 2
        slope, shift = slope - share * float(step[0]), shift - share * float(step[1])
        if np.abs(share * step).max() < 1e-6:
            break
    return max(slope, 0.05), shift


def _sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


def left_out(part: Part, rate: float, head: Head = Head.UNSAFE) -> dict[str, float]:
    """For each benign source, how much of it is flagged at a threshold set on all the others."""
    scores = part.logits[:, HEADS.index(head)]
    found = {}
    for name, places in part.benign.items():
        others = {other: its for other, its in part.benign.items() if other != name}
        if others:
            found[name] = float((scores[places] >= threshold_at(scores, others, rate)).mean())
    return found
