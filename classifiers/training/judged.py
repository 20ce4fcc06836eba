"""Rows as the runtime judges them: every window of every reading, through both halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifiers.model import BundledModel
from classifiers.reading import readings
from classifiers.training.rows import Row
from classifiers.window import covering

_AT_ONCE = 512
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judged:
    """Both halves' logits [windows, outputs], and the row each window belongs to."""

    encoder: Floats
    ngrams: Floats
    row: npt.NDArray[np.int64]
    rows: int

    def blended(self, blend: Floats) -> Floats:
        """Logits [rows, outputs]: per row and output the greatest of its windows."""
        windows = self.encoder * blend[0] + self.ngrams * blend[1] + blend[2]
        greatest = np.full((self.rows, windows.shape[1]), -30.0, np.float32)
        np.maximum.at(greatest, self.row, windows)
        return greatest


def judged(model: BundledModel, rows: Sequence[Row], *, undone: bool = True) -> Judged:
    """Judge rows as `stoplog classify` would. Without `undone` only the folded text is read."""
    texts: list[str] = []
    owners: list[int] = []
    for at, row in enumerate(rows):
        views = readings(row.text)[0] if undone else readings(row.text)[0][:1]
        for _, view in views:
            for window in covering(view.text, model.window_chars):
                texts.append(window.text)
                owners.append(at)
    encoder, ngrams = [], []
    for first in range(0, len(texts), _AT_ONCE):
        halves = model.halves(texts[first : first + _AT_ONCE])
        encoder.append(halves[0])
        ngrams.append(halves[1])
    return Judged(
        np.concatenate(encoder), np.concatenate(ngrams), np.asarray(owners, np.int64), len(rows)
    )
