"""`kind: exemplars`: a topic by example, for what no model was trained on.

An operator gives 5 to 50 sentences that must match and as many that must not. A text is as near to
the topic as to its three nearest examples, less its nearness to the three nearest others. Where
the line is drawn is found by leaving each example out in turn and asking how it would have been
judged by the rest (leave-one-out), so examples that do not tell the topic apart are refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifiers.kinds import ExemplarOptions, UnusableClassifier
from classifiers.remote import digest_of
from classifiers.scoring import Encoder, Matrix, Side

FEWEST, MOST = 5, 50
_NEAREST = 3
_TOWARDS_MATCH = 0.75
"""Where the line lies in the gap between two examples."""
_WORST = 0.7
"""Balanced accuracy of leave-one-out below which examples are refused; chance is 0.5."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a topic begins, and how sharply."""

    at: float
    width: float
    """Over which the score goes from 0.27 to 0.73."""
    accuracy: float
    """Balanced, by leave-one-out."""
    wrong: tuple[int, ...]
    """The examples on the wrong side, those that match first, counted from 0."""


class Exemplars:
    """A `Scorer` with one label."""

    window_chars: int

    def __init__(self, options: ExemplarOptions, encoder: Encoder) -> None:
        """Raises UnusableClassifier for examples that do not tell the topic apart."""
        self.labels = (options.topic,)
        self.window_chars = encoder.window_chars
        self.digest = digest_of(
            "exemplars", encoder.digest, options.topic, *options.match, "\0", *options.other
        )
        self._encoder = encoder
        self._match = encoder.encode(options.match)
        self._other = encoder.encode(options.other)
        self.line = line_between(self._match, self._other)
        if self.line.accuracy < _WORST:
            told = ", ".join(_named(n, len(options.match)) for n in self.line.wrong[:6])
            raise UnusableClassifier(
                f"the examples do not tell `{options.topic}` apart "
                f"({self.line.accuracy:.0%} of them by the others); look at {told}"
            )

    def tokenise(self, texts: Sequence[str]) -> Sequence[object]:
        return list(self._encoder.encode(texts))

    def infer(self, tokens: Sequence[object], side: Side) -> Matrix:
        """How near each text is; the same for prompts and outputs."""
        vectors = np.asarray(tokens, dtype=np.float32)
        margins = _nearness(vectors @ self._match.T) - _nearness(vectors @ self._other.T)
        scores = 1.0 / (1.0 + np.exp((self.line.at - margins) / self.line.width))
        return np.asarray(scores, dtype=np.float32)[:, None]


def line_between(match: Matrix, other: Matrix) -> Line:
    """The line that best divides what leave-one-out says of the examples."""
    margins = np.concatenate([_left_out(match, other), -_left_out(other, match)])
    belongs = np.array([True] * len(match) + [False] * len(other))
    ordered = sorted(set(margins.tolist()))
    # Nearer to the examples that match: text that is like neither side must not be blocked.
    between = [a + _TOWARDS_MATCH * (b - a) for a, b in pairwise(ordered)] or ordered
    at = max(between, key=lambda line: (_accuracy(margins, belongs, line), line))
    wrong = np.flatnonzero((margins >= at) != belongs)
    spread = float(np.std(margins[belongs]) + np.std(margins[~belongs])) / 2
    return Line(at, max(spread / 2, 0.02), _accuracy(margins, belongs, at), tuple(wrong.tolist()))


def _left_out(own: Matrix, others: Matrix) -> NDArray[np.float32]:
    """The margin of each of `own`, judged without itself."""
    likeness = own @ own.T
    np.fill_diagonal(likeness, -math.inf)
    margins: NDArray[np.float32] = _nearness(likeness) - _nearness(own @ others.T)
    return margins


def _nearness(likeness: Matrix) -> NDArray[np.float32]:
    """The mean likeness to the nearest examples; those left out are minus infinity."""
    nearest = np.sort(likeness, axis=1)[:, -_NEAREST:]
    mean: NDArray[np.float32] = nearest.mean(axis=1)
    return mean


def _accuracy(margins: NDArray[np.float32], belongs: NDArray[np.bool_], line: float) -> float:
    above = margins >= line
    return float((above[belongs].mean() + (~above[~belongs]).mean()) / 2)


def _named(number: int, matching: int) -> str:
    if number < matching:
        return f"`match` {number + 1}"
    return f"`other` {number - matching + 1}"
