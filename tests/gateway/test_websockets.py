"""Websockets as official SDKs open them: refused before a frame passes, and told why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import openai
import orjson
import pytest
from live import Live, live
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gateway.settings import Surface


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path, surfaces=[surface.value for surface in Surface]) as running:
        yield running


async def test_the_openai_sdk_hears_why_there_is_no_realtime(gateway: Live) -> None:
    """As a handshake that was refused: status 403 and an OpenAI error."""
    ours = gateway.gateway.url
    async with openai.AsyncOpenAI(
        api_key="sk-test",
        base_url=f"{ours}/v1",
        websocket_base_url=f"{ours}/v1".replace("http", "ws"),
    ) as sdk:
        with pytest.raises(InvalidStatus) as refused:
            await sdk.realtime.connect(model="m").enter()

    answer = refused.value.response
    assert 403 == answer.status_code
    error = orjson.loads(answer.body or b"")["error"]
    assert "websocket_refused" == error["code"]
    assert "both directions" in error["message"]


@pytest.mark.parametrize(
    ("path", "has"),
    [
        (
            "/v1/responses",
            {"error": {"type": "invalid_request_error", "code": "websocket_refused"}},
        ),
        ("/v1/messages", {"type": "error"}),
        (
            "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
            {"error": {"code": 403}},
        ),
        ("/nowhere", {"error": {"type": "invalid_request_error"}}),
    ],
)
async def test_no_path_opens_one(gateway: Live, path: str, has: dict[str, object]) -> None:
    """Not even where the same path is open for requests; told in the words of its API."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(gateway.gateway.url.replace("http", "ws") + path):
            pass

    body = orjson.loads(refused.value.response.body or b"")
    assert 403 == refused.value.response.status_code
    assert has == {key: told(body[key], wanted) for key, wanted in has.items()}
    assert not gateway.diary.received


def told(given: object, wanted: object) -> object:
    """As much of a value as is asked about."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        return {key: given[key] for key in wanted}
    return given


async def test_a_closed_surface_is_refused_in_its_own_words(tmp_path: Path) -> None:
    """An Anthropic client of a gateway without that surface reads an Anthropic error."""
    async with live(tmp_path) as gateway:
        answer = await gateway.http.post("/v1/messages", json={})

    assert (404, "error") == (answer.status_code, answer.json()["type"])
    assert "anthropic" in answer.json()["error"]["message"]
