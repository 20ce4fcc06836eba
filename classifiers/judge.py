"""Whole texts under the bundled model: every head's probability, and which heads speak up.

What `stoplog classify` and `stoplog eval` ask. A text of any length is read in every reading and
window, and its greatest score counts, as in the gateway. A text is flagged where its `unsafe` score
reaches the threshold for `DECISIVE`, or another head's the stricter one for `CERTAIN`, so that
seventeen heads together raise few more false alarms than one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.calibration import Calibration, language_of
from classifiers.heads import Head, leaves_of
from classifiers.model import BundledModel
from classifiers.reading import readings
from classifiers.scoring import Matrix, Side
from classifiers.window import covering

DECISIVE = "fpr:0.01"
"""Target of the threshold on `unsafe`."""
CERTAIN = "fpr:0.001"
"""Target of the thresholds on all other heads."""
_LIKELY = 0.5
"""In a flagged text, a head this probable says what kind of harm it is."""


_MOST_KINDS = 3
"""Kinds beyond these are guesses: rows seldom say what a harmful text is not."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of one text."""

    scores: Mapping[str, float]
    """By head, the calibrated probability."""
    language: str
    flagged: bool
    heads: tuple[str, ...]
    """What kinds of harm the text is flagged for, the likeliest first; empty where it is not."""
    leaves: tuple[str, ...]
    """The leaves that those heads may mean."""


class Judge:
    """A model and its calibration."""

    def __init__(self, model: BundledModel, calibration: Calibration) -> None:
        self._model = model
        self._calibration = calibration

    @property
    def labels(self) -> tuple[str, ...]:
        return self._model.labels

    def judge(self, texts: Sequence[str], side: Side) -> list[Judgement]:
        """A judgement for each text, in order."""
        raw = self.raw(texts, side)
        return [
            self._judged(row.tolist(), text, side) for row, text in zip(raw, texts, strict=True)
        ]

    def raw(self, texts: Sequence[str], side: Side) -> Matrix:
        """Uncalibrated scores [texts, labels]: per text the greatest over readings and windows."""
        windows: list[str] = []
        owners: list[int] = []
        for at, text in enumerate(texts):
            for _, view in readings(text)[0]:
                for window in covering(view.text, self._model.window_chars):
                    windows.append(window.text)
                    owners.append(at)
        raw = np.zeros((len(texts), len(self.labels)), np.float32)
        if windows:
            np.maximum.at(raw, np.asarray(owners), self._model.score(windows, side))
        return raw

    def _judged(self, row: Sequence[float], text: str, side: Side) -> Judgement:
        language = language_of(text)
        scores = {
            label: self._probability(label, score, side, language)
            for label, score in zip(self.labels, row, strict=True)
        }
        over = [
            label for label, score in scores.items() if self._speaks(label, score, side, language)
        ]
        kinds = [
            label
            for label, score in scores.items()
            if label != Head.UNSAFE and (label in over or (over and score >= _LIKELY))
        ]
        heads = tuple(sorted(kinds, key=lambda label: -scores[label])[:_MOST_KINDS]) or tuple(over)
        leaves = leaves_of(Head(label) for label in heads)
        return Judgement(scores, language, bool(over), heads, leaves)

    def _probability(self, label: str, score: float, side: Side, language: str) -> float:
        calibrated = self._calibration.at(label, side, language)
        return score if calibrated is None else calibrated.read(score)

    def _speaks(self, label: str, score: float, side: Side, language: str) -> bool:
        calibrated = self._calibration.at(label, side, language)
        target = DECISIVE if label == Head.UNSAFE else CERTAIN
        threshold = None if calibrated is None else calibrated.thresholds.get(target)
        return threshold is not None and score >= threshold
