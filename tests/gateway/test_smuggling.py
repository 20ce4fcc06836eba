"""Requests that two parsers could read in two ways: one answer, and nothing hidden is carried."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live import Live, live

BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
HIDDEN = b"GET /v1/models HTTP/1.1\r\nHost: h\r\nX-Request-ID: hidden\r\n\r\n"
PATH = b"/v1/chat/completions"


def post(
    *headers: bytes, body: bytes = BODY, line: bytes = b"POST " + PATH + b" HTTP/1.1"
) -> bytes:
    return b"\r\n".join([line, b"Host: h", b"Content-Type: application/json", *headers, b"", body])


LENGTH = b"Content-Length: %d" % len(BODY)
LENGTHS = [
    *(b"Content-Length: " + value for value in (b"-1", b"+57", b"0x39", b"5 7", b"57,57", b"57.0")),
    *(
        b"Content-Length: " + value
        for value in (b"", b"abc", b"57;", b"18446744073709551673", b"1e2")
    ),
    *(b"Content-Length" + mark + b"57" for mark in (b" : ", b"\t: ", b" ", b"\0: ", b"\r: ")),
    b"Content-Length: 57\r\nContent-Length: 58",
    b"Content-Length: 58\r\nContent-Length: 57",
    b"Content-Length: 57\r\ncontent-length: 0",
    b"Content-Length:\r\n 57",
]
BOTH = [
    LENGTH + b"\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\n" + LENGTH,
    b"Content-Length: 0\r\nTransfer-Encoding: chunked",
    b"Content-Length: 6\r\nTransfer-Encoding: chunked",
    LENGTH + b"\r\nTransfer-Encoding: identity, chunked",
]
ENCODINGS = [
    b"Transfer-Encoding: " + value
    for value in (
        *(b"xchunked", b"chunked, identity", b"identity", b"gzip", b"chunkedx", b"\x0bchunked"),
        *(
            b"chunked, chunked, gzip",
            b"chun ked",
            b'"chunked"',
            b"chunked;q=1",
            b"cow",
            b"\0chunked",
        ),
    )
] + [
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AA\r\n" + LENGTH,
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer\x00-Encoding: chunked",
    b" Transfer-Encoding: chunked",
]
CHUNKS = [
    *(b"-1\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"g\r\n", b"\r\n\r\n"),
    *(
        b"5\nhello\n0\n\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhell\r\n0\r\n\r\n",
        b"5 \r\r\nhello\r\n0\r\n\r\n",
    ),
    *(b"fffffffffffffffff\r\n", b"5;\x00=x\r\nhello\r\n0\r\n\r\n", b"5\rhello\r\n0\r\n\r\n"),
    *(b"5;a\nhello\r\n0\r\n\r\n", b"_5\r\nhello\r\n0\r\n\r\n", b"5_0\r\nhello\r\n0\r\n\r\n"),
]
LINES = [
    b"POST " + PATH,
    b"POST " + PATH + b" HTTP/1.1 ",
    b"POST " + PATH + b" HTTP/9.9",
    b"POST " + PATH + b" HTTP/1.1\0",
    b"POST " + PATH + b" http/1.1",
    b"POST " + PATH + b" HTTP/1,1",
    b"PO ST " + PATH + b" HTTP/1.1",
    b"POST\t" + PATH + b"\tHTTP/1.1",
    b"P\0ST " + PATH + b" HTTP/1.1",
    b"POST /v1/chat\x00/completions HTTP/1.1",
    b"POST /v1/chat/completions\x7f HTTP/1.1",
    b"POST /v1/chat completions HTTP/1.1",
    b"PRI * HTTP/2.0",
]
NAMES = [
    *(
        b"X\0: y",
        b"X Y: z",
        b": empty",
        b"X\r: y",
        b"(X): y",
        b"X;: y",
        b"X@: y",
        b"X\x80: y",
        b"no colon",
    ),
    *(b"X: a\0b", b"X: a\rb", b"X: a\x01b", b"X: a\nContent-Length : 0", b"X: a\r\n\tfolded"),
]
CASES = [
    *(post(header) for header in (*LENGTHS, *BOTH, *ENCODINGS)),
    *(post(b"Transfer-Encoding: chunked", body=chunk) for chunk in CHUNKS),
    *(post(LENGTH, line=line) for line in LINES),
    *(post(name, LENGTH) for name in NAMES),
]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path) as running:
        yield running


async def said(gateway: Live, request: bytes, *, within_s: float = 0.3) -> bytes:
    """All that the gateway answers on one connection, until it closes or falls silent."""
    host, _, port = gateway.gateway.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    try:
        writer.write(request)
        async with asyncio.timeout(within_s):
            while chunk := await reader.read(65_536):
                answer += chunk
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


async def test_a_well_formed_request_is_carried(gateway: Live) -> None:
    """So that silence below means what it should; two in a row are two."""
    answer = await said(gateway, post(LENGTH) + HIDDEN, within_s=1)

    assert [200, 200] == statuses(answer)


async def test_nothing_hides_behind_a_malformed_request(gateway: Live) -> None:
    """At most one answer, 4xx, and the endpoint never hears of what stood behind it."""
    assert len(CASES) >= 80
    limit = asyncio.Semaphore(16)

    async def answered(case: bytes) -> list[int]:
        async with limit:
            return statuses(await said(gateway, case + HIDDEN))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(answered(case)) for case in CASES]
    wrong = [
        (case, task.result())
        for case, task in zip(CASES, tasks, strict=True)
        if len(task.result()) > 1 or any(not 400 <= code < 500 for code in task.result())
    ]

    assert [] == wrong
    assert not [
        r for r in gateway.diary.received if dict(r.headers).get("x-request-id") == "hidden"
    ]
    assert 200 == (await gateway.ask("still here")).status_code


@pytest.mark.parametrize(
    "headers",
    [
        b"Connection: close, Authorization, X-Request-ID, AIGC",
        b"Connection: keep-alive, Content-Type",
        b"Keep-Alive: timeout=999\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X",
        b"Proxy-Authorization: Basic eA==\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-For: 1.2.3.4",
        b"X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin",
        b"X-Portkey-Config: {}\r\nX-LiteLLM-Tags: off\r\nCookie: a=b\r\nExpect: 100-continue",
    ],
)
async def test_no_header_of_the_hop_goes_on(gateway: Live, headers: bytes) -> None:
    """Nor does `Connection` take one of ours away: the request that goes on is built anew."""
    answer = await said(gateway, post(b"X-Request-ID: mine", headers, LENGTH), within_s=1)

    assert 200 == next(code for code in statuses(answer) if code != 100)
    sent = dict(gateway.diary.received[-1].headers)
    assert "mine" == sent["x-request-id"]
    allowed = {"host", "content-length", "content-type", "accept", "accept-encoding", "user-agent"}
    assert sent.keys() <= allowed | {"x-request-id", "connection"}
    assert sent.get("connection", "keep-alive") == "keep-alive"
