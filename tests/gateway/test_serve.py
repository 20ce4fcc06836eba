"""`stoplog serve` as a process: it listens, judges, exposes what the dashboard asks, and ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import orjson
import pytest

from gateway.listening import bind, listening
from gateway.script import FORBIDDEN
from gateway.scripted import scripted_app

ROOT = Path(__file__).parents[2]
STOPLOG = Path(sys.executable).with_name("stoplog")
LISTENING = re.compile(r'"url":"([^"]+)","admin_url":"([^"]+)"')


@pytest.fixture
async def model() -> AsyncIterator[str]:
    async with listening(scripted_app(), bind("127.0.0.1", 0), drain_s=1) as url:
        yield url


def environment(folder: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "STOPLOG" not in name}
    (folder / "words.txt").write_text(f"{FORBIDDEN}\n")
    (folder / "stoplog.yaml").write_text("policy: {lists: {A.1.h: [words.txt]}}\n")
    return clean


@contextmanager
def serving(folder: Path, upstream: str) -> Iterator[tuple[str, str]]:
    """A gateway with its URLs; on leaving it is told to stop and must end well."""
    flags = ["--upstream", upstream, "--mode", "development", "--port", "0", "--admin-port", "0"]
    process = subprocess.Popen(
        [STOPLOG, "serve", *flags],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr as log:
        found = next(match for line in log if (match := LISTENING.search(line)))
        yield found[1], found[2]
        process.send_signal(signal.SIGTERM)
        log.read()
    assert process.returncode == 0


def chat(text: str) -> dict[str, object]:
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


async def test_it_serves_judges_and_exposes_what_the_dashboard_asks(
    tmp_path: Path, model: str
) -> None:
    """One address and one mode are all it needs; every metric of the dashboard is really there."""
    dashboard = orjson.loads((ROOT / "deploy" / "grafana" / "stoplog.json").read_bytes())
    queries = orjson.dumps(dashboard["panels"]).decode()
    with serving(tmp_path, model) as (url, admin_url):
        async with httpx2.AsyncClient(timeout=10) as client:
            clean = await client.post(f"{url}/v1/chat/completions", json=chat("hello"))
            bad = await client.post(f"{url}/v1/chat/completions", json=chat(f"a {FORBIDDEN}"))
            ready = await client.get(f"{admin_url}/readyz?verbose")
            metrics = (await client.get(f"{admin_url}/metrics")).text

    assert (clean.status_code, bad.status_code, ready.status_code) == (200, 400, 200)
    assert "[+] ledger" in ready.text
    families = set(re.findall(r"^# TYPE (\w+)", metrics, re.MULTILINE))
    asked = {
        re.sub(r"_bucket$|_count$|_sum$", "", n) for n in re.findall(r"\bstoplog_\w+", queries)
    }
    assert asked <= families
    assert 'decision="block"' in metrics


async def test_the_data_port_has_none_of_the_admin_paths(tmp_path: Path, model: str) -> None:
    """What an application can reach is the model, screened, and nothing else."""
    with serving(tmp_path, model) as (url, _):
        async with httpx2.AsyncClient(timeout=10) as client:
            statuses = [
                (await client.get(f"{url}{path}")).status_code
                for path in ("/metrics", "/readyz", "/livez", "/docs", "/openapi.json")
            ]

    assert statuses == [404] * 5


async def test_it_ends_in_time_although_a_stream_is_open(tmp_path: Path, model: str) -> None:
    """An open answer must not keep a pod from stopping."""
    body = {**chat("@endless"), "stream": True}
    with serving(tmp_path, model) as (url, _):
        async with (
            httpx2.AsyncClient(timeout=10) as client,
            client.stream("POST", f"{url}/v1/chat/completions", json=body) as answer,
        ):
            await anext(answer.aiter_bytes())
        began = time.monotonic()

    assert time.monotonic() - began < 15


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    """With the address, and exit code 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        flags = ["--upstream", "http://127.0.0.1:1", "--mode", "development", "--port", port]
        done = subprocess.run(
            [STOPLOG, "serve", *flags, "--admin-port", "0"],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=30,
        )

    assert done.returncode == 2
    assert f"error: [Errno 98] 127.0.0.1:{port} is not to be had" in done.stderr


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], "upstream.url is not set"),
        (["--upstream", "http://127.0.0.1:1"], "label.producer is not set"),
        (
            ["--upstream", "http://127.0.0.1:1", "--mode", "development", "--pack", "absent"],
            "absent",
        ),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    tmp_path: Path, flags: list[str], expected: str
) -> None:
    """No traceback for what somebody can put right."""
    done = subprocess.run(
        [STOPLOG, "serve", *flags],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 2
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
