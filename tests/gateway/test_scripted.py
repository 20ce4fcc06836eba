"""The scripted endpoint: what the official client reads from it, and each way it can break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.listening import bind, listening
from gateway.script import SCENES, Fault, Scene, pieces, scene_for
from gateway.scripted import Diary, scripted_app


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
async def url(diary: Diary) -> AsyncIterator[str]:
    async with listening(scripted_app(diary=diary), bind("127.0.0.1", 0), drain_s=0) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=5
    ) as client:
        yield client


def content(marker: str) -> str:
    return scene_for(marker).content


@given(st.text())
def test_pieces_join_to_the_text(text: str) -> None:
    """Nothing is lost or added by the cutting."""
    assert "".join(pieces(text)) == text


def test_pieces_are_about_as_long_as_tokens() -> None:
    """A hold-back measured on whole sentences would flatter us."""
    assert pieces("renew a card 补办证件") == ["renew", " a", " card", " ", "补办", "证件"]


def test_the_longer_marker_is_found_before_its_beginning() -> None:
    """`@turns-bad` is the beginning of `@turns-bad-zh`."""
    assert [scene for scene in SCENES if scene_for(scene.marker) is not scene] == []


async def test_a_message_without_a_marker_is_echoed(client: openai.AsyncOpenAI) -> None:
    """So that a test can say what the model says."""
    answer = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hello"}]
    )

    assert answer.choices[0].message.content == "You said: hello"
    assert answer.model == "m"


@pytest.mark.parametrize("marker", ["@long-en", "@long-zh", "@id-card", "@turns-bad"])
async def test_a_stream_says_what_a_whole_answer_says(
    client: openai.AsyncOpenAI, marker: str
) -> None:
    """Both come from one scene."""
    stream = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": marker}], stream=True
    )
    heard = [chunk.choices[0] async for chunk in stream]

    assert "".join(choice.delta.content or "" for choice in heard) == content(marker)
    assert heard[-1].finish_reason == "stop"
    assert len(heard) > 10


async def test_choices_interleave_and_usage_comes_last(client: openai.AsyncOpenAI) -> None:
    """As real endpoints do with n above 1 and include_usage."""
    stream = await client.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": "@long-en"}],
        n=2,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]

    assert [c.choices[0].index for c in chunks[:6]] == [0, 1, 0, 1, 0, 1]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 2 * len(pieces(content("@long-en")))


async def test_an_answer_ends_at_max_tokens(client: openai.AsyncOpenAI) -> None:
    """And says that its length ended it."""
    answer = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "@long-en"}], max_tokens=2
    )

    assert answer.choices[0].message.content == "A public"
    assert answer.choices[0].finish_reason == "length"


async def test_tool_arguments_arrive_in_fragments(client: openai.AsyncOpenAI) -> None:
    """Id and name stand in the first fragment only."""
    stream = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "@tool-bad"}], stream=True
    )
    calls = [
        call
        async for chunk in stream
        for call in chunk.choices[0].delta.tool_calls or []
        if call.function
    ]

    assert [call.id for call in calls[:2]] == ["call_scripted", None]
    assert "".join(call.function.arguments or "" for call in calls if call.function) == (
        scene_for("@tool-bad").tool_arguments
    )


async def test_reasoning_comes_before_the_answer(client: openai.AsyncOpenAI) -> None:
    """In the field that DeepSeek, Qwen and Moonshot use."""
    answer = await client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "@reasoning-bad"}]
    )
    message = answer.choices[0].message.model_dump()

    assert message["reasoning_content"] == scene_for("@reasoning-bad").reasoning


async def test_models_are_listed(client: openai.AsyncOpenAI) -> None:
    """The call that every client makes first."""
    assert [model.id async for model in client.models.list()] == ["scripted"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.ERROR, openai.InternalServerError),
        (Fault.RATE_LIMIT, openai.RateLimitError),
        (Fault.CUT, openai.APIError),
    ],
)
async def test_a_fault_reaches_the_client(
    client: openai.AsyncOpenAI, fault: Fault, error: type[Exception]
) -> None:
    """A gateway has to tell these from an answer."""
    with pytest.raises(error):
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": f"@{fault}"}]
        )


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.CUT, httpx2.RemoteProtocolError),
        (Fault.SILENT, httpx2.ReadTimeout),
        (Fault.STALL, httpx2.ReadTimeout),
    ],
)
async def test_a_stream_breaks_off(url: str, fault: Fault, error: type[Exception]) -> None:
    """In the middle, or before it began."""
    with pytest.raises(error):
        await read_stream(url, f"@{fault}", patience=0.3)


async def test_a_stream_can_hold_garbage_or_no_end(url: str) -> None:
    """Bytes that no client should be shown."""
    assert b"{not json" in await read_stream(url, "@garbage")
    assert b"[DONE]" not in await read_stream(url, "@unfinished")
    assert b"[DONE]" in await read_stream(url, "@long-en")


async def test_the_diary_knows_what_came_and_who_left(url: str, diary: Diary) -> None:
    """Tests ask it whether a prompt went upstream, and whether a block stopped the model."""
    async with asyncio.timeout(5):
        body = chat("@endless")
        async with (
            httpx2.AsyncClient() as client,
            client.stream("POST", f"{url}/v1/chat/completions", json=body) as answer,
        ):
            await anext(answer.aiter_bytes())
            assert diary.answering == 1
        await diary.idle.wait()

    assert diary.abandoned == 1
    assert b"@endless" in diary.received[0].body


def test_a_script_of_ones_own_replaces_the_bundled_one() -> None:
    """A test brings the scene it needs."""
    mine = (Scene("@mine", "mine"),)

    assert scene_for("please @mine", mine).content == "mine"
    assert scene_for("@long-en", mine).content == "You said: @long-en"


def chat(text: str) -> dict[str, object]:
    return {"model": "m", "stream": True, "messages": [{"role": "user", "content": text}]}


async def read_stream(url: str, text: str, patience: float = 5) -> bytes:
    async with httpx2.AsyncClient(timeout=patience) as client:
        answer = await client.post(f"{url}/v1/chat/completions", json=chat(text))
    return answer.content
