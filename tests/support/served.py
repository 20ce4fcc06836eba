"""The gateway as a process of its own, as it is served, so that it can be killed or watched."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from gateway.listening import bind


@dataclass(frozen=True, slots=True)
class Served:
    """Settings of a gateway that is to come back on the same ports, again and again."""

    config: Path
    url: str
    admin: str
    ledger: Path


def to_serve(folder: Path, upstream: str, **ledger: Any) -> Served:
    """Write the settings file of a gateway in development mode."""
    port, admin_port = free_ports()
    served = Served(
        folder / "stoplog.yaml",
        f"http://127.0.0.1:{port}",
        f"http://127.0.0.1:{admin_port}",
        folder / "ledger.db",
    )
    settings = {
        "mode": "development",
        "server": {"port": port, "admin_port": admin_port},
        "upstream": {"url": upstream},
        "ledger": {"path": str(served.ledger), **ledger},
    }
    served.config.write_text(json.dumps(settings))
    return served


@asynccontextmanager
async def serving(
    served: Served, through: Sequence[str] = ()
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Yields once it is ready, and kills it at the end. `through` is a program that runs it."""
    command = [*through, sys.executable, "-c", "from gateway.cli import main; main()", "serve"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--config",
        str(served.config),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await ready(served.admin)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def ready(admin: str) -> None:
    async with httpx2.AsyncClient() as http, asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(f"{admin}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


def free_ports() -> list[int]:
    """Two ports that nobody has."""
    socks = [bind("127.0.0.1", 0) for _ in range(2)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports
