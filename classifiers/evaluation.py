"""Judging whole sets: how each of several classifiers does, in all and group by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classifiers.calibration import language_of
from classifiers.measures import Figure, figures

_LENGTHS = (("short (to 30)", 30), ("medium (to 200)", 200), ("long (to 1000)", 1_000))
_LEAST = 20
"""A group of fewer texts says nothing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and whether it is harmful, with what it can be grouped by."""

    text: str
    label: int
    leaf: str = ""
    language: str = ""
    disguise: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one classifier made of every example, in order."""

    scores: Sequence[float]
    flagged: Sequence[bool]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """Figures over the examples that have something in common."""

    kind: str
    name: str
    harmful: int
    harmless: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One classifier over one set; the first group is the whole of it."""

    classifier: str
    seconds: float
    groups: tuple[Group, ...] = field(default=())


def evaluate(
    name: str, examples: Sequence[Example], scored: Scored, draws: int = 200
) -> Evaluation:
    """Figures for the whole set and every group of it that is large enough."""
    scores = np.asarray(scored.scores, np.float64)
    flagged = np.asarray(scored.flagged, np.bool_)
    labels = np.asarray([example.label for example in examples], np.int64)
    harmless = np.flatnonzero(labels == 0)

    def group(kind: str, title: str, members: Sequence[int]) -> Group:
        at = np.asarray(members, np.int64)
        harmful = int(labels[at].sum())
        found = figures(scores[at], labels[at], flagged[at], draws)
        return Group(kind, title, harmful, len(at) - harmful, found)

    groups = [group("all", "", range(len(examples)))]
    for kind, keys in _groupings(examples).items():
        for title, members in sorted(keys.items()):
            if kind in ("leaf", "disguise") and not (labels[members] == 0).any():
                members = [*members, *harmless.tolist()]
            if len(members) >= _LEAST and len(keys) > 1:
                groups.append(group(kind, title, members))
    return Evaluation(name, scored.seconds, tuple(groups))


def _groupings(examples: Sequence[Example]) -> dict[str, dict[str, list[int]]]:
    ways: dict[str, Callable[[Example], str]] = {
        "language": lambda example: example.language or language_of(example.text),
        "length": lambda example: _length(example.text),
        "leaf": lambda example: example.leaf,
        "disguise": lambda example: example.disguise or "none",
        "source": lambda example: example.source,
    }
    return {kind: _members(examples, way) for kind, way in ways.items()}


def _members(examples: Iterable[Example], way: Callable[[Example], str]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        if name := way(example):
            found[name].append(at)
    return dict(found)


def _length(text: str) -> str:
    return next((name for name, most in _LENGTHS if len(text) <= most), "very long")
