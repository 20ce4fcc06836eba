"""Texts out of frames and slots, the same for every run."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.rows import Row, lang_of

Maker = Callable[[random.Random], str]


def filled(frames: Sequence[str], rng: random.Random, **slots: Sequence[str]) -> str:
    values = {name: rng.choice(choices) for name, choices in slots.items()}
    if "do" in values:
        values["Do"] = values["do"][:1].upper() + values["do"][1:]
    return rng.choice(frames).format(**values)


def digits(rng: random.Random, least: int, most: int) -> list[str]:
    return [str(rng.randrange(least, most))]


def drawn(
    name: str, make: Maker, number: int, labels: dict[Head, int], sides: tuple[Side, ...]
) -> list[Row]:
    """Up to `number` different texts; the same for every run."""
    rng = random.Random(name)  # noqa: S311  # drawn for training, not for secrets
    texts = dict.fromkeys(make(rng) for _ in range(3 * number))
    return [
        Row(text, lang_of(text), f"made/{name}", labels, sides, group=f"{name}:{text[:12]}")
        for text in list(texts)[:number]
    ]
