"""What the patterns cost: whole texts, streams in small deltas, and the worst we know to ask.

python benchmarks/patterns.py [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from classifiers.patterns import FAMILIES, Patterns
from classifiers.types import Segment

ENGLISH = (
    "The quick brown fox jumps over the lazy dog; it was a sunny day in May and nobody cared. "
    "Such is life, she said, and went to live with her cats in Spain.\n"
) * 7
CHINESE = (
    "今天天气很好，我们一起去公园散步吧，顺便买一些水果回家给孩子们吃。"
    "明天再去图书馆看书学习，过几年我们还会搬到西班牙去住，带上几只猫。\n"
) * 17
NUMBERED = "In 2024 she went to live with 3 cats in Spain, 2024年她带着3只猫搬到西班牙去住。\n" * 15
TEXTS = {"English": ENGLISH, "Chinese": CHINESE, "mixed, with numbers": NUMBERED}
NUMBERS = frozenset({"cn_id_card", "bank_card", "cn_mobile", "cn_uscc"})
KEYS = NUMBERS | {"openai_key", "anthropic_key"}
HOLDS = {
    "numbers": NUMBERS,
    "numbers, sk- keys": KEYS,
    "numbers, sk- keys, email": KEYS | {"email"},
}
DELTA = 4
ROUNDS = 5
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """The best of several rounds: what it costs when the machine does nothing else."""

    what: str
    value: float
    unit: str


def best(do: Callable[[], object], times: int) -> float:
    """Seconds for one call."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            do()
        rounds.append((time.perf_counter() - start) / times)
    return min(rounds)


def follow(patterns: Patterns, hold: frozenset[str], deltas: list[str]) -> int:
    stream = patterns.stream(hold)
    for delta in deltas:
        stream.feed(delta)
    held = sum(map(len, deltas)) - stream.safe
    stream.finish()
    return held


def whole(patterns: Patterns) -> list[Figure]:
    figures = []
    for name, text in TEXTS.items():
        cost = best(partial(patterns.scan, [Segment(text)]), 100)
        kilobytes = len(text.encode()) / 1000
        figures.append(Figure(f"whole, {name}", 1e6 * cost / kilobytes, "us per KB"))
    return figures


def streamed(patterns: Patterns) -> list[Figure]:
    figures = []
    for hold, categories in HOLDS.items():
        for name, text in TEXTS.items():
            deltas = [text[at : at + DELTA] for at in range(0, len(text), DELTA)]
            cost = best(partial(follow, patterns, categories, deltas), 5) / len(deltas)
            figures.append(Figure(f"streamed, {name}, held: {hold}", 1e6 * cost, "us per delta"))
    return figures


def worst(patterns: Patterns) -> list[Figure]:
    """A megabyte each; `valid` text is all matches, `nearly` all candidates that fail."""
    dice = random.Random(45654)
    texts = {
        "one digit": "1" * MEGABYTE,
        "one letter": "a" * MEGABYTE,
        "random digits": "".join(dice.choices("0123456789", k=MEGABYTE)),
        "random letters and digits": "".join(dice.choices("abcdef0123456789", k=MEGABYTE)),
        "random digits and gaps": "".join(dice.choices("0123456789 -.", k=MEGABYTE)),
        "letters and mail signs": "".join(dice.choices("ab.-@", k=MEGABYTE)),
        "nearly cards": "4444 " * (MEGABYTE // 5),
        "nearly keys": "-----BEGIN PRIVATE " * (MEGABYTE // 19),
        "valid mobiles": "13800138000 " * (MEGABYTE // 12),
    }
    return [
        Figure(
            f"worst, {name}", 1e3 * best(partial(patterns.scan, [Segment(text)]), 1), "ms per MB"
        )
        for name, text in texts.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    start = time.perf_counter()
    patterns = Patterns(FAMILIES)
    built = Figure("compile all families", 1e3 * (time.perf_counter() - start), "ms")
    figures = [built, *whole(patterns), *streamed(patterns), *worst(patterns)]
    if arguments.json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    for figure in figures:
        print(f"{figure.value:10.2f} {figure.unit:13} {figure.what}")


if __name__ == "__main__":
    main()
