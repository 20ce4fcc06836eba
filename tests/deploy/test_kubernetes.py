"""The manifests: valid for every supported Kubernetes, and with no way around the gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from gateway.settings import SettingsError, load_settings

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
VERSIONS = [f"1.{minor}" for minor in range(29, 38)]


def documents(name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe", pure=True).load_all((FOLDER / name).read_text()))


@pytest.fixture
def pod() -> dict[str, Any]:
    (stateful_set, _) = documents("model-with-stoplog.yaml")
    spec: dict[str, Any] = stateful_set["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["model-with-stoplog.yaml", "config.yaml", "network-policy.yaml"])
def test_a_manifest_is_valid(name: str, version: str) -> None:
    """Against the strict schemas, which know every field by name."""
    for document in documents(name):
        kubernetes_validate.validate(document, version, strict=True)


def test_an_older_kubernetes_is_told_apart() -> None:
    """1.27 knows no sidecars; a validator that let this pass would prove nothing."""
    stateful_set, _ = documents("model-with-stoplog.yaml")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(stateful_set, "1.27", strict=True)


def test_every_manifest_is_in_the_kustomization() -> None:
    """None is forgotten by `kubectl apply -k`."""
    (kustomization,) = documents("kustomization.yaml")
    files = {path.name for path in FOLDER.glob("*.yaml")}

    assert set(kustomization["resources"]) == files - {"kustomization.yaml"}


def test_the_model_can_be_reached_through_the_gateway_only(pod: dict[str, Any]) -> None:
    """It binds loopback, declares no port, and the service knows only the sidecar's."""
    (model,) = pod["containers"]
    (sidecar,) = pod["initContainers"]

    assert "ports" not in model
    assert "127.0.0.1" in model["args"]
    assert [port["name"] for port in sidecar["ports"]] == ["http", "admin"]


def test_the_pod_cannot_deadlock_at_start(pod: dict[str, Any]) -> None:
    """The sidecar's startup probe must not wait for a model that starts after it."""
    (sidecar,) = pod["initContainers"]

    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["startupProbe"]["httpGet"]["path"] == "/startupz"
    assert sidecar["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_nothing_in_the_pod_has_rights_it_does_not_need(pod: dict[str, Any]) -> None:
    """No root, no writable root file system, no capability, no token."""
    for container in [*pod["initContainers"], *pod["containers"]]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert not context["allowPrivilegeEscalation"]
        assert context["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]


def test_the_grace_period_outlasts_the_drain(pod: dict[str, Any], tmp_path: Path) -> None:
    """Kubernetes must not kill what is still ending its answers."""
    assert pod["terminationGracePeriodSeconds"] > settings(tmp_path, "").server.drain_s


def test_the_settings_ask_for_the_producer_code_and_nothing_else(tmp_path: Path) -> None:
    """A gateway does not start under somebody else's name."""
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, "production")

    assert ["label.producer" in problem.what for problem in caught.value.problems] == [True]


def settings(tmp_path: Path, mode: str) -> Any:
    (config,) = documents("config.yaml")
    text = config["data"]["stoplog.yaml"]
    if not mode:
        text = text.replace("producer: YOUR-27-CHARACTER-CODE", "producer:")
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    file = tmp_path / "stoplog.yaml"
    file.write_text(text.replace("/run/secrets/stoplog/key", str(key)))
    return load_settings(file, {"STOPLOG_MODE": mode or "development"})
