"""While text is held, a client that waits on a stream hears that it is still there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest
import vendors
from live import live
from vendors import JSON, Turn, Vendor

HOLD = b": hold\n\n"
EVERY_S = 0.1
SILENT_S = 0.5
PATHS = {
    "openai.chat": "/v1/chat/completions",
    "openai.completions": "/v1/completions",
    "openai.responses": "/v1/responses",
    "anthropic.messages": "/v1/messages",
    "ollama.chat": "/api/chat",
    "gemini.stream": "/v1beta/models/m:streamGenerateContent?alt=sse",
}
ASKED: JSON = {
    "messages": [{"role": "user", "content": "hi"}],
    "prompt": "hi",
    "input": "hi",
}
GEMINI_ASKED: JSON = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def pausing(vendor: Vendor, pieces: list[str]) -> Any:
    """An endpoint that falls silent behind its first piece of text."""
    events = vendor.events(Turn(pieces))
    data = vendor.encoded(events)
    at = data.index(pieces[-1].encode())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        kind = vendor.framing.media_type.encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}
        )
        for number, part in enumerate((data[:at], data[at:])):
            await asyncio.sleep(SILENT_S * number)
            await send({"type": "http.response.body", "body": part, "more_body": number == 0})

    return app


async def heard(folder: Path, vendor: Vendor, pieces: list[str]) -> tuple[bytes, bytes]:
    """What the client got, and what the record says that it got."""
    async with live(
        folder,
        endpoint=pausing(vendor, pieces),
        surfaces=["openai.chat", "openai.completions", "openai.responses", "anthropic", "ollama",
                  "gemini"],
        server={"port": 0, "admin_port": 0, "drain_s": 1, "keep_alive_s": EVERY_S},
    ) as gateway:  # fmt: skip
        asked = GEMINI_ASKED if vendor.name == "gemini.stream" else _asked(vendor)
        got = (await gateway.http.post(PATHS[vendor.name], json=asked)).content
        final = await gateway.final()
        assert final["outcome"] == "completed"
        return got, gateway.delivered(final["exchange"])


def _asked(vendor: Vendor) -> JSON:
    named = {"openai.completions": "prompt", "openai.responses": "input"}
    field = named.get(vendor.name, "messages")
    limits = {"max_tokens": 9} if vendor.name == "anthropic.messages" else {}
    return {"model": "m", "stream": True, field: ASKED[field], **limits}


SSE = [
    vendors.CHAT,
    vendors.COMPLETIONS,
    vendors.RESPONSES,
    vendors.MESSAGES,
    vendors.GEMINI,
]


@pytest.mark.parametrize("vendor", SSE, ids=lambda vendor: vendor.name)
async def test_a_comment_goes_out_while_text_is_held(vendor: Vendor, tmp_path: Path) -> None:
    """As often as asked for, between events, and not on the record of what was said."""
    got, recorded = await heard(tmp_path, vendor, ["so forbid", "den"])

    assert 2 <= got.count(HOLD) <= 5
    assert got.replace(HOLD, b"") == recorded
    for before in got.split(HOLD)[:-1]:
        assert before == b"" or before.endswith(b"\n\n")


async def test_json_lines_have_no_comment(tmp_path: Path) -> None:
    """There is nothing to say in them that says nothing."""
    got, recorded = await heard(tmp_path, vendors.OLLAMA_CHAT, ["so forbid", "den"])

    assert b"hold" not in got
    assert got == recorded


async def test_nothing_is_told_where_nothing_is_held(tmp_path: Path) -> None:
    """The endpoint's own silence is its own."""
    got, _ = await heard(tmp_path, vendors.CHAT, ["All is well. ", "Really."])

    assert HOLD not in got


async def test_an_sdk_hears_no_comment(tmp_path: Path) -> None:
    """The text arrives as if nothing had been said between."""
    async with (
        live(
            tmp_path,
            endpoint=pausing(vendors.CHAT, ["so forbid", "den"]),
            server={"port": 0, "admin_port": 0, "drain_s": 1, "keep_alive_s": EVERY_S},
        ) as gateway,
        openai.AsyncOpenAI(
            api_key="sk-test", base_url=f"{gateway.gateway.url}/v1", max_retries=0
        ) as sdk,
    ):
        made = await sdk.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        said = [event.choices[0].delta.content or "" async for event in made]

    assert "".join(said) == "so forbidden"
