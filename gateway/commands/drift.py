"""`stoplog drift`: whether classifiers score the traffic of today as they scored that of before."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client.parser import text_string_to_metric_families

from classifiers.drift import Change, Histograms, drift
from gateway.commands.listing import json_lines, table
from gateway.commands.options import Exit, JsonOption, command, exit_with_problems

app = command()

METRIC = "stoplog_classifier_score_ratio"
ScrapeArgument = Annotated[Path, typer.Argument(help="A saved answer of /metrics.")]


@app.command()
def compare(before: ScrapeArgument, after: ScrapeArgument, as_json: JsonOption = False) -> None:
    """Compare the scores of two scrapes; exit with 1 if a label has drifted.

    A scrape counts from the start of its process. Save one when thresholds are set.
    """
    rows = drift(_scores(before), _scores(after))
    if not rows:
        exit_with_problems("no classifier has scores in both files")
    typer.echo((json_lines if as_json else table)(rows))
    drifted = any(row.change == Change.DRIFTED for row in rows)
    raise typer.Exit(Exit.FINDINGS if drifted else Exit.OK)


def _scores(file: Path) -> Histograms:
    """The histograms of a scrape, each bucket by itself."""
    try:
        families = list(text_string_to_metric_families(file.read_text(encoding="utf-8")))
    except OSError as error:
        exit_with_problems(f"{file} cannot be read ({error.strerror})")
    except ValueError:
        exit_with_problems(f"{file} is no answer of /metrics")
    upto: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for family in families:
        for sample in family.samples:
            if sample.name == f"{METRIC}_bucket":
                labels = sample.labels
                key = labels["classifier"], labels["label"]
                upto[key].append((float(labels["le"]), sample.value))
    return {
        key: [b - a for a, b in pairwise([0.0, *(count for _, count in sorted(its))])]
        for key, its in upto.items()
    }
