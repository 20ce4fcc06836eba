"""Stand-ins for models: they score by the words they find, and fail as they are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classifiers.observing import Spared, Step
from classifiers.scoring import BackendFault, Matrix, Scores, Side
from classifiers.types import FailureReason

WORDS = {"murky": "violence", "muddy": "hate"}
LABELS = ("violence", "hate")


@dataclass
class WordScorer:
    """A `Scorer`: 0.9 for the label of each word in the text, 0.1 otherwise."""

    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    labels: tuple[str, ...] = LABELS
    digest: str = "sha256:words"
    window_chars: int = 64
    act: Callable[[], None] = lambda: None
    """What it does first, in the worker's thread: wait, or raise."""
    batches: list[tuple[Side, tuple[str, ...]]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def tokenise(self, texts: Sequence[str]) -> Sequence[object]:
        return list(texts)

    def infer(self, tokens: Sequence[object], side: Side) -> Matrix:
        texts = tuple(str(token) for token in tokens)
        self.batches.append((side, texts))
        self.threads.add(threading.get_ident())
        self.act()
        return np.array([self._row(text) for text in texts], dtype=np.float32)

    def _row(self, text: str) -> list[float]:
        present = {label for word, label in self.words.items() if word in text.lower()}
        return [0.9 if label in present else 0.1 for label in self.labels]


@dataclass
class WordBackend:
    """A `Backend` that scores on the loop, or raises."""

    scorer: WordScorer = field(default_factory=WordScorer)
    fault: BackendFault | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def labels(self) -> tuple[str, ...]:
        return self.scorer.labels

    @property
    def digest(self) -> str:
        return self.scorer.digest

    @property
    def window_chars(self) -> int:
        return self.scorer.window_chars

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        self.asked += texts
        if self.fault is not None:
            raise self.fault
        rows = self.scorer.infer(self.scorer.tokenise(texts), side)
        return [tuple(row) for row in rows.tolist()]


@dataclass
class Told:
    """An `Observer` that keeps what it was told."""

    calls: list[str] = field(default_factory=list)
    steps: list[tuple[str, Step]] = field(default_factory=list)
    outcomes: dict[tuple[str, Spared], int] = field(default_factory=dict)
    scores: list[tuple[str, str, float]] = field(default_factory=list)

    def classified(self, classifier: str, seconds: float) -> None:
        self.calls.append(classifier)

    def step(self, classifier: str, step: Step, seconds: float) -> None:
        self.steps.append((classifier, step))

    def texts(self, classifier: str, outcome: Spared, count: int) -> None:
        key = classifier, outcome
        self.outcomes[key] = self.outcomes.get(key, 0) + count

    def scored(self, classifier: str, label: str, score: float) -> None:
        self.scores.append((classifier, label, score))


def sleeping(seconds: float) -> Callable[[], None]:
    return lambda: time.sleep(seconds)


def waiting(gate: threading.Event) -> Callable[[], None]:
    def act() -> None:
        gate.wait(5)

    return act


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


MALFORMED = BackendFault(FailureReason.MALFORMED, "score")
