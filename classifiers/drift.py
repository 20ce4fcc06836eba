"""Whether live scores are still those that thresholds were set on.

The population stability index of two histograms of scores: the sum over buckets of
(b - a) ln(b / a), where a and b are a bucket's shares before and after. By common convention below
0.1 nothing moved, and from 0.25 on the population is another one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_NEARLY_NONE = 0.5
"""Texts added to each bucket, so that an empty one does not decide."""
_FEWEST = 200
"""Texts on either side below which shares say little."""

Histograms = Mapping[tuple[str, str], Sequence[float]]
"""By classifier and label, how many scores fell into each bucket."""


class Change(StrEnum):
    """What an index means."""

    STABLE = "stable"
    WATCH = "watch"
    DRIFTED = "drifted"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one label's scores have moved."""

    classifier: str
    label: str
    before: int
    after: int
    """Texts."""
    index: float
    change: str


def drift(before: Histograms, after: Histograms) -> tuple[Drift, ...]:
    """Every label that is on both sides, those that moved most first."""
    both = [key for key in before if key in after]
    found = [_drift(*key, before[key], after[key]) for key in both]
    return tuple(sorted(found, key=lambda its: -its.index))


def stability_index(before: Sequence[float], after: Sequence[float]) -> float:
    """0 for the same shares. Raises ValueError for histograms of different buckets."""
    a, b = _shares(before), _shares(after)
    return sum((y - x) * math.log(y / x) for x, y in zip(a, b, strict=True))


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts) + _NEARLY_NONE * len(counts)
    return [(count + _NEARLY_NONE) / total for count in counts]


def _drift(classifier: str, label: str, before: Sequence[float], after: Sequence[float]) -> Drift:
    index = stability_index(before, after)
    sizes = int(sum(before)), int(sum(after))
    return Drift(classifier, label, *sizes, round(index, 4), _change(index, min(sizes)).value)


def _change(index: float, texts: int) -> Change:
    if texts < _FEWEST:
        return Change.TOO_FEW
    if index < 0.1:
        return Change.STABLE
    return Change.WATCH if index < 0.25 else Change.DRIFTED
