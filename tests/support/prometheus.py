"""A Prometheus of the test run's own; tests are skipped where none can be had."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.listening import bind

PACKAGE = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "prometheus"]


def program(name: str) -> str:
    """Path of `prometheus` or `promtool`; installed first where that is possible."""
    if not shutil.which(name) and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(PACKAGE, check=False, capture_output=True, timeout=300)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed and cannot be")
    return found


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server that scrapes every half second."""

    http: httpx2.AsyncClient

    async def query(self, expression: str) -> list[Any]:
        """What an instant query answers. Raises AssertionError where it is not understood."""
        answer = (await self.http.get("/api/v1/query", params={"query": expression})).json()
        assert answer["status"] == "success", answer
        result: list[Any] = answer["data"]["result"]
        return result


@asynccontextmanager
async def scraping(folder: Path, target: str) -> AsyncIterator[Prometheus]:
    """A server within the block that scrapes `target`, a base URL."""
    server = program("prometheus")
    with contextlib.closing(bind("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    job = {
        "job_name": "stoplog",
        "scrape_interval": "500ms",
        "scrape_timeout": "500ms",
        "static_configs": [{"targets": [target.removeprefix("http://")]}],
    }
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"scrape_configs": [job]}))
    process = await asyncio.create_subprocess_exec(
        server,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            prometheus = Prometheus(http)
            await _scraped(prometheus)
            yield prometheus
    finally:
        process.kill()
        await process.wait()


async def _scraped(prometheus: Prometheus) -> None:
    """Wait for the first scrape; it takes Prometheus five seconds to look for its targets."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx2.TransportError, ValueError):
                if await prometheus.query("up == 1"):
                    return
            await asyncio.sleep(0.1)
