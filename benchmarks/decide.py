"""What a pack costs: deciding, loading, compiling, and running its cases.

    python -m benchmarks.decide [--json] [--pack NAME]

A decision is timed over a report of so many findings, all of them hits of the pack's leaves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle, islice

from classifiers.types import Finding, Report, Segment
from policies.build import build_panel
from policies.cases import load_cases, run_cases
from policies.decide import decide_all
from policies.folder import bundled
from policies.load import load_pack
from policies.policy_set import PolicySet
from policies.types import Direction

TEXT = [Segment("x" * 1000)]
FINDINGS = (0, 1, 5, 40, 400)
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """The best of several rounds: CPU time, so that other work on the machine hardly counts."""

    what: str
    value: float
    unit: str


def best(do: Callable[[], object], times: int) -> float:
    """Seconds for one call."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            do()
        rounds.append((time.process_time() - start) / times)
    return min(rounds)


def report_of(policies: PolicySet, findings: int) -> Report:
    categories = islice(cycle(policies.rules), findings)
    found = tuple(
        Finding(classifier, category, 1.0, at, at + 4, rule=f"{category}#{at}")
        for at, (classifier, category) in enumerate(categories)
    )
    return Report(found, (), 1000, 1000)


def decisions(policies: PolicySet, whose: str) -> list[Figure]:
    figures = []
    for count in FINDINGS:
        report = report_of(policies, count)
        seconds = best(partial(decide_all, policies, Direction.OUTPUT, report, TEXT), 200)
        figures.append(Figure(f"decide by {whose}, {count} findings", seconds * 1e6, "us"))
    return figures


def measure(name: str) -> list[Figure]:
    loaded, cases = load_pack(name), load_cases(name)
    panel = build_panel(loaded)
    every = PolicySet(tuple(load_pack(one).pack for one in bundled()))

    def run() -> object:
        return asyncio.run(run_cases(loaded.pack, panel.classify, cases))

    return [
        *decisions(PolicySet((loaded.pack,)), name),
        *decisions(every, f"all {len(every.packs)} packs"),
        Figure("load the pack", best(lambda: load_pack(name), 1) * 1e3, "ms"),
        Figure("compile its panel", best(lambda: build_panel(loaded), 1) * 1e3, "ms"),
        Figure(f"run its {len(cases)} cases both ways", best(run, 1) * 1e3, "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pack", default="cn-interim-measures")
    options = parser.parse_args()
    figures = measure(options.pack)
    if options.json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
    else:
        for figure in figures:
            print(f"{figure.what:52} {figure.value:10.1f} {figure.unit}")


if __name__ == "__main__":
    main()
