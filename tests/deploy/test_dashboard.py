"""The dashboard: every query asks for metrics and labels that the process really exposes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from classifiers.observing import Spared, Step
from gateway.metrics import Metrics
from policies.types import Action, Direction

DASHBOARD = orjson.loads(
    (Path(__file__).parents[2] / "deploy" / "grafana" / "stoplog.json").read_bytes()
)
TARGET_LABELS = {"job", "instance"}
"""Added by Prometheus when it scrapes."""


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


@pytest.fixture
async def exposed() -> dict[str, set[str]]:
    """Metric names and their labels, from a process in which everything happened once."""
    metrics = Metrics()
    metrics.exchange(route="r", decision=Action.BLOCK, outcome="completed")
    metrics.finding(pack="p", leaf="l", action=Action.BLOCK, direction=Direction.PROMPT)
    metrics.screened(Direction.PROMPT, seconds=0.001, characters=1)
    metrics.classified("c", 0.001)
    metrics.classifier_failed("c", "timeout")
    metrics.step("c", Step.INFER, 0.001)
    metrics.texts("c", Spared.ASKED, 1)
    metrics.scored("c", "hate", 0.5)
    metrics.turned_away("lag")
    metrics.ledger_wrote("final", 0.001)
    metrics.upstream_failed("timeout")
    metrics.fail_open("quality", active=False)
    metrics.build("0")
    metrics.packs_taken([("p", "1", "d")], unix_time=1.0)
    metrics.shadowed("same")
    body, _ = await metrics.exposition("")
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


@pytest.mark.parametrize("query", queries())
def test_a_query_names_what_is_exposed(query: str, exposed: dict[str, set[str]]) -> None:
    """A renamed metric or label fails here before a panel goes blank."""
    bare = query.replace("$__rate_interval", "5m")
    names = re.findall(r"\b((?:stoplog|process)_\w+)", bare)
    selected = set(re.findall(r"(\w+)=~?\"", bare))
    grouped = {g.strip() for by in re.findall(r"\bby \(([^)]*)\)", bare) for g in by.split(",")}

    assert names
    for name in names:
        assert name in exposed
        assert selected | grouped <= exposed[name] | TARGET_LABELS


@pytest.mark.parametrize("query", queries())
def test_a_query_is_balanced(query: str) -> None:
    """No bracket is left open."""
    for opening, closing in ("()", "[]", "{}"):
        assert query.count(opening) == query.count(closing)


def test_every_metric_of_ours_is_on_the_dashboard(exposed: dict[str, set[str]]) -> None:
    """What is worth measuring is worth looking at."""
    asked = " ".join(queries())
    names = {re.sub(r"_(bucket|count|sum|created)$", "", n) for n in exposed if "stoplog" in n}

    assert [name for name in sorted(names) if name not in asked] == []


def test_panels_have_meanings_and_do_not_overlap() -> None:
    """Each says what it shows, and each has a place of its own."""
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for grid in [panel["gridPos"]]
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]

    assert all(panel["description"] for panel in panels())
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
