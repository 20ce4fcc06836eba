"""The alerts: each asks for what is exposed, waits before it rings, and says what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

from gateway.metrics import Metrics

ROOT = Path(__file__).parents[2]
(GROUP,) = YAML(typ="safe", pure=True).load(
    (ROOT / "deploy" / "prometheus" / "stoplog.rules.yaml").read_text()
)["groups"]
SUFFIXES = {"counter": ["_total"], "info": ["_info"], "histogram": ["_bucket", "_count"]}
TARGET_LABELS = {"job", "instance", "le"}


def exposed() -> dict[str, set[str]]:
    # The registry has no public list that includes metrics without children.
    collectors = Metrics().registry._names_to_collectors.values()
    return {
        metric._name + suffix: set(metric._labelnames)
        for metric in collectors
        if isinstance(metric, MetricWrapperBase)
        for suffix in SUFFIXES.get(str(metric._type), [""])
    }


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_exposed(rule: dict[str, Any]) -> None:
    """A renamed metric or label would silence it for ever."""
    expression = rule["expr"]
    names = re.findall(r"\bstoplog_\w+", expression)
    selected = set(re.findall(r"(\w+)!?=~?\"", expression))
    grouped = {g.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for g in by.split(",")}
    labels = set().union(*(exposed()[name] for name in names))

    assert names
    assert selected | grouped <= labels | TARGET_LABELS


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule["alert"])
def test_an_alert_waits_and_says_what_to_do(rule: dict[str, Any]) -> None:
    """One bad scrape wakes nobody, and who is woken finds a page."""
    page = (ROOT / "docs" / "alerts.md").read_text()

    assert rule["for"]
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"docs/alerts.md#{rule['alert'].lower()}"
    assert f"\n## {rule['alert']}\n" in page


def test_the_page_knows_no_alert_that_is_gone() -> None:
    """As many headings as alerts."""
    headings = re.findall(r"^## (\w+)", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)

    assert headings == [rule["alert"] for rule in GROUP["rules"]]
