"""Dashboards and alerts against a real Prometheus that scrapes a gateway in which much happened."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from faulty import Faulty, faulty
from live import Live, live
from prometheus import Prometheus, program, scraping
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "policies" / "sample"
RULES = ROOT / "deploy" / "prometheus"
DASHBOARD = orjson.loads((ROOT / "deploy" / "grafana" / "stoplog.json").read_bytes())
RANGE = "1m"
"""Stands for what Grafana makes of $__rate_interval."""


def queries() -> list[tuple[str, str]]:
    return [
        (panel["title"], target["expr"])
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", [])
    ]


def nothing_found(path: str, question: Any) -> object:
    return [[{"label": "hate", "score": 0.01}] for _ in question["inputs"]]


def pack_with_remote(folder: Path, url: str) -> Path:
    """The sample pack with a classifier that runs elsewhere."""
    pack = Path(shutil.copytree(SAMPLE, folder / "sample"))
    section = (
        "classifiers:\n"
        "  - name: remote\n    kind: http\n    protocol: tei\n    categories: [hate]\n"
        f"    labels: {{hate: [S.2]}}\n    server: {{url: '{url}', timeout_s: 1, retries: 0}}\n"
        "leaves:\n"
    )
    file = pack / "pack.yaml"
    file.write_text(file.read_text("utf-8").replace("leaves:\n", section, 1), "utf-8")
    return pack


def rollout(folder: Path) -> Path:
    """The sample pack with another list, tried in shadow."""
    tried = Path(shutil.copytree(SAMPLE, folder / "next" / "sample"))
    (tried / "lexicon" / "S.1.txt").write_text("hello\n", encoding="utf-8")
    file = folder / "rollout.yaml"
    file.write_text(f"stage: shadow\npacks: ['{tried}']\n", encoding="utf-8")
    return file


async def drive(gateway: Live, remote: Faulty) -> None:
    """Clean, blocked, streamed and broken exchanges, a failing classifier, and more than fit."""
    for content in ("Hello.", "forbiddenword", "@error", "@cut", "@long-en"):
        await gateway.ask(content)
    async with gateway.http.stream(
        "POST",
        "/v1/chat/completions",
        json={
            "model": "m",
            "stream": True,
            "messages": [{"role": "user", "content": "@long-en"}],
        },
    ) as stream:
        await stream.aread()
    remote.fault = "500"
    await gateway.ask("How do I bake bread?")
    remote.fault = ""
    await asyncio.gather(*(gateway.ask("@long-en") for _ in range(8)))


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[tuple[Live, Prometheus]]:
    """A gateway that is driven while Prometheus scrapes it."""
    program("prometheus")
    async with faulty(nothing_found) as remote:
        pack = pack_with_remote(tmp_path, remote.url)
        (pack / "lexicon" / "S.1.txt").write_text("forbiddenword\n", encoding="utf-8")
        policy = {"packs": [str(pack)], "lists": {}, "rollout": rollout(tmp_path)}
        async with (
            live(tmp_path, policy=policy, server={"admission": {"exchanges": 4}}) as gateway,
            scraping(tmp_path, gateway.gateway.admin_url) as prometheus,
        ):
            for _ in range(3):
                await drive(gateway, remote)
                await asyncio.sleep(0.8)
            yield gateway, prometheus


async def test_every_panel_shows_something(asked: tuple[Live, Prometheus]) -> None:
    """Each query is understood and not empty; one that asks for what is not there is."""
    _, prometheus = asked
    variables = {"$job": ".*", "$instance": ".*", "$__rate_interval": RANGE}
    empty = []
    for title, expression in queries():
        for name, value in variables.items():
            expression = expression.replace(name, value)
        if not await prometheus.query(expression):
            empty.append((title, expression))

    assert empty == []
    assert await prometheus.query("stoplog_no_such_metric") == []
    (healthy,) = await prometheus.query("stoplog_ledger_healthy")
    assert healthy["value"][1] == "1"
    broken = await prometheus.query("sum by (kind) (stoplog_upstream_errors_total) == 3")
    assert {series["metric"]["kind"] for series in broken} == {"told", "unreadable"}


async def test_the_metrics_pass_the_linter_of_prometheus(tmp_path: Path) -> None:
    """Names, units and help texts are as the practices want them."""
    promtool = program("promtool")
    async with live(tmp_path) as gateway, httpx2.AsyncClient() as http:
        await gateway.ask("Hello.")
        page = await http.get(f"{gateway.gateway.admin_url}/metrics")
    lint = await asyncio.to_thread(
        subprocess.run, [promtool, "check", "metrics"], input=page.content, capture_output=True
    )

    assert (lint.stdout, lint.stderr, lint.returncode) == (b"", b"", 0)


def test_every_alert_rings_when_it_should_and_no_sooner() -> None:
    """By the unit tests beside the rules, which leave out no alert."""
    promtool = program("promtool")
    load = YAML(typ="safe", pure=True).load
    (group,) = load((RULES / "stoplog.rules.yaml").read_text())["groups"]
    tests = load((RULES / "stoplog.rules.test.yaml").read_text())["tests"]
    rung = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    run = subprocess.run(
        [promtool, "test", "rules", "stoplog.rules.test.yaml"],
        cwd=RULES,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert rung == {rule["alert"] for rule in group["rules"]}
