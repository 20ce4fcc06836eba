"""The manifests: valid for every supported Kubernetes, and with no way around the gateway."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from gateway.settings import Settings, SettingsError, load_settings

DEPLOY = Path(__file__).parents[2] / "deploy"
FOLDER = DEPLOY / "kubernetes"
VERSIONS = [f"1.{minor}" for minor in range(29, 38)]
BASES = ["beside-app", "beside-model", "replicas"]
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
MANIFESTS = [
    path
    for base in BASES
    for path in sorted((FOLDER / base).glob("*.yaml"))
    if path.name != "kustomization.yaml"
]
KUBECTL = shutil.which("kubectl")
CUSTOM = {"PodMonitor", "PrometheusRule"}
"""Kinds of the Prometheus Operator, which the schemas of Kubernetes itself do not hold."""


def documents(path: Path) -> list[dict[str, Any]]:
    return list(YAML(typ="safe", pure=True).load_all(path.read_text()))


def workload(base: str) -> dict[str, Any]:
    """The stateful set of a base."""
    found = [
        document
        for path in (FOLDER / base).glob("*.yaml")
        for document in documents(path)
        if document["kind"] == "StatefulSet"
    ]
    assert len(found) == 1
    return found[0]


def pod(base: str) -> dict[str, Any]:
    spec: dict[str, Any] = workload(base)["spec"]["template"]["spec"]
    return spec


def containers(base: str) -> list[dict[str, Any]]:
    return [*pod(base).get("initContainers", []), *pod(base)["containers"]]


def gateway_of(base: str) -> dict[str, Any]:
    (found,) = (one for one in containers(base) if one["name"] == "stoplog")
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_manifest_is_valid(path: Path, version: str) -> None:
    """Against the strict schemas, which know every field by name."""
    for document in documents(path):
        kubernetes_validate.validate(document, version, strict=True)


def test_an_older_kubernetes_is_told_apart() -> None:
    """1.27 knows no sidecars; a validator that let this pass would prove nothing."""
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(workload("beside-model"), "1.27", strict=True)


@pytest.mark.parametrize("base", [*BASES, "monitoring"])
def test_every_manifest_is_in_the_kustomization(base: str) -> None:
    """None is forgotten by `kubectl apply -k`."""
    (kustomization,) = documents(FOLDER / base / "kustomization.yaml")
    files = {path.name for path in (FOLDER / base).glob("*.yaml")}

    assert set(kustomization["resources"]) == files - {"kustomization.yaml"}


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
@pytest.mark.parametrize("folder", [*BASES, *(f"overlays/{name}" for name in OVERLAYS)])
def test_kustomize_renders(folder: str) -> None:
    """And what it renders is as valid as what was written; overlays bring the monitoring along."""
    rendered = subprocess.run(
        [str(KUBECTL), "kustomize", str(FOLDER / folder)], capture_output=True, text=True
    )
    assert rendered.returncode == 0, rendered.stderr
    made = list(YAML(typ="safe", pure=True).load_all(rendered.stdout))

    for document in made:
        if document["kind"] not in CUSTOM:
            kubernetes_validate.validate(document, VERSIONS[-1], strict=True)
    assert {document["kind"] for document in made} >= {"StatefulSet", "NetworkPolicy", "ConfigMap"}
    assert ({"PodMonitor", "PrometheusRule"} <= {document["kind"] for document in made}) is (
        folder.startswith("overlays/")
    )


def test_the_operator_gets_the_same_rules() -> None:
    """A rule that is mended in one place is mended in both."""
    (rule,) = documents(FOLDER / "monitoring" / "rules.yaml")
    (plain,) = documents(DEPLOY / "prometheus" / "stoplog.rules.yaml")

    assert rule["spec"] == plain


def test_the_monitor_selects_the_pods_and_names_their_port() -> None:
    """A label or port that was renamed would leave every gateway unwatched."""
    (monitor,) = documents(FOLDER / "monitoring" / "pod-monitor.yaml")
    selected = monitor["spec"]["selector"]["matchLabels"].items()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]

    for base in BASES:
        assert selected <= workload(base)["spec"]["template"]["metadata"]["labels"].items()
        assert endpoint["port"] in {port["name"] for port in gateway_of(base)["ports"]}


def test_the_model_can_be_reached_through_the_gateway_only() -> None:
    """It binds loopback, declares no port, and the service knows only the sidecar's."""
    (model,) = pod("beside-model")["containers"]

    assert "ports" not in model
    assert "127.0.0.1" in model["args"]
    assert [port["name"] for port in gateway_of("beside-model")["ports"]] == ["http", "admin"]


