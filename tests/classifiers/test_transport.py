"""The upstream's connections: an answer reaches the caller who asked, or nobody."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from classifiers.http1 import MAX_HEAD_BYTES
from classifiers.transport import PoolTransport

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
REQUESTS = 100_000 if os.environ.get("STOPLOG_SOAK") else 3_000


@asynccontextmanager
async def endpoint(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here is not None
        open_tasks.add(here)
        with contextlib.suppress(
            asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError
        ):
            await serve(reader, writer)
        open_tasks.discard(here)
        writer.close()

    open_tasks: set[asyncio.Task[object]] = set()
    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()[:2]
    async with server:
        yield f"{'https' if tls else 'http'}://{host}:{port}"
        for task in open_tasks:
            task.cancel()


def pool(connections: int = 4) -> PoolTransport:
    return PoolTransport(connections=connections, connect_s=5, tls=None)


async def fetch(transport: PoolTransport, url: str, body: bytes = b"") -> bytes:
    response = await transport.handle_async_request(
        httpx2.Request("POST", url, stream=httpx2.ByteStream(body))
    )
    try:
        return b"".join([part async for part in response.aiter_raw()])
    finally:
        await response.aclose()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """The body of the next request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    return await reader.readexactly(length)


def saying(*answers: bytes, close: bool = False) -> tuple[Serve, list[int]]:
    """Serves these answers, one a request, over and over; counts connections."""
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        while True:
            for answer in answers:
                await request_of(reader)
                writer.write(answer)
                await writer.drain()
                if close:
                    return

    return serve, connections


async def test_a_connection_serves_one_request_after_another() -> None:
    serve, connections = saying(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ng",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    )
    async with endpoint(serve) as url, pool() as transport:
        bodies = [await fetch(transport, url, b"x") for _ in range(8)]

    assert bodies == [b"abc", b"def", b"g", b""] * 2
    assert len(connections) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"
        ),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokstolen",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["two answers", "more than promised", "told to close", "an old protocol"],
)
async def test_what_comes_behind_an_answer_reaches_nobody(answer: bytes) -> None:
    serve, connections = saying(answer)
    async with endpoint(serve) as url, pool() as transport:
        bodies = []
        for _ in range(3):
            bodies.append(await fetch(transport, url))
            await asyncio.sleep(0.02)

    assert bodies == [b"ok"] * 3
    assert len(connections) == 3


async def test_a_late_second_answer_reaches_nobody() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")
        await reader.read()

    async with endpoint(serve) as url, pool() as transport:
        assert await fetch(transport, url) == b"ok"
        await asyncio.sleep(0.06)
        assert await fetch(transport, url) == b"ok"


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    serve, connections = saying(b"HTTP/1.1 200 OK\r\n\r\nall of it", close=True)
    async with endpoint(serve) as url, pool() as transport:
        assert [await fetch(transport, url) for _ in range(2)] == [b"all of it"] * 2
    assert len(connections) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx2.ReadError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx2.ReadError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", httpx2.ReadError),
        (b"not HTTP at all\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", httpx2.RemoteProtocolError),
        (
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"2\r\nok\r\n"
            ),
            httpx2.RemoteProtocolError,
        ),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", httpx2.TransportError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2 * MAX_HEAD_BYTES, httpx2.RemoteProtocolError),
    ],
)
async def test_an_answer_that_is_none_is_an_error(
    answer: bytes, error: type[httpx2.TransportError]
) -> None:
    serve, _ = saying(answer, close=True)
    async with endpoint(serve) as url, pool() as transport:
        with pytest.raises(error):
            await fetch(transport, url)


async def test_nobody_waits_for_more_connections_than_are_allowed() -> None:
    busy = most = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        while True:
            await request_of(reader)
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.005)
            busy -= 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with endpoint(serve) as url, pool(connections=3) as transport, asyncio.timeout(10):
        await asyncio.gather(*(fetch(transport, url) for _ in range(40)))
    assert most == 3


