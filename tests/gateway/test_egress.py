"""The gateway connects to the one address it was given, and hostile answers end as faults."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from live import CHAT, Live, asking, live

SOAK = bool(os.environ.get("STOPLOG_SOAK"))
Reply = Callable[[], bytes]

WHOLE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 200\r\n\r\n"
    b'data: {"choices":[{"index":0,"delta":{"content":"hello"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)
STREAM = WHOLE.partition(b"\r\n\r\n")[2]
TAIL = b"data: [DONE]\n\n"
PADDED = STREAM + b":" + b"x" * (200 - len(STREAM) - len(TAIL) - 2) + b"\n" + TAIL


@asynccontextmanager
async def endpoint(reply: Reply) -> AsyncIterator[str]:
    """Reads a request, sends whatever bytes it is told to, and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await reader.read(65_536)
            writer.write(reply())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def forms(port: int) -> list[str]:
    """The decoy's address, and others that must never be asked, as attackers write them."""
    hosts = [
        *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1"),
        *("017700000001", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]"),
        *("[::127.0.0.1]", "127.000.000.001", "①②⑦.⓪.⓪.①", "127。0。0。1", "a@127.0.0.1"),
        *("a:b@127.0.0.1", "192.0.2.1@127.0.0.1", "127.0.0.1%00", "127.0.0.1%09", "127.0.0.1%2f"),
    ]
    http = [f"http://{host}:{port}/" for host in hosts]
    others = [
        *(f"//127.0.0.1:{port}/", f"///127.0.0.1:{port}/", f"http:/127.0.0.1:{port}/"),
        *(f"http:127.0.0.1:{port}/", f"http:\\\\127.0.0.1:{port}\\", f"\\\\127.0.0.1:{port}\\"),
        *(f"http://192.0.2.1\\@127.0.0.1:{port}/", f"http://127.0.0.1:{port}#@192.0.2.1/"),
        *(
            f"http://127.0.0.1:{port}?@192.0.2.1/",
            f"https://127.0.0.1:{port}/",
            f"ws://127.0.0.1:{port}/",
        ),
        *(f"ftp://127.0.0.1:{port}/", f"gopher://127.0.0.1:{port}/_x", f"dict://127.0.0.1:{port}/"),
        *("file:///etc/hostname", "data:text/plain,x", "javascript:0", "unix:///run/x.sock"),
        *("http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://100.100.100.200/"),
        *("http://metadata.google.internal/", "http://10.0.0.1/", "http://192.168.0.1/"),
        *(f" http://127.0.0.1:{port}/", f"\thttp://127.0.0.1:{port}/", f"HTTP://127.0.0.1:{port}/"),
        *(f"jar:http://127.0.0.1:{port}!/", f"http://127.0.0.1:{port}/%0d%0aX:%20y", "http://", ""),
    ]
    return http + others


async def test_no_connection_leaves_the_list(tmp_path: Path) -> None:
    """Redirects, fields, hosts and absolute targets, in 60 forms: nobody else is ever asked."""
    asked: list[None] = []
    location = ""

    def trapped() -> bytes:
        asked.append(None)
        return b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"

    def redirect() -> bytes:
        where = location.encode()
        return b"HTTP/1.1 307 Go\r\nlocation: " + where + b"\r\ncontent-length: 0\r\n\r\n"

    async with (
        endpoint(trapped) as decoy,
        endpoint(redirect) as url,
        live(tmp_path, upstream={"url": url}) as gateway,
    ):
        addresses = forms(int(decoy.rpartition(":")[2]))
        assert len(addresses) >= 60
        for location in addresses:
            answer = await gateway.ask("hi")
            assert 502 == answer.status_code, location
            assert "location" not in answer.headers
            image = {"type": "image_url", "image_url": {"url": location}}
            for fields in ({"base_url": location}, {"api_base": location}):
                assert 400 == (await gateway.ask("hi", **fields)).status_code
            body = {**asking(""), "messages": [{"role": "user", "content": [image]}]}
            assert 400 == (await gateway.http.post(CHAT, json=body)).status_code
        for host in ("192.0.2.1", decoy.removeprefix("http://"), "a@b", "x/y", "x?y"):
            headers = {"host": host, "x-forwarded-host": host, "forwarded": f"host={host}"}
            assert (await gateway.http.post(CHAT, json=asking("hi"), headers=headers)).is_error

    assert [] == asked


