"""Contrast pairs and functional tests: our own texts, read from the files beside this one.

In a pair the same words stand once in a harmful and once in a harmless text. Whole topics are held
out, so that a figure on them says what the model makes of topics it has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.rows import ATTACKS, BOTH, NOTHING, Row, harmful, hashed

HERE = Path(__file__).parent
PAIRS = HERE / "pairs"
FUNCTIONAL = HERE / "functional"
HELD_TOPICS = 18
"""Of a hundred topics, how many are held out."""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_pairs(folder: Path = PAIRS) -> list[Row]:
    """Both halves of every pair, the harmful one first; held-out topics have split `eval`."""
    return [
        row
        for path in sorted(folder.glob("*/*.jsonl"))
        for raw in _lines(path)
        for row in _halves(raw, path.parent.name)
    ]


def _halves(raw: dict[str, Any], lang: str) -> Iterator[Row]:
    sides = (Side.PROMPT,) if raw["kind"] == "request" else BOTH
    topic = f"{lang}/{raw['topic']}"
    split = "eval" if hashed(f"out {topic}") < HELD_TOPICS else "train"
    head = Head(raw["head"])
    labels = harmful(head)
    for attack in ATTACKS:
        if head in ATTACKS and attack != head:
            del labels[attack]
    for text, known in ((raw["harmful"], labels), (raw["harmless"], NOTHING)):
        yield Row(
            text, lang, f"pairs/{lang}", known, sides, pair=raw["id"], group=topic, split=split
        )


def read_functional(folder: Path = FUNCTIONAL) -> list[Row]:
    """The functional tests: never trained on."""
    return [
        Row(
            raw["text"],
            path.stem,
            f"functional/{path.stem}",
            harmful(Head(raw["head"])) if raw["label"] else NOTHING,
            BOTH,
            group=raw["kind"],
            split="eval",
        )
        for path in sorted(folder.glob("*.jsonl"))
        for raw in _lines(path)
    ]
