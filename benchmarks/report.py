"""How every benchmark is asked and how it answers: a table for people, `--json` for files."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a run."""

    as_json: bool
    seconds: float
    repeats: int


def asked(description: str, *, seconds: float, repeats: int = 3) -> Asked:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seconds", type=float, default=seconds, help="per measurement")
    parser.add_argument("--repeats", type=int, default=repeats)
    given = parser.parse_args()
    return Asked(given.json, given.seconds, given.repeats)


def summary(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Median, least and most of each figure over the repeats."""
    return {
        name: {
            "median": round(statistics.median(values), 3),
            "min": round(min(values), 3),
            "max": round(max(values), 3),
        }
        for name in rows[0]
        if (values := [row[name] for row in rows])
    }


def tell(
    options: Asked,
    machine: Mapping[str, object],
    figures: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> None:
    """Print what was found."""
    if options.as_json:
        print(json.dumps({"machine": machine, **figures}, indent=1))
        return
    for group, rows in figures.items():
        print(group)
        for name, row in rows.items():
            print(f"  {name:24} {row['median']:10.3f}  [{row['min']:.3f} - {row['max']:.3f}]")
