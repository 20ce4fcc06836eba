"""The compose file: everything it names is there, and the model has no way in but the gateway."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prometheus import program
from ruamel.yaml import YAML

from gateway.settings import load_settings

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
COMPOSE = YAML(typ="safe", pure=True).load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def mounts() -> list[tuple[str, str]]:
    """(service, path) of every file or folder that is mounted from here."""
    return [
        (name, volume.split(":")[0])
        for name, service in SERVICES.items()
        for volume in service.get("volumes", ())
        if volume.startswith(".")
    ]


@pytest.mark.parametrize(("service", "path"), mounts())
def test_what_is_mounted_is_there(service: str, path: str) -> None:
    """Docker would make an empty folder of a file that is not."""
    assert (FOLDER / path).exists()


def test_the_model_is_reached_through_the_gateway_only() -> None:
    """It opens no port, and the one network it is on has no route to the outside."""
    model = SERVICES["model"]

    assert "ports" not in model
    assert [COMPOSE["networks"][name]["internal"] for name in model["networks"]] == [True]
    assert set(model["networks"]) <= set(SERVICES["stoplog"]["networks"])


def test_every_port_is_opened_to_this_machine_only() -> None:
    """A trial is not a service to the neighbourhood."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_our_containers_have_no_rights_they_do_not_need() -> None:
    """A file system to read, no capability, and no way to more."""
    for name in ("stoplog", "model"):
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_settings_are_taken_and_the_drain_fits(tmp_path: Path) -> None:
    """They name the model by its service, and what is open ends before Docker kills it."""
    file = tmp_path / "stoplog.yaml"
    text = (FOLDER / "stoplog.yaml").read_text()
    file.write_text(text.replace("/etc/stoplog/terms.txt", str(FOLDER / "terms.txt")))
    settings = load_settings(file, {})

    assert settings.upstream.url == "http://model:8000"
    assert int(SERVICES["stoplog"]["stop_grace_period"].removesuffix("s")) > settings.server.drain_s


def test_prometheus_takes_its_file(tmp_path: Path) -> None:
    """With the rules beside it, as they are mounted."""
    promtool = program("promtool")
    shutil.copy(FOLDER / "prometheus.yaml", tmp_path / "prometheus.yml")
    shutil.copy(FOLDER.parent / "prometheus" / "stoplog.rules.yaml", tmp_path)
    check = subprocess.run(
        [promtool, "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True
    )

    assert check.returncode == 0, check.stdout + check.stderr
