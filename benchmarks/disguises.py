"""How much of the evasion suite is caught, row by row, and which benign twins are hit.

python -m benchmarks.disguises [--json] [--terms b] [--seed 1] [--each 40] [--misses 5]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from benchmarks.evasion.suite import Case, cases, twins
from benchmarks.evasion.words import terms
from classifiers.batch import Batch, Result
from classifiers.batch import Case as Asked


@dataclass(frozen=True, slots=True)
class Seen:
    """A case and what was made of it."""

    case: Case
    result: Result

    @property
    def result_case(self) -> Asked:
        """The case as a batch is asked it."""
        return Asked(self.case.id, self.case.text)

    @property
    def caught(self) -> bool:
        return any(hit.term == self.case.term for hit in self.result.hits)

    @property
    def exactly(self) -> bool:
        """Whether some hit of the term covers the disguise and nothing else."""
        return any(
            (hit.start, hit.end) == (self.case.start, self.case.end)
            for hit in self.result.hits
            if hit.term == self.case.term
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One disguise, counted."""

    row: str
    name: str
    tier: int
    cases: int
    caught: int
    inexact: int
    """Caught, but the span is not the disguise alone."""


def judged(ask: Callable[[Asked], Result], some: Iterable[Case]) -> list[Seen]:
    return [Seen(case, ask(Asked(case.id, case.text))) for case in some]


def counted(seen: Iterable[Seen], *, apart: bool = False) -> list[Row]:
    """By disguise; compositions as one row unless `apart`."""
    groups: dict[tuple[str, str, int], list[Seen]] = defaultdict(list)
    for one in seen:
        composed = one.case.row.startswith("two") and not apart
        groups[one.case.row, "" if composed else one.case.name, one.case.tier].append(one)
    return [
        Row(
            *key,
            len(some),
            sum(one.caught for one in some),
            sum(one.caught and one.case.exact and not one.exactly for one in some),
        )
        for key, some in groups.items()
    ]


def rate(rows: Iterable[Row], tier: int) -> float:
    """The share of the tier's cases that is caught."""
    mine = [row for row in rows if row.tier == tier]
    return sum(row.caught for row in mine) / max(1, sum(row.cases for row in mine))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--terms", choices=("a", "b"), default="a")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--misses", type=int, default=0, help="show so many of each row")
    parser.add_argument("--stream", type=int, default=0, help="in pieces of so many characters")
    asked = parser.parse_args()
    batch = Batch(terms(asked.terms))
    ask = (lambda c: batch.streamed(c, asked.stream)) if asked.stream else batch.whole
    began = time.perf_counter()
    seen = judged(ask, cases(asked.terms, asked.seed, asked.each, asked.each * 60))
    other = "b" if asked.terms == "a" else "a"
    likenesses = judged(ask, twins(asked.terms, other, asked.seed, max(3, asked.each // 2)))
    hit = [one for one in likenesses if one.result.hits]
    rows = counted(seen)
    figures = {
        "cases": len(seen),
        "tier 1": round(rate(rows, 1), 4),
        "tier 2": round(rate(rows, 2), 4),
        "tier 3": round(rate(rows, 3), 4),
        "spans that are not the disguise": sum(row.inexact for row in rows),
        "twins": len(likenesses),
        "twins hit": len(hit),
        "seconds": round(time.perf_counter() - began, 1),
    }
    if asked.json:
        print(json.dumps({**figures, "rows": [asdict(row) for row in rows]}, indent=1))
        return
    for row in rows:
        flag = "" if row.caught == row.cases else "  <-"
        share = f"{row.caught:5}/{row.cases:<5} {row.inexact:4}"
        print(f"{row.tier} {row.row:5} {row.name:34} {share}{flag}")
    _show(asked.misses, seen, hit)
    print(json.dumps(figures))


def _show(most: int, seen: Iterable[Seen], hit: Iterable[Seen]) -> None:
    shown: dict[tuple[str, str], int] = defaultdict(int)
    for one in [*seen, *hit]:
        case = one.case
        wrong = "HIT" if not case.term else "missed" if not one.caught else ""
        if not wrong and case.exact and not one.exactly:
            wrong = "span"
        key = (f"{case.row} {case.name}", wrong)
        if wrong and shown[key] < most:
            shown[key] += 1
            told = [(h.term, h.start, h.end, h.view) for h in one.result.hits]
            print(
                wrong,
                *key[:1],
                repr(case.term),
                shortened(case.text),
                (case.start, case.end),
                told,
            )


def shortened(text: str) -> str:
    return repr(text if len(text) < 300 else text[:20] + "..." + text[-150:])


if __name__ == "__main__":
    main()