def garbage(random_: random.Random) -> bytes:
    """Bytes that are no answer: chance, or an answer with something amiss."""
    head = random_.choice(
        [
            *(b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"),
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n",
            *(b"HTTP/1.1 999 ?\r\n\r\n", b"HTTP/0.9\r\n", b"ICY 200\r\n\r\n"),
        ]
    )
    body = random_.choice(
        [
            random_.randbytes(random_.randint(1, 400)),
            b"data: " + random_.randbytes(40) + b"\n\ndata: [DONE]\n\n",
            b'data: {"choices": [\n\ndata: [DONE]\n\n',
            b"<html>" + random_.randbytes(20),
            b'{"choices": 1, "choices": 2}',
            b'[{"a":' * 100,
            b'{"a": NaN}',
        ]
    )
    return head + body


async def test_no_garbage_ends_well(tmp_path: Path) -> None:
    """Whatever comes: a fault in the dialect's words, never `[DONE]`, and the gateway goes on."""
    random_ = random.Random(20)
    async with (
        endpoint(lambda: garbage(random_)) as url,
        live(tmp_path, upstream={"url": url, "idle_s": 2, "first_byte_s": 2}) as gateway,
    ):
        for number in range(10_000 if SOAK else 150):
            answer = await gateway.ask("hi", stream=bool(number % 2))
            assert b"[DONE]" not in answer.content
            assert answer.status_code in (502, 504) or b'"error"' in answer.content
        assert not [b for b in gateway.records() if b.get("outcome") in ("completed", "failed")]


async def test_a_stream_cut_at_any_byte_does_not_end_well(tmp_path: Path) -> None:
    """Of two hundred bytes, at each up to `[DONE]`: an error each time; the whole one is whole."""
    sent = WHOLE.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + PADDED
    head = len(sent) - 200
    cut = 0
    async with (
        endpoint(lambda: sent[: head + cut]) as url,
        live(tmp_path, upstream={"url": url}) as gateway,
    ):
        for cut in range(200 - len(TAIL)):
            answer = await gateway.ask("hi", stream=True)
            assert b"[DONE]" not in answer.content, cut
            assert b'"error"' in answer.content, cut
        cut = 200
        whole = await gateway.ask("hi", stream=True)

    assert b"[DONE]" in whole.content
    assert 200 == len(PADDED)


@pytest.mark.parametrize("count", [10_000 if SOAK else 200])
async def test_clients_that_leave_leave_nothing_behind(tmp_path: Path, count: int) -> None:
    """The endpoint is closed within a second; no task, descriptor or connection stays."""
    async with live(tmp_path) as gateway:
        await gateway.ask("warm")
        before = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
        limit = asyncio.Semaphore(20)

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(_left(gateway, limit, number))
        async with asyncio.timeout(1):
            while gateway.diary.answering:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            while not _all_final(gateway, count + 1):
                await asyncio.sleep(0.1)
        assert 200 == (await gateway.ask("still here")).status_code
        after = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))

    # The pool may keep a connection for each that was open at once; nothing grows with the count.
    assert after[0] - before[0] <= 45
    assert after[1] - before[1] <= 90


def _all_final(gateway: Live, count: int) -> bool:
    kinds = [body["kind"] for body in gateway.records(100_000)]
    return kinds.count("intent") == kinds.count("final") >= count


async def _left(gateway: Live, limit: asyncio.Semaphore, number: int) -> None:
    async with (
        limit,
        # A busy machine may let many wait.
        gateway.http.stream(
            "POST", CHAT, json=asking("@endless", stream=True), timeout=60
        ) as answer,
    ):
        heard = 0
        async for chunk in answer.aiter_raw():
            heard += len(chunk)
            if heard > (number % 10) * 100:
                break
