"""What models share: texts in, a score per label out, and one way of failing.

A `Scorer` computes here, in a worker thread; a `Backend` may be anywhere and is awaited. Scores
are 0 to 1 and come in the order of `labels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifiers.types import FailureReason, Role


class Side(StrEnum):
    """Which of a model's two readings applies: text for the model, or text from it."""

    PROMPT = "prompt"
    OUTPUT = "output"


SPOKEN_BY_MODEL = frozenset({Role.ASSISTANT, Role.REASONING})


def side_of(role: Role) -> Side:
    """What the model said is judged as output, also where a prompt repeats it."""
    return Side.OUTPUT if role in SPOKEN_BY_MODEL else Side.PROMPT


Scores: TypeAlias = tuple[float, ...]
"""One text's scores, in the order of the labels."""
Matrix: TypeAlias = NDArray[np.float32]
"""A row per text."""


class Scorer(Protocol):
    """A model in this process. Synchronous; called from worker threads, several at once."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def digest(self) -> str:
        """`sha256:` over everything that decides its scores."""
        ...

    @property
    def window_chars(self) -> int:
        """The longest text it reads whole; longer ones are cut into windows."""
        ...

    def tokenise(self, texts: Sequence[str]) -> Sequence[object]:
        """What `infer` takes, an item per text."""
        ...

    def infer(self, tokens: Sequence[object], side: Side) -> Matrix:
        """Scores of shape (texts, labels)."""
        ...


class Encoder(Protocol):
    """A model that places texts in space: near each other where they mean the same."""

    @property
    def digest(self) -> str: ...

    @property
    def window_chars(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors of shape (texts, dimensions)."""
        ...


class Backend(Protocol):
    """Scores texts, here or elsewhere. Belongs to one event loop."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def digest(self) -> str: ...

    @property
    def window_chars(self) -> int: ...

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        """A row for each text. Raises BackendFault."""
        ...


class BackendFault(Exception):
    """Scores that could not be had. Becomes a `Failure`; never holds text of a prompt."""

    def __init__(self, reason: FailureReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def rows_of(scores: Matrix, texts: int, labels: int) -> list[Scores]:
    """The rows of a matrix. Raises BackendFault where it cannot be an answer for these texts."""
    if scores.shape != (texts, labels):
        raise BackendFault(FailureReason.MALFORMED, "shape")
    if not bool(np.all((scores >= 0.0) & (scores <= 1.0))):
        raise BackendFault(FailureReason.MALFORMED, "score")
    return [tuple(row) for row in scores.tolist()]
