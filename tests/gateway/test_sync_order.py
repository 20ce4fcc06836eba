"""`power`, seen from the kernel: the disk has a record before the client has a byte (P3)."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from live import CHAT, asking
from served import serving, to_serve

from gateway.listening import bind, listening
from gateway.scripted import scripted_app

EXCHANGES = 1000 if os.environ.get("STOPLOG_SOAK") else 50
PACKAGE = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "strace"]
CALLS = "pwrite64,fdatasync,fsync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg"
_SYNC = re.compile(r"(?:fdatasync|fsync)\(\d+<[^>]*\.db-wal>")
_SYNCED = re.compile(r"(?:fdatasync|fsync)(?:\(| resumed).*= 0$")
_ASKED = re.compile(r"(?:read|recvfrom|recvmsg)(?:\(| resumed).*\"POST /v1/chat")
_FORWARDED = re.compile(r"(?:write|writev|sendto|sendmsg)\(.*\"POST /v1/chat")
_ANSWERED = re.compile(r"(?:write|writev|sendto|sendmsg)\(.*\"HTTP/1\.1 200")


@dataclass(slots=True)
class Watched:
    """One exchange: what the disk surely had when the first bytes went to either side."""

    synced_when_forwarded: int = -1
    """Writes to the ledger's log, since the request came, that a sync covered; -1 before."""
    synced_when_answered: int = -1
    open_when_answered: int = -1
    """Writes that no sync covered."""

    @property
    def in_order(self) -> bool:
        """The intent was safe before the endpoint heard of it, the answer before the client."""
        return 0 < self.synced_when_forwarded < self.synced_when_answered and (
            self.open_when_answered == 0
        )


def watched(lines: Iterable[str]) -> Iterator[Watched]:
    """The exchanges in a trace, in which one follows another."""
    written = safe = before = 0
    begun: dict[str, int] = {}
    """Thread -> what was written when its sync began."""
    now: Watched | None = None
    for line in lines:
        thread = line.split(maxsplit=1)[0]
        if "pwrite64(" in line and ".db-wal>" in line:
            written += 1
        if _SYNC.search(line):
            begun[thread] = written
        if thread in begun and _SYNCED.search(line):
            safe = max(safe, begun.pop(thread))
        if _ASKED.search(line):
            now, before = Watched(), written
        elif now and _FORWARDED.search(line):
            now.synced_when_forwarded = safe - before
        elif now and _ANSWERED.search(line):
            now.synced_when_answered, now.open_when_answered = safe - before, written - safe
            yield now
            now = None


@pytest.fixture(scope="module")
def strace() -> str:
    """The program; skips where the machine lets nobody trace."""
    if not shutil.which("strace") and os.getuid() == 0 and shutil.which("apt-get"):
        subprocess.run(PACKAGE, check=False, capture_output=True, timeout=300)
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed and cannot be")
    if subprocess.run(
        [found, "-o", os.devnull, "true"], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not permit ptrace, so that nothing can be watched")
    return found


@pytest.mark.timeout(900)
async def test_every_first_byte_comes_after_its_sync(tmp_path: Path, strace: str) -> None:
    """In whole answers and in streams: intent before the endpoint, text before the client."""
    trace = tmp_path / "trace"
    watch = [strace, "-f", "-y", "-s", "48", "-e", f"trace={CALLS}", "-o", str(trace)]
    async with listening(scripted_app(), bind("127.0.0.1", 0), drain_s=0.2) as upstream:
        served = to_serve(tmp_path, upstream, durability="power")
        async with serving(served, watch) as process, httpx2.AsyncClient(timeout=10) as http:
            for number in range(EXCHANGES):
                body = asking("@long-zh" if number % 2 else "hello", stream=number % 4 > 1)
                assert (await http.post(served.url + CHAT, json=body)).status_code == 200
            os.killpg(process.pid, signal.SIGTERM)
            async with asyncio.timeout(20):
                await process.wait()
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    found = list(watched(lines))

    assert EXCHANGES == len(found)
    assert [] == [one for one in found if not one.in_order]
    assert not any(one.in_order for one in watched(without_syncs(lines))), "it sees nothing"


def without_syncs(lines: list[str]) -> list[str]:
    """The trace of a program that syncs only after the fact."""
    return [line for line in lines if not _SYNC.search(line)]
