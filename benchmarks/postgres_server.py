"""A PostgreSQL server of a run's own, for benchmarks and tests; it can be stopped and started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
PACKAGE = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]


class NoPostgres(Exception):
    """It is not installed and cannot be."""


class Server:
    """Runs as somebody who is not root, as PostgreSQL demands."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._folder = folder
        self.port = port
        self.dsn = f"postgresql://stoplog@127.0.0.1:{port}/postgres"

    def make(self) -> None:
        self._run(
            "initdb", "-D", self._data, "-U", "stoplog", "-A", "trust", "--no-sync", "-E", "UTF8"
        )

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self._folder} -c max_connections=40"
        )
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-o", options, "-l", self._folder / "log", "start"
        )

    def stop(self, how: str = "fast") -> None:
        """`immediate` is how a crash looks: no checkpoint, nothing flushed."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", how, "stop")

    def files(self) -> Iterator[Path]:
        """Everything that it wrote."""
        return (path for path in self._folder.rglob("*") if path.is_file())

    def _run(self, program: str, *arguments: str | Path) -> None:
        user = "postgres" if os.getuid() == 0 else None
        command = [str(self._programs / program), *map(str, arguments)]
        subprocess.run(
            command,
            check=True,
            user=user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=60,
        )


@contextmanager
def running_server(beside: Path | None = None) -> Iterator[Server]:
    """A server within the block. Raises NoPostgres.

    Its data lie on the disk of the folder `beside`, or of temporary files.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="stoplog-pg-", dir=beside and beside.parent))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    made = Server(programs, folder, port)
    try:
        made.make()
        made.start()
        yield made
    finally:
        subprocess.run(
            [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"],
            check=False,
            user="postgres" if os.getuid() == 0 else None,
            capture_output=True,
            cwd="/",
        )
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Where the server's programs are; installed first where that is possible."""
    found = sorted(INSTALLED.glob("*/bin/initdb"))
    if not found and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(PACKAGE, check=False, capture_output=True, timeout=300)
        found = sorted(INSTALLED.glob("*/bin/initdb"))
    if not found:
        raise NoPostgres("PostgreSQL is not installed and cannot be; its initdb is needed")
    return found[-1].parent
