"""Several texts read as one, far enough apart that no word reads across."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from classifiers.text.gaps import MAX_GAP

WALL = "\n" * (MAX_GAP + 1)
"""Stands between two texts: a gap that no word is read across (`classifiers.text.gaps`)."""


class Page:
    """The texts of a batch, one behind the other."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = WALL.join(texts)
        self.starts = [0, *accumulate(len(text) + len(WALL) for text in texts[:-1])]
        """Where each text begins."""

    def number(self, offset: int) -> int:
        """Which of the texts a character of the page stands in."""
        return bisect_right(self.starts, offset) - 1
