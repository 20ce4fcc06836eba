"""The Helm chart, rendered by Helm itself, which `make chart` brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from gateway.settings import load_settings

helm = pytest.importorskip("helm_python", reason="Helm is not installed; make chart installs it")

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "stoplog"
ASKED = {
    "settings": {
        "label": {"producer": "00119X000000000000000W1DEMO"},
        "upstream": {"url": "http://model.models.svc"},
    }
}
REPLICAS = {**ASKED, "replicas": 3, "podMonitor": True, "secrets": {"database": "stoplog-database"}}


def rendered(values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The documents by kind."""
    with helm.Chart.load(CHART) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="gateway", namespace="default")
    load = YAML(typ="safe", pure=True).load
    documents = [load(text) for text in files.values() if text.strip()]
    return {document["kind"]: document for document in documents}


@pytest.mark.parametrize("values", [ASKED, REPLICAS], ids=["one", "replicas"])
def test_helm_finds_nothing_to_say(values: dict[str, Any]) -> None:
    """Its linter, with warnings as errors."""
    report = helm.lint(CHART, values, strict=True)

    assert [m for m in report["messages"] if m["severity"] > 1] == []
    assert not report["errors"]


@pytest.mark.parametrize("version", ["1.29", "1.33", "1.37"])
@pytest.mark.parametrize("values", [ASKED, REPLICAS], ids=["one", "replicas"])
def test_what_it_renders_is_valid(values: dict[str, Any], version: str) -> None:
    """Against the strict schemas."""
    for kind, document in rendered(values).items():
        if kind != "PodMonitor":
            kubernetes_validate.validate(document, version, strict=True)


def test_replicas_bring_what_one_does_not_need() -> None:
    """A schema of its own for each, a disruption budget, and the monitor that was asked for."""
    one, several = rendered(ASKED), rendered(REPLICAS)
    (container,) = several["StatefulSet"]["spec"]["template"]["spec"]["containers"]

    assert several.keys() - one.keys() == {"PodDisruptionBudget", "PodMonitor"}
    assert [variable["name"] for variable in container["env"]] == [
        "ORDINAL",
        "STOPLOG_LEDGER__DATABASE_SCHEMA",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {**ASKED, "replicas": 3},
        {**ASKED, "replica": 1},
        {"settings": {"upstream": {"url": "model"}}},
    ],
    ids=["no upstream", "replicas without a database", "misspelt", "no address"],
)
def test_values_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    """Before anything reaches a cluster."""
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError):
        chart.validate_schema(wrong)


def test_the_settings_are_taken_by_the_gateway(tmp_path: Path) -> None:
    """The file in the config map is one that `stoplog serve` reads."""
    text = rendered(ASKED)["ConfigMap"]["data"]["stoplog.yaml"]
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    file = tmp_path / "stoplog.yaml"
    file.write_text(text.replace("/run/secrets/ledger/key", str(key)))

    assert load_settings(file, {}).upstream.url == "http://model.models.svc"
