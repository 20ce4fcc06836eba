"""The image: its Dockerfile passes the linter, and its health check tells alive from dead."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

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
    assert len(installs) == 2


async def test_the_health_check_tells_alive_from_dead() -> None:
    """It passes while the admin port answers, and not a moment longer."""
    sock = bind("127.0.0.1", 0)
    environ = {"STOPLOG_SERVER__ADMIN_PORT": str(sock.getsockname()[1])}
    async with listening(build_admin(AdminState(Metrics())), sock, drain_s=0):
        assert await asyncio.to_thread(alive, environ)

    assert not await asyncio.to_thread(alive, environ)
