"""What a model on the panel costs, where its time goes, and what a cascade saves.

    python -m benchmarks.classifiers [--json] [--model FOLDER] [--jsonl CASES] [--repeats 3]

`batch`: milliseconds per text of about 128 tokens, tokenising included, one thread.
`steps`: 64 callers at once through the batcher, milliseconds by step (median), and all of them.
`stream`: an answer of 500 tokens (4 characters each, 2 in Chinese) at 50 tokens a second, in
windows as a stream is judged: how much later its first token leaves (the tokens that fill the
first window, and the judging of it), and the CPU of judging all windows.
`cascade`, with `--jsonl` (lines of {"text", "label": 0 or 1}): for some zones of the `unsafe` score
the share of texts that a guard behind the model is asked about, the share of harmful texts that the
model clears below the zone (what recall the cascade costs at most), and of benign ones above it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import Asked, summary, tell
from benchmarks.rig import machine
from classifiers.bundled import load
from classifiers.kinds import ModelOptions, Parts
from classifiers.model import BundledModel
from classifiers.observing import Step, Unobserved
from classifiers.panel import Panel
from classifiers.registry import build_backend, readings_of
from classifiers.scored import Reading, ScoredClassifier
from classifiers.scoring import Side
from classifiers.types import Role, Segment
from classifiers.window import WindowStream

ENGLISH = "The council met on Tuesday to discuss the new library and the roads around it. "
CHINESE = "市政府周二开会讨论新图书馆的建设方案，并听取了居民关于周边道路的意见。"
TOKENS = 500
TOKEN_S = 0.02
WINDOW_CHARS = 256
ZONES = ((0.05, 0.5), (0.05, 0.9), (0.1, 0.9), (0.2, 0.8), (0.3, 0.7))

Row = dict[str, float]


@dataclass
class Steps(Unobserved):
    """Seconds by step."""

    seconds: dict[Step, list[float]] = field(default_factory=lambda: {step: [] for step in Step})

    def step(self, classifier: str, step: Step, seconds: float) -> None:
        self.seconds[step].append(seconds)


def texts_of_128_tokens(count: int) -> list[str]:
    """Half English, half Chinese, each another text."""
    return [
        f"{number} {(ENGLISH * 8)[:480]}" if number % 2 else f"{number} {(CHINESE * 6)[:170]}"
        for number in range(count)
    ]


def batches(model: BundledModel) -> Row:
    texts = texts_of_128_tokens(64)
    single = []
    for text in texts:
        began = time.perf_counter()
        model.score([text], Side.PROMPT)
        single.append(time.perf_counter() - began)
    began = time.perf_counter()
    for at in (0, 32):
        model.score(texts[at : at + 32], Side.PROMPT)
    of_32 = (time.perf_counter() - began) / 64
    return {"alone_ms": statistics.median(single) * 1e3, "in_32_ms": of_32 * 1e3}


def panel(options: ModelOptions, steps: Steps) -> Panel:
    backend = build_backend("bundled", options, Parts(observer=steps))
    reading = Reading(dict.fromkeys(backend.labels, 0.99), readings=readings_of(options))
    return Panel([], [ScoredClassifier("bundled", backend, reading, observer=steps)], deadline_s=60)


async def crowd(options: ModelOptions) -> Row:
    steps = Steps()
    judged = panel(options, steps)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for text in texts_of_128_tokens(64):
            group.create_task(judged.classify([Segment(text)]))
    whole = time.perf_counter() - began
    of_step = {
        f"{step.value}_ms": statistics.median(its) * 1e3
        for step, its in steps.seconds.items()
        if its
    }
    return {**of_step, "all_64_ms": whole * 1e3}


async def stream(options: ModelOptions, text: str, token_chars: int) -> Row:
    judged = panel(options, Steps())
    windows = WindowStream(WINDOW_CHARS)
    first_s, cpu = 0.0, time.process_time()
    for number in range(TOKENS):
        due = windows.feed(text[number * token_chars : (number + 1) * token_chars])
        due += windows.finish() if number == TOKENS - 1 else []
        if due:
            began = time.perf_counter()
            segments = [Segment(window.text, Role.ASSISTANT) for window in due]
            await judged.classify_windows(segments)
            first_s = first_s or number * TOKEN_S + time.perf_counter() - began
    return {"first_token_ms": first_s * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3}


def cascade(model: BundledModel, cases: Path) -> Row:
    lines = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines() if line]
    at = model.labels.index("unsafe")
    scores = model.score([str(line["text"]) for line in lines], Side.PROMPT)[:, at].tolist()
    harmful = [s for s, line in zip(scores, lines, strict=True) if line["label"]]
    benign = [s for s, line in zip(scores, lines, strict=True) if not line["label"]]
    row: Row = {"texts": float(len(lines))}
    for low, high in ZONES:
        zone = f"{low:g}-{high:g}"
        row[f"{zone} asked"] = share(scores, low, high)
        row[f"{zone} harmful cleared"] = share(harmful, 0.0, low)
        row[f"{zone} benign sure"] = share(benign, high, 1.1)
    return row


def share(scores: Sequence[float], low: float, high: float) -> float:
    return sum(low <= score < high for score in scores) / max(1, len(scores))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--model", type=Path, help="folder of a model; the bundled one otherwise")
    parser.add_argument("--jsonl", type=Path, help="labelled texts, for the cascade")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    options = ModelOptions(given.model)
    model = load(given.model)
    rounds = range(given.repeats)
    english, chinese = ENGLISH * 40, CHINESE * 80
    figures = {
        "batch": summary([batches(model) for _ in rounds]),
        "steps": summary([asyncio.run(crowd(options)) for _ in rounds]),
        "stream, English": summary([asyncio.run(stream(options, english, 4)) for _ in rounds]),
        "stream, Chinese": summary([asyncio.run(stream(options, chinese, 2)) for _ in rounds]),
    }
    if given.jsonl:
        figures["cascade"] = summary([cascade(model, given.jsonl)])
    tell(Asked(given.json, 0.0, given.repeats), machine(), figures)


if __name__ == "__main__":
    main()
