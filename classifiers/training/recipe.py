"""The mix: which rows teach, which judge, and how many of each source."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from classifiers.disguise import disguised
from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.contrast import read_functional, read_pairs
from classifiers.training.made.composed import embedded, refusals, wrapped
from classifiers.training.made.mix import make_rows
from classifiers.training.made.tasks import tasks
from classifiers.training.near import Seen, cleaned
from classifiers.training.rows import Row, hashed
from classifiers.training.sources import bipia_attacks, read_all

HARMFUL_SETS = ("jade", "xsafety", "catqa", "multijail", "advbench")
"""Sets of harmful prompts that are held out in turn."""
_MOST = {
    "jigsaw-davidson:0": 12_000,
    "jigsaw-davidson:1": 6_000,
    "bipia/table": 300,
    "huatuo": 5_000,
    "huatuo/answers": 2_500,
    "gsm8k/answers": 500,
}
_ATTACK_SOURCES = ("jailbreaks", "pyrit-templates", "made/jailbreak", "made/injection")
_TEXTS = ("bipia/email", "bipia/table", "writingbench", "huatuo/answers", "agieval")
"""Benign sets whose texts stand in for documents that a model is asked to work on."""
_DISGUISED = 0.12
"""Of the rows, how many are taught a second time in a disguise."""


def build(folder: Path, hold_out: Collection[str] = ()) -> tuple[list[Row], dict[str, int]]:
    """Every row of the recipe, and how many near-duplicates went, by source.

    `hold_out`: sources that teach nothing this time, to be judged on.
    """
    rows = [*read_all(folder), *make_rows()]
    rows = [row.moved("eval") if row.source in hold_out else row for row in rows]
    rows = _attacks_split(rows)
    teaching = [row for row in rows if row.split == "train"]
    asked = [row for row in teaching if row.labels.get(Head.UNSAFE) and Side.PROMPT in row.sides]
    asked = [row for row in asked if len(row.text) < 120 and row.source in HARMFUL_SETS]
    contexts = [row for row in rows if row.source.startswith(("bipia/", "writingbench"))]
    templates = [row for row in rows if row.source in ("jailbreaks", "pyrit-templates")]
    made = [
        *refusals(asked, 1500),
        *_half_split(embedded(contexts, bipia_attacks(folder), 1200)),
        *wrapped(templates, [*asked, *_everyday(teaching)], 1000),
        *tasks([row for row in teaching if row.source in _TEXTS], 800, 1500, 1500),
    ]
    kept, gone = cleaned([*rows, *made, *read_pairs(), *read_functional()])
    return _thinned(kept), gone


_JUDGED = {
    "jigsaw-davidson": 2500,
    "cold": 2500,
    "swsr": 300,
    "belle-eval/answers": 300,
    "pyrit-templates": 150,
    "made/wrapped": 150,
    "belle-eval": 700,
    "arena-hard": 500,
    "reviews": 350,
    "news-1998": 350,
    "chats-chinese": 350,
    "chats-english": 350,
}
"""Of the large judged sets, how many rows."""


def judging(rows: Iterable[Row]) -> list[Row]:
    """The judged rows, large sets cut by the hash of the text."""
    by_source: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.split != "train":
            by_source[row.source].append(row)
    chosen: list[Row] = []
    for source, its in by_source.items():
        its.sort(key=lambda row: hashed(row.text, 2**32))
        chosen.extend(its[: _JUDGED.get(source)])
    return chosen


def _everyday(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.source == "self-instruct" and len(row.text) < 120]


def _half_split(rows: Sequence[Row]) -> list[Row]:
    return [row.moved("eval") if hashed(row.group) < 20 else row for row in rows]


def _attacks_split(rows: Sequence[Row]) -> list[Row]:
    """Attacks by a hash: of near-duplicates all go where the first one went."""
    held = Seen()
    split: list[Row] = []
    for row in rows:
        if row.source not in _ATTACK_SOURCES:
            split.append(row)
        elif hashed(row.group or row.key) < 20 or held.has(row.key):
            held.add(row.key)
            split.append(row.moved("eval"))
        else:
            split.append(row)
    return split


def _thinned(rows: Sequence[Row]) -> list[Row]:
    """The large sets cut to size, by the hash of the text so that any run keeps the same."""
    ranked: defaultdict[str, list[Row]] = defaultdict(list)
    left: list[Row] = []
    for row in rows:
        name = f"{row.source}:{row.labels.get(Head.UNSAFE)}"
        name = name if name in _MOST else row.source
        if row.split == "train" and name in _MOST:
            ranked[name].append(row)
        else:
            left.append(row)
    for name, candidates in ranked.items():
        candidates.sort(key=lambda row: hashed(row.text, 2**32))
        left.extend(candidates[: _MOST[name]])
    return left


def with_disguises(rows: Sequence[Row], seed: int) -> list[Row]:
    """The rows, and a part of them again in a random disguise."""
    rng = random.Random(seed)  # noqa: S311
    extra = []
    for row in rows:
        if rng.random() < _DISGUISED and 8 <= len(row.text) <= 400:
            name, text = disguised(row.text, rng)
            if name:
                tags = (*row.tags, f"disguise:{name}")
                extra.append(replace(row, text=text, pair="", weight=row.weight * 0.7, tags=tags))
    return [*rows, *extra]
