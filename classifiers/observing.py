"""What classifiers tell of their own work: time and counts, never text."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Step(StrEnum):
    """Where the time of a classification goes."""

    QUEUE = "queue"
    TOKENISE = "tokenise"
    INFER = "infer"
    REMOTE = "remote"
    """Waiting for a server's answer."""


class Spared(StrEnum):
    """What became of a text that a classifier might have been asked about."""

    ASKED = "asked"
    CACHED = "cached"
    SETTLED = "settled"
    """Not asked: word lists or patterns had decided already."""
    CLEAR = "clear"
    """Not asked: the classifier before it was sure that there is nothing."""
    SURE = "sure"
    """Not asked: the classifier before it was sure that there is something."""


class Observer(Protocol):
    """Where it is told. Called from several threads."""

    def classified(self, classifier: str, seconds: float) -> None:
        """One call, from asking to its answer or failure."""
        ...

    def step(self, classifier: str, step: Step, seconds: float) -> None:
        """One part of the work."""
        ...

    def texts(self, classifier: str, outcome: Spared, count: int) -> None:
        """How many texts went which way."""
        ...

    def scored(self, classifier: str, label: str, score: float) -> None:
        """One score of one text."""
        ...


class Unobserved:
    """Nobody is told."""

    def classified(self, classifier: str, seconds: float) -> None: ...
    def step(self, classifier: str, step: Step, seconds: float) -> None: ...
    def texts(self, classifier: str, outcome: Spared, count: int) -> None: ...
    def scored(self, classifier: str, label: str, score: float) -> None: ...


UNOBSERVED = Unobserved()
