"""What a proxy owes its neighbours: lists of models and hosts, limits, and ends to every wait."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import anthropic
import openai
import orjson
import pytest
from live import CHAT, Live, asking, live
from vendors import vendors_app

from gateway.scripted import Speed


async def test_only_listed_models_are_asked(tmp_path: Path) -> None:
    """The official SDKs hear the 404 of their own API; the upstream hears nothing."""
    open_to = ["openai.chat", "anthropic", "gemini", "ollama"]
    async with live(
        tmp_path,
        endpoint=vendors_app(),
        surfaces=open_to,
        upstream={"models": ["scripted", "other"]},
    ) as gateway:
        url = gateway.gateway.url
        async with openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as sdk:
            messages: Any = [{"role": "user", "content": "hi"}]
            told = await sdk.chat.completions.create(model="scripted", messages=messages)
            with pytest.raises(openai.NotFoundError) as unlisted:
                await sdk.chat.completions.create(model="gpt-x", messages=messages)
        async with anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as claude:
            with pytest.raises(anthropic.NotFoundError):
                await claude.messages.create(model="x", max_tokens=9, messages=messages)
        for path, body in (
            ("/v1beta/models/x:generateContent", {"contents": [{"parts": [{"text": "hi"}]}]}),
            ("/api/chat", {"model": "x", "messages": messages, "stream": False}),
            ("/api/generate", {"model": "SCRIPTED", "prompt": "hi", "stream": False}),
        ):
            assert 404 == (await gateway.http.post(path, json=body)).status_code
        called = [b["upstream_called"] for b in gateway.records() if b["kind"] == "final"]

    assert told.choices[0].message.content
    assert "model_not_found" == unlisted.value.code
    assert [True, False, False, False, False, False] == called


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gateway.internal", 200),
        ("GATEWAY.internal:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("gateway.internal.evil.example", 421),
        ("evil.example:gateway.internal", 421),
        ("", 421),
    ],
)
async def test_only_listed_hosts_are_answered(tmp_path: Path, host: str, status: int) -> None:
    """So that a page in a browser cannot rebind a name of its own to the gateway."""
    async with live(tmp_path, server={"hosts": ["gateway.internal", "[::1]"]}) as gateway:
        answer = await gateway.http.post(CHAT, json=asking("hi"), headers={"host": host})

        assert status == answer.status_code
        assert bool(gateway.diary.received) is (status == 200)


LIMITS = {"messages": 3, "leaves": 40, "n": 2, "tools": 1, "depth": 8, "string_chars": 50}
TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"n": 2}, True),
        ({"n": 3}, False),
        ({"tools": [TOOL]}, True),
        ({"tools": [TOOL, TOOL]}, False),
        ({"messages": [{"role": "user", "content": "x"}] * 3}, True),
        ({"messages": [{"role": "user", "content": "x"}] * 4}, False),
        ({"stop": ["x"] * 20}, True),
        ({"stop": ["x"] * 40}, False),
        ({"user": "x" * 50}, True),
        ({"user": "x" * 51}, False),
        ({"metadata": {"a": {"b": {"c": "x"}}}}, True),
        ({"metadata": orjson.loads(b'{"a":' * 9 + b"1" + b"}" * 9)}, False),
    ],
)
async def test_limits_are_those_of_the_settings(
    tmp_path: Path, fields: dict[str, Any], fits: bool
) -> None:
    """At each of them a request passes, and one above it is refused unsent."""
    async with live(tmp_path, server={"limits": LIMITS}) as gateway:
        answer = await gateway.http.post(CHAT, json={**asking("hi"), **fields})

        assert (answer.status_code == 200) is fits, answer.text
        assert fits or answer.status_code in (400, 413)
        assert fits is bool(gateway.diary.received)


async def test_a_client_that_reads_nothing_is_let_go(tmp_path: Path) -> None:
    """After `server.write_s`; the endpoint is closed, and little was kept for nobody."""
    async with live(tmp_path, server={"write_s": 0.5}) as gateway:
        sock = _stalled(gateway)
        async with asyncio.timeout(10):
            while not gateway.diary.abandoned:
                await asyncio.sleep(0.05)
            final = await gateway.final()
        sock.close()

    assert "client_left" == final["outcome"]
    assert final["delivered_bytes"] < 8_000_000


def _stalled(gateway: Live) -> socket.socket:
    """A client that asks for a stream and never reads."""
    host, _, port = gateway.gateway.url.removeprefix("http://").partition(":")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((host, int(port)))
    body = orjson.dumps(asking("@endless", stream=True))
    head = f"POST {CHAT} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
    sock.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return sock


@pytest.mark.parametrize(
    ("waits", "piece_s", "fault"),
    [
        ({"idle_s": 0.3, "total_s": 30}, 5.0, "upstream_idle_timeout"),
        ({"idle_s": 5, "total_s": 0.6}, 0.05, "upstream_total_timeout"),
    ],
)
async def test_a_stream_that_idles_or_drips_on_is_ended(
    tmp_path: Path, waits: dict[str, float], piece_s: float, fault: str
) -> None:
    """A silence, and a drip that never falls silent, each have their end."""
    async with live(tmp_path, speed=Speed(piece_s=piece_s), upstream=waits) as gateway:
        answer = await gateway.ask("@long-en", stream=True)
        final = await gateway.final()

    assert fault in answer.text
    assert b"[DONE]" not in answer.content
    assert ("upstream_error", fault) == (final["outcome"], final["fault"])
