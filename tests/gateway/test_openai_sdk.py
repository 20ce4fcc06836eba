"""The official SDK, unchanged but for `base_url`: the same results as against the bare endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from live import Live, live
from openai.types.chat import ChatCompletionChunk

from gateway.script import FORBIDDEN

TOOLS: Any = [{"type": "function", "function": {"name": "search", "parameters": {}}}]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path) as running:
        yield running


@pytest.fixture
async def client(gateway: Live) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK at the gateway."""
    base_url = f"{gateway.gateway.url}/v1"
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=base_url, max_retries=0) as sdk:
        yield sdk


@pytest.fixture
async def bare(gateway: Live) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK at the endpoint itself."""
    base_url = f"{gateway.endpoint}/v1"
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=base_url, max_retries=0) as sdk:
        yield sdk


def user(content: str) -> Any:
    return [{"role": "user", "content": content}]


ASKED = [
    pytest.param({"messages": user("hello")}, id="chat"),
    pytest.param({"messages": user("hello"), "n": 2}, id="n=2"),
    pytest.param({"messages": user("@tool please"), "tools": TOOLS}, id="tools"),
    pytest.param({"messages": user("@reasoning")}, id="reasoning"),
    pytest.param({"messages": user("@long-zh")}, id="chinese"),
]


def bare_fields(dumped: dict[str, Any]) -> dict[str, Any]:
    """A result without what the gateway adds and what differs from call to call."""
    added = {"AIGC", "explicit_label_required", "created"}
    return {key: value for key, value in dumped.items() if key not in added}


@pytest.mark.parametrize("asked", ASKED)
async def test_whole_answers_are_the_endpoints(
    client: openai.AsyncOpenAI, bare: openai.AsyncOpenAI, asked: dict[str, Any]
) -> None:
    """Chat, tools, several choices: the parsed result is the same."""
    through = await client.chat.completions.create(model="scripted", **asked)
    direct = await bare.chat.completions.create(model="scripted", **asked)

    assert bare_fields(direct.model_dump()) == bare_fields(through.model_dump())


@pytest.mark.parametrize("asked", ASKED)
async def test_streams_are_the_endpoints(
    client: openai.AsyncOpenAI, bare: openai.AsyncOpenAI, asked: dict[str, Any]
) -> None:
    """Chunk by chunk, usage at the end."""
    asked = {**asked, "stream": True, "stream_options": {"include_usage": True}}

    through = [c async for c in await client.chat.completions.create(model="scripted", **asked)]
    direct = [c async for c in await bare.chat.completions.create(model="scripted", **asked)]

    def fields(chunks: list[ChatCompletionChunk]) -> list[dict[str, Any]]:
        return [bare_fields(chunk.model_dump()) for chunk in chunks]

    assert fields(direct) == fields(through)


async def test_the_streaming_helper_works(client: openai.AsyncOpenAI) -> None:
    """The SDK's accumulator takes our events for its own."""
    async with client.chat.completions.stream(
        model="scripted", messages=user("@long-en")
    ) as stream:
        completion = await stream.get_final_completion()

    assert completion.choices[0].finish_reason == "stop"
    assert (completion.choices[0].message.content or "").startswith("A public library")


async def test_a_blocked_prompt_is_the_error_that_clients_expect(
    client: openai.AsyncOpenAI,
) -> None:
    """BadRequestError with the code `content_filter`."""
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="scripted", messages=user(FORBIDDEN))

    assert caught.value.code == "content_filter"


async def test_a_stopped_stream_ends_with_its_reason(client: openai.AsyncOpenAI) -> None:
    """The last chunk says `content_filter`; the iteration ends without an error."""
    stream = await client.chat.completions.create(
        model="scripted", messages=user("@turns-bad"), stream=True, n=2
    )
    chunks = [chunk async for chunk in stream]

    assert ["content_filter"] * 2 == [choice.finish_reason for choice in chunks[-1].choices]


async def test_a_broken_stream_is_an_error(client: openai.AsyncOpenAI) -> None:
    """What the endpoint did not finish is never taken for an answer."""
    stream = await client.chat.completions.create(
        model="scripted", messages=user("@cut"), stream=True
    )
    with pytest.raises(openai.APIError):
        async for _ in stream:
            pass


async def test_models_are_listed(client: openai.AsyncOpenAI) -> None:
    """`models.list` parses."""
    models = await client.models.list()

    assert ["scripted"] == [model.id for model in models.data]