def test_an_application_holds_no_key_of_the_model() -> None:
    """The key is mounted into the gateway alone, which listens where only the pod can ask."""
    (app,) = pod("beside-app")["containers"]
    mounts = {mount["name"] for mount in app["volumeMounts"]}
    gateway = {mount["name"] for mount in gateway_of("beside-app")["volumeMounts"]}

    assert "model-key" not in mounts
    assert "model-key" in gateway
    assert [port["name"] for port in gateway_of("beside-app")["ports"]] == ["admin"]


def test_replicas_never_share_a_ledger_schema() -> None:
    """The ordinal of the pod is part of the schema's name, and the name is one that we take."""
    environment = {one["name"]: one for one in gateway_of("replicas")["env"]}
    ordinal = environment["ORDINAL"]["valueFrom"]["fieldRef"]["fieldPath"]
    schema = environment["STOPLOG_LEDGER__DATABASE_SCHEMA"]["value"]

    assert ordinal == "metadata.labels['apps.kubernetes.io/pod-index']"
    assert "$(ORDINAL)" in schema
    assert re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema.replace("$(ORDINAL)", "12"))


@pytest.mark.parametrize("base", BASES)
def test_the_pod_cannot_deadlock_at_start(base: str) -> None:
    """The startup probe looks at the gateway alone; a sidecar comes before its neighbour."""
    gateway = gateway_of(base)

    assert gateway["startupProbe"]["httpGet"]["path"] == "/startupz"
    assert gateway["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert gateway["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert (gateway.get("restartPolicy") == "Always") is (base != "replicas")


@pytest.mark.parametrize("base", BASES)
def test_nothing_in_the_pod_has_rights_it_does_not_need(base: str) -> None:
    """No root, no writable root file system, no capability, no token."""
    for container in containers(base):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert not context["allowPrivilegeEscalation"]
        assert context["capabilities"] == {"drop": ["ALL"]}
    assert pod(base)["securityContext"]["runAsNonRoot"]
    assert pod(base)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not pod(base)["automountServiceAccountToken"]


@pytest.mark.parametrize("base", BASES)
def test_the_grace_period_outlasts_the_drain(base: str, tmp_path: Path) -> None:
    """Kubernetes must not kill what is still ending its answers."""
    drain_s = settings(base, tmp_path, "development").server.drain_s

    assert pod(base)["terminationGracePeriodSeconds"] > drain_s


@pytest.mark.parametrize("base", BASES)
def test_the_settings_ask_for_the_producer_code_and_nothing_else(base: str, tmp_path: Path) -> None:
    """A gateway does not start under somebody else's name."""
    with pytest.raises(SettingsError) as caught:
        settings(base, tmp_path, "production")

    assert ["label.producer" in problem.what for problem in caught.value.problems] == [True]


def settings(base: str, folder: Path, mode: str) -> Settings:
    """The settings in a config map, with secrets that are there."""
    (config,) = documents(FOLDER / base / "config.yaml")
    text = config["data"]["stoplog.yaml"]
    if mode == "development":
        text = text.replace("producer: YOUR-27-CHARACTER-CODE", "producer:")
    for path, secret in SECRETS.items():
        file = folder / path.replace("/", "-")
        file.write_bytes(secret)
        text = text.replace(f"file:{path}", f"file:{file}")
    file = folder / "stoplog.yaml"
    file.write_text(text)
    return load_settings(file, {"STOPLOG_MODE": mode})


SECRETS: Mapping[str, bytes] = {
    "/run/secrets/stoplog/key": b"k" * 32,
    "/run/secrets/model/key": b"sk-placeholder",
    "/run/secrets/database/url": b"postgresql://stoplog@database/stoplog",
}
