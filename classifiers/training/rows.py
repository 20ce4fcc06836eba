"""One row of training data, and which heads it teaches."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from classifiers.heads import HEADS, Head
from classifiers.scoring import Side
from classifiers.text.view import canonical

BOTH = (Side.PROMPT, Side.OUTPUT)
NOTHING: Mapping[Head, int] = dict.fromkeys(HEADS, 0)
"""A benign text: every head is known to be 0."""

ATTACKS = (Head.INJECTION, Head.JAILBREAK, Head.PROMPT_LEAK)
"""Heads about how a model is spoken to. A plain harmful text is known not to be one of them."""

_NOT_TEXT = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Row:
    """A text with what is known about it. A head not in `labels` is unknown, not 0."""

    text: str
    lang: str
    source: str
    """The data set, and its part where it has parts: `cold`, `catqa/harmfulqa`."""
    labels: Mapping[Head, int]
    sides: tuple[Side, ...] = (Side.PROMPT,)
    weight: float = 1.0
    pair: str = ""
    """The contrast pair it is one half of, by id."""
    group: str = ""
    """What stays together when rows are split: a pair's topic, a template, or the text itself."""
    split: str = "train"
    tags: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        return key_of(self.text)

    def moved(self, split: str) -> Row:
        return replace(self, split=split)


def harmful(*heads: Head) -> dict[Head, int]:
    """An unsafe text of these kinds; whether it is of other kinds too is not known."""
    return dict.fromkeys(ATTACKS, 0) | dict.fromkeys(heads, 1) | {Head.UNSAFE: 1}


def lang_of(text: str) -> str:
    """`zh` where a tenth of the letters or more are Han."""
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and len(_HAN.findall(text)) * 10 >= letters else "en"


def key_of(text: str) -> str:
    """The same for texts that differ in case, spacing, punctuation and width only."""
    return _NOT_TEXT.sub("", canonical(text).text)


def hashed(text: str, parts: int = 100) -> int:
    """A part from 0 on that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % parts


def count_by_source(rows: Iterable[Row]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    return counts
