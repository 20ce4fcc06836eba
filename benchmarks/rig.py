"""Puts a gateway and a canned endpoint on cores of their own, and reads what they cost."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.corpus import terms

_SERVE = "from gateway.cli import main; main()"
ROOT = Path(__file__).parent.parent
GATEWAY_CORE, LOAD_CORE = 0, 1
LIST_TERMS = 20_000


@dataclass(frozen=True, slots=True)
class Process:
    """A process under measurement."""

    pid: int
    port: int

    @property
    def cpu_s(self) -> float:
        """CPU time of all its threads so far, from the scheduler's own count."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    @property
    def memory_mb(self) -> float:
        """Proportional set size."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def endpoint(
    *, pieces: int = 200, first_ms: float = 20, piece_ms: float = 5, han: bool = False
) -> Iterator[Process]:
    """The canned endpoint, beside the load generator."""
    port = free_port()
    arguments = [
        f"--{name}={value}"
        for name, value in {
            "port": port,
            "pieces": pieces,
            "first-ms": first_ms,
            "piece-ms": piece_ms,
        }.items()
    ]
    arguments += ["--han"] if han else []
    with _running(["-m", "benchmarks.endpoint", *arguments], LOAD_CORE, {}) as pid:
        _wait_for_port(port)
        yield Process(pid, port)


@contextmanager
def gateway(upstream: Process, *, durability: str = "process") -> Iterator[Process]:
    """The whole gateway: word lists of 20,000 terms, patterns, label, record, metrics."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=_disk())))
        (folder / "terms.txt").write_text("\n".join(terms(LIST_TERMS)), encoding="utf-8")
        port, admin_port = free_port(), free_port()
        config = {
            "version": 1,
            "mode": "development",
            "server": {"port": port, "admin_port": admin_port},
            "upstream": {"url": f"http://127.0.0.1:{upstream.port}"},
            "policy": {"lists": {"A.1.h": [str(folder / "terms.txt")]}},
            "ledger": {"path": str(folder / "ledger.db"), "durability": durability},
        }
        (folder / "stoplog.yaml").write_text(json.dumps(config))
        command = ["-c", _SERVE, "serve", "--config", str(folder / "stoplog.yaml")]
        with _running(command, GATEWAY_CORE, {}) as pid:
            _wait_until_ready(admin_port)
            yield Process(pid, port)


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    cpu = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), "unknown",
    )  # fmt: skip
    packages = ("uvicorn", "httpx2", "httptools", "fastapi", "ahocorasick-rs", "google-re2", "apsw")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def pin_this_process() -> None:
    """The load runs beside the endpoint, never beside the gateway."""
    os.sched_setaffinity(0, {LOAD_CORE % (os.cpu_count() or 1)})


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _disk() -> str | None:
    """Where the ledger of a run is kept: a real disk, which a temporary folder may not be."""
    return os.environ.get("STOPLOG_BENCH_DIR")


@contextmanager
def _running(arguments: list[str], core: int, environ: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.sched_setaffinity(process.pid, {core % (os.cpu_count() or 1)})
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the endpoint did not start")


def _wait_until_ready(admin_port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the gateway did not become ready")
