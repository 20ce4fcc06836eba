"""Bad input and bad days: an honest error in the dialect's shape, and a record of what happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import orjson
import pytest
from live import CHAT, Live, asking, live

from gateway.scripted import Speed

WAITS = {"first_byte_s": 0.5, "idle_s": 0.5, "connect_s": 0.5}


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path, upstream=WAITS) as running:
        yield running


def errors(body: bytes) -> list[str]:
    """The codes of the error events of a stream."""
    lines = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: {")]
    return [e["error"]["code"] for e in map(orjson.loads, lines) if "error" in e]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{not json", {}, 400),
        (b'{"messages":[],"messages":[]}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"messages":[{"role":"user","content":"\\ud83d"}]}', {}, 400),
        (orjson.dumps(asking("x" * 524_289)), {}, 413),
        (b" " * 4_194_305, {}, 413),
        (orjson.dumps(asking("hi")), {"content-type": "text/plain"}, 415),
        (orjson.dumps(asking("hi")), {"content-type": "application/json; charset=gbk"}, 415),
        (orjson.dumps(asking("hi")), {"content-encoding": "gzip"}, 415),
        (orjson.dumps(asking("hi")), {"x-note": "caf\xe9"}, 400),
        (orjson.dumps(asking("hi")), {f"x-{i}": "y" * 1000 for i in range(17)}, 431),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_cannot_be_read_in_one_way_is_refused_and_recorded(
    gateway: Live, content: bytes, headers: dict[str, str], status: int
) -> None:
    """In the dialect's shape, with nothing sent upstream."""
    given = {"content-type": "application/json"} | headers
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    answer = await gateway.http.post(CHAT, content=content, headers=raw)

    assert status == answer.status_code
    assert {"message", "type", "param", "code"} == set(answer.json()["error"])
    assert not gateway.diary.received
    final = await gateway.final()
    assert ("refused", status) == (final["outcome"], final["status"])


@pytest.mark.parametrize(
    ("marker", "status", "code"),
    [
        ("@error", 500, None),
        ("@rate-limit", 429, None),
        ("@wrong-type", 502, "upstream_unreadable"),
        ("@redirect", 502, "upstream_unreadable"),
        ("@garbage", 502, "upstream_unreadable"),
        ("@cut", 502, "upstream_unreadable"),
        ("@silent", 504, "upstream_first_byte_timeout"),
        ("@stall", 504, "upstream_first_byte_timeout"),
    ],
)
async def test_an_endpoint_that_fails_is_reported_honestly(
    gateway: Live, marker: str, status: int, code: str | None
) -> None:
    """Its own status where it gave one, ours with a code where it did not."""
    answer = await gateway.ask(marker)

    assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
    assert (await gateway.final())["outcome"] == "upstream_error"


async def test_rate_limits_keep_their_advice(gateway: Live) -> None:
    """`Retry-After` passes, since SDKs act on it."""
    answer = await gateway.ask("@rate-limit")

    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize(
    ("marker", "code"),
    [
        ("@garbage", "upstream_unreadable"),
        ("@cut", "upstream_cut"),
        ("@stall", "upstream_idle_timeout"),
        ("@unfinished", "upstream_cut"),
    ],
)
async def test_a_stream_that_breaks_ends_in_an_error(gateway: Live, marker: str, code: str) -> None:
    """Never in a clean `[DONE]`; the record holds what was delivered until then."""
    answer = await gateway.ask(marker, stream=True)

    assert [code] == errors(answer.content)
    assert b"[DONE]" not in answer.content
    final = await gateway.final()
    assert ("upstream_error", code) == (final["outcome"], final["fault"])
    delivered = gateway.delivered(answer.headers["x-stoplog-exchange-id"])
    assert answer.content.startswith(delivered)


async def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    """502, recorded."""
    async with live(tmp_path, upstream={"url": "http://127.0.0.1:9"}) as gateway:
        answer = await gateway.ask("hi")

        assert (502, "upstream_connect") == (answer.status_code, answer.json()["error"]["code"])
        assert (await gateway.final())["fault"] == "upstream_connect"


async def test_an_endless_answer_is_cut_at_the_limit(tmp_path: Path) -> None:
    """A model that never stops does not fill the memory or the disk."""
    async with live(tmp_path, server={"limits": {"output_chars": 5000}}) as gateway:
        answer = await gateway.ask("@endless", stream=True)

        assert ["upstream_too_large"] == errors(answer.content)


async def test_a_client_that_leaves_stops_the_endpoint(tmp_path: Path) -> None:
    """The endpoint's answer is abandoned, and the record says how far it went."""
    async with live(tmp_path, speed=Speed(piece_s=0.01)) as gateway:
        body = asking("@long-en", stream=True)
        async with gateway.http.stream("POST", CHAT, json=body) as answer:
            heard = b""
            async for chunk in answer.aiter_raw():
                heard += chunk
                if len(heard) > 2000:
                    break
        async with asyncio.timeout(1):
            await gateway.diary.idle.wait()
            while gateway.gateway.ledger.open_exchanges:
                await asyncio.sleep(0.01)

        assert gateway.diary.abandoned == 1
        assert (await gateway.final())["outcome"] == "client_left"
        delivered = gateway.delivered(answer.headers["x-stoplog-exchange-id"])
        assert delivered.startswith(heard)


async def test_a_client_that_leaves_before_the_answer_is_recorded(tmp_path: Path) -> None:
    """Also while the model is still thinking."""
    async with live(tmp_path, speed=Speed(first_s=5)) as gateway:
        with pytest.raises(httpx2.ReadTimeout):
            await gateway.http.post(CHAT, json=asking("hi"), timeout=0.3)
        async with asyncio.timeout(1):
            while gateway.gateway.ledger.open_exchanges:
                await asyncio.sleep(0.01)

        assert (await gateway.final())["outcome"] == "client_left"


async def test_open_streams_end_legally_when_the_gateway_stops(tmp_path: Path) -> None:
    """After the drain time, an open stream gets an error event and a final record."""
    heard: list[bytes] = []

    async def listen(gateway: Live, begun: asyncio.Event) -> None:
        body = asking("@long-en", stream=True)
        async with gateway.http.stream("POST", CHAT, json=body) as answer:
            async for chunk in answer.aiter_raw():
                heard.append(chunk)
                begun.set()

    async with (
        asyncio.TaskGroup() as tasks,
        live(tmp_path, speed=Speed(piece_s=0.05)) as gateway,
    ):
        begun = asyncio.Event()
        tasks.create_task(listen(gateway, begun))
        await begun.wait()

    assert ["shutting_down"] == errors(b"".join(heard))
    assert (await gateway.final())["outcome"] == "failed"