async def test_a_connection_that_nobody_holds_is_taken_back() -> None:
    """An answer that was dropped unclosed costs its connection and not a place in the pool."""
    serve, connections = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nunfin")
    async with endpoint(serve) as url, pool(1) as transport:
        for _ in range(3):
            asking = httpx2.Request("POST", url, stream=httpx2.ByteStream(b""))
            response = await transport.handle_async_request(asking)
            assert 200 == response.status_code
            del response
            gc.collect()
            await asyncio.sleep(0)

    assert (3, 3) == (transport.lost, len(connections))


async def test_an_endpoint_is_made_to_wait_for_a_slow_reader() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while sent < 100_000_000:
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    async with endpoint(serve) as url, pool() as transport:
        response = await transport.handle_async_request(httpx2.Request("POST", url))
        await asyncio.sleep(0.3)
        assert sent < 30_000_000  # what the sockets hold, and a little more
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
        await response.aclose()
    assert size == 100_000_000


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for loopback that only those trust who are told to, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(loopback, critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "model.pem", tmp_path / "model.key"
    public.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return public, private


async def test_tls_is_spoken_where_the_address_asks_for_it(certificate: tuple[Path, Path]) -> None:
    """A certificate that is trusted will do; any other is refused; nothing goes in the clear."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    serve, asked = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with endpoint(serve, theirs) as url:
        async with PoolTransport(connections=1, connect_s=5, tls=trusting) as transport:
            assert [await fetch(transport, url) for _ in range(2)] == [b"ok"] * 2
        async with PoolTransport(connections=1, connect_s=5, tls=None) as transport:
            with pytest.raises(httpx2.ConnectError):
                await fetch(transport, url)
    assert len(asked) == 1


async def test_a_header_cannot_begin_another_line() -> None:
    serve, _ = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    async with endpoint(serve) as url, pool() as transport:
        request = httpx2.Request("POST", url, headers=[(b"x", b"a\r\nhost: elsewhere")])
        with pytest.raises(ValueError, match="line break"):
            await transport.handle_async_request(request)


def canary(number: int) -> bytes:
    return b"<%08d>" % number


async def serve_at_random(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says fifty times what it was asked: at once or late, in one piece or many."""
    luck = random.Random(os.urandom(4))
    while luck.random() > 0.05:
        body = await request_of(reader) * 50
        await asyncio.sleep(luck.choice((0, 0, 0.001, 0.003)))
        if luck.random() < 0.5:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            for at in range(0, len(body), 97):
                writer.write(body[at : at + 97])
                await asyncio.sleep(0)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


async def read_at_random(transport: PoolTransport, url: str, number: int) -> bytes:
    """What a caller has read who may leave, or break off in the middle."""
    luck = random.Random(number)
    read = b""
    request = httpx2.Request("POST", url, stream=httpx2.ByteStream(canary(number)))
    with contextlib.suppress(TimeoutError, httpx2.TransportError):
        async with asyncio.timeout(luck.choice((0.001, 0.003, 30, 30))):
            response = await transport.handle_async_request(request)
            try:
                async for part in response.aiter_raw():
                    read += part
                    if luck.random() < 0.1:
                        break
            finally:
                await response.aclose()
    return read


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_no_answer_reaches_another_caller(run: Callable[[Awaitable[None]], None]) -> None:
    run(none_strays())


async def none_strays() -> None:
    """Callers of every kind on few connections: some read all, some leave early, some are cut."""
    whole = 0
    strayed = []

    async def caller(transport: PoolTransport, url: str, numbers: range) -> None:
        nonlocal whole
        for number in numbers:
            wanted, read = canary(number) * 50, await read_at_random(transport, url, number)
            whole += read == wanted
            if not wanted.startswith(read):
                strayed.append(number)

    async with endpoint(serve_at_random) as url, pool(connections=8) as transport:
        async with asyncio.TaskGroup() as tasks:
            for first in range(24):
                tasks.create_task(caller(transport, url, range(first, REQUESTS, 24)))
        assert transport._open <= 8

    assert not strayed
    assert whole > REQUESTS / 4
