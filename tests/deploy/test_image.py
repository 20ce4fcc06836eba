"""The image: its Dockerfile passes the linter, and its health check tells alive from dead."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from dockerfile import Replay

from gateway.admin import AdminState, build_admin
from gateway.listening import bind, listening
from gateway.metrics import Metrics
from gateway.probe import alive

ROOT = Path(__file__).parents[2]
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is a development dependency")
def test_the_dockerfile_passes_hadolint_with_no_rule_ignored() -> None:
    """No finding, and no configuration that would hide one."""
    lint = subprocess.run([HADOLINT, ROOT / "Dockerfile"], capture_output=True, text=True)

    assert lint.stdout == ""
    assert not (ROOT / ".hadolint.yaml").exists()


def test_the_image_runs_as_a_numbered_user_and_installs_by_hash() -> None:
    """Kubernetes can check a number for runAsNonRoot, and pip can check a hash."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    installs = [line for line in lines if "pip install" in line and "-r " in line]

    assert "USER 65532:65532" in lines
    assert all("--require-hashes" in line for line in installs)
    assert len(installs) == 3


async def test_the_health_check_tells_alive_from_dead() -> None:
    """It passes while the admin port answers, and not a moment longer."""
    sock = bind("127.0.0.1", 0)
    environ = {"STOPLOG_SERVER__ADMIN_PORT": str(sock.getsockname()[1])}
    async with listening(build_admin(AdminState(Metrics())), sock, drain_s=0):
        assert await asyncio.to_thread(alive, environ)

    assert not await asyncio.to_thread(alive, environ)


@pytest.mark.skipif(not os.environ.get("STOPLOG_SOAK"), reason="takes minutes: STOPLOG_SOAK=1")
def test_the_run_lines_make_a_gateway_that_works(tmp_path: Path) -> None:
    """Replayed in empty folders, they make a small installation, its parts list, and a program."""
    replay = Replay(ROOT, tmp_path)
    image = replay.build("cpu")
    program = image.at("/opt/stoplog/bin/stoplog")
    parts = orjson.loads(image.at("/usr/share/sbom/stoplog.cdx.json").read_bytes())
    names = {part["name"] for part in parts["components"]}
    size = sum(f.stat().st_size for f in image.at("/opt/stoplog").rglob("*") if not f.is_symlink())
    demo = subprocess.run(
        [program, "demo", "--once"], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )

    assert len(replay.ran) == 6
    assert parts["bomFormat"] == "CycloneDX"
    assert {"stoplog", "fastapi", "onnxruntime"} <= names
    assert not {"torch", "pytest", "cyclonedx-bom"} & names
    assert size < 450e6
    assert demo.returncode == 0, demo.stdout + demo.stderr


def test_the_default_target_is_the_last_and_needs_no_torch() -> None:
    """`docker build .` takes the last stage."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    stages = [line.split(" AS ")[1] for line in lines if line.startswith("FROM ")]
    light = (ROOT / "requirements.lock").read_text()

    assert stages[-2:] == ["gpu", "cpu"]
    assert "\ntorch==" not in light
    assert "\ntorch==" in (ROOT / "requirements-torch.lock").read_text()


def test_the_gpu_image_changes_no_version_of_the_default_one() -> None:
    """Its installation is the default one and more; another version would be installed over it."""
    locks = [
        set(re.findall(r"^([\w.-]+==[^\s\\]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-torch.lock")
    ]

    assert locks[0] <= locks[1]
