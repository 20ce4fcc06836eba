"""The official SDKs of other protocols, unchanged but for `base_url`: as against the endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anthropic
import ollama
import openai
import pydantic
import pytest
from google import genai
from langchain_openai import ChatOpenAI
from live import Live, live
from vendors import vendors_app

from gateway.script import FORBIDDEN, ID_CARD, Scene
from gateway.settings import Surface

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession")

SCENES = [
    Scene("@think-id", "Done.", reasoning=f"The card is {ID_CARD} , noted."),
    Scene("@say-id", f"Your card is {ID_CARD} , noted."),
    Scene("@both-bad", f"Well then: {FORBIDDEN} follows.", reasoning="I think first."),
    Scene("@self-harm", "forbiddenselfharm is what I say"),
    Scene(
        "@all", "The answer.", reasoning="I think.", tool_name="search", tool_arguments='{"q":1}'
    ),
]
ASKED = ["hello", "@long-zh", "@reasoning", "@tool", "@all", "@empty"]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    app, open_to = vendors_app(SCENES), [surface.value for surface in Surface]
    async with live(tmp_path, endpoint=app, surfaces=open_to) as running:
        yield running


def both(gateway: Live) -> tuple[str, str]:
    """The gateway's address, and the endpoint's own."""
    return gateway.gateway.url, gateway.endpoint


def bare(value: Any) -> Any:
    """What was said, without what the gateway adds."""
    added = {"AIGC", "explicit_label_required"}
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if k not in added}
    return [bare(item) for item in value] if isinstance(value, list) else value


# OpenAI.


def openai_at(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="sk-test", base_url=f"{url}/v1", max_retries=0)


def dumped(value: pydantic.BaseModel) -> Any:
    return value.model_dump(warnings=False)


async def responses_of(url: str, asked: str, how: str) -> Any:
    async with openai_at(url) as sdk:
        if how == "whole":
            return dumped(await sdk.responses.create(model="scripted", input=asked))
        if how == "helper":
            async with sdk.responses.stream(model="scripted", input=asked) as stream:
                events = [dumped(event) async for event in stream]
                return [*events, dumped(await stream.get_final_response())]
        made = await sdk.responses.create(model="scripted", input=asked, stream=True)
        return [dumped(event) async for event in made]


@pytest.mark.parametrize("how", ["whole", "stream", "helper"])
async def test_responses_are_the_endpoints(gateway: Live, how: str) -> None:
    """Whole, event by event, and gathered up by the SDK's helper."""
    for asked in ASKED:
        through, direct = [bare(await responses_of(url, asked, how)) for url in both(gateway)]

        assert direct == through, asked


async def completions_of(url: str, asked: str, *, stream: bool) -> Any:
    async with openai_at(url) as sdk:
        if not stream:
            return (await sdk.completions.create(model="scripted", prompt=asked)).model_dump()
        made = await sdk.completions.create(model="scripted", prompt=asked, stream=True)
        return [event.model_dump() async for event in made]


@pytest.mark.parametrize("stream", [False, True])
async def test_completions_are_the_endpoints(gateway: Live, stream: bool) -> None:
    """The older API too."""
    through, direct = [
        bare(await completions_of(url, "@long-en", stream=stream)) for url in both(gateway)
    ]

    assert direct == through


async def test_a_blocked_prompt_is_an_openai_error(gateway: Live) -> None:
    """BadRequestError with the code `content_filter`, in every API."""
    async with openai_at(gateway.gateway.url) as sdk:
        for call in (
            sdk.responses.create(model="m", input=FORBIDDEN),
            sdk.responses.create(model="m", instructions=FORBIDDEN, input="hi"),
            sdk.completions.create(model="m", prompt=["hi", FORBIDDEN]),
        ):
            with pytest.raises(openai.BadRequestError) as caught:
                await call
            assert caught.value.code == "content_filter"


async def test_stored_text_is_refused(gateway: Live) -> None:
    """What only the upstream has, nobody here can screen."""
    fields: list[dict[str, Any]] = [
        {"previous_response_id": "resp_0"},
        {"conversation": "conv_0"},
        {"prompt": {"id": "pmpt_0"}},
        {"input": [{"type": "item_reference", "id": "msg_0"}]},
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
        {"background": True},
    ]
    async with openai_at(gateway.gateway.url) as sdk:
        for given in fields:
            with pytest.raises(openai.BadRequestError):
                await sdk.responses.create(**{"model": "m", "input": "hi", **given})


async def test_a_stopped_response_is_incomplete(gateway: Live) -> None:
    """Whole and streamed: `incomplete`, for `content_filter`; the numbers have no gap."""
    async with openai_at(gateway.gateway.url) as sdk:
        whole = await sdk.responses.create(model="m", input="@turns-bad")
        made = await sdk.responses.create(model="m", input="@turns-bad", stream=True)
        events = [event async for event in made]

    assert ("incomplete", "") == (whole.status, whole.output_text)
    assert whole.incomplete_details
    assert whole.incomplete_details.reason == "content_filter"
    assert events[-1].type == "response.incomplete"
    assert FORBIDDEN not in str([event.model_dump() for event in events])
    numbers = [event.sequence_number for event in events]
    assert [*range(len(events))] == numbers


async def test_a_masked_response_is_masked_everywhere(gateway: Live) -> None:
    """Deltas, `done` events and the final response agree."""
    async with (
        openai_at(gateway.gateway.url) as sdk,
        sdk.responses.stream(model="m", input="@say-id") as stream,
    ):
        events = [dumped(event) async for event in stream]
        final = await stream.get_final_response()

    masked = f"Your card is {'*' * 18} , noted."
    assert masked == final.output_text
    assert ID_CARD not in str(events)
    texts = [e["text"] for e in events if e["type"] == "response.output_text.done"]
    assert [masked] == texts


async def test_an_approved_answer_is_a_whole_response(gateway: Live) -> None:
    """Streamed and gathered up by the helper: the text that people approved."""
    async with openai_at(gateway.gateway.url) as sdk:
        whole = await sdk.responses.create(model="m", input="forbiddenselfharm")
        async with sdk.responses.stream(model="m", input="forbiddenselfharm") as stream:
            final = await stream.get_final_response()

    assert whole.output_text
    assert whole.output_text == final.output_text


async def test_langchain_hears_the_same(gateway: Live) -> None:
    """ChatOpenAI over chat and over responses, invoked and streamed."""
    for responses in (False, True):
        heard = []
        for url in both(gateway):
            chat = ChatOpenAI(
                model="scripted",
                api_key="sk-test",  # type: ignore[arg-type]
                base_url=f"{url}/v1",
                use_responses_api=responses,
            )
            whole = await chat.ainvoke("@long-zh")
            pieces = [piece.text async for piece in chat.astream("@long-zh")]
            heard.append((whole.text, pieces))
        assert heard[1] == heard[0]
        assert "图书馆" in heard[0][0]


# Anthropic.


def anthropic_at(url: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(api_key="test", base_url=url, max_retries=0)


def user(content: str) -> Any:
    return [{"role": "user", "content": content}]


async def messages_of(url: str, asked: str, how: str) -> Any:
    given: Any = {"model": "scripted", "max_tokens": 99, "messages": user(asked)}
    async with anthropic_at(url) as sdk:
        if how == "whole":
            return (await sdk.messages.create(**given)).model_dump()
        if how == "beta":
            return (await sdk.beta.messages.create(**given)).model_dump()
        if how == "stream":
            made = await sdk.messages.create(**given, stream=True)
            return [event.model_dump() async for event in made]
        async with sdk.messages.stream(**given) as stream:
            return (await stream.get_final_message()).model_dump()


@pytest.mark.parametrize("how", ["whole", "beta", "stream", "helper"])
async def test_messages_are_the_endpoints(gateway: Live, how: str) -> None:
    """Text, thinking and tools: whole, event by event, and gathered up by the SDK's helper."""
    for asked in ASKED:
        through, direct = [bare(await messages_of(url, asked, how)) for url in both(gateway)]

        assert direct == through, asked


async def test_tokens_are_counted(gateway: Live) -> None:
    """`count_tokens` is a prompt like any other."""
    async with anthropic_at(gateway.gateway.url) as sdk:
        counted = await sdk.messages.count_tokens(model="m", messages=user("hi"))
        with pytest.raises(anthropic.BadRequestError):
            await sdk.messages.count_tokens(model="m", messages=user(FORBIDDEN))

    assert counted.input_tokens == 7


@pytest.mark.parametrize(
    "given",
    [
        {"messages": user(FORBIDDEN)},
        {"messages": user("hi"), "system": FORBIDDEN},
        {"messages": user("hi"), "system": [{"type": "text", "text": FORBIDDEN}]},
        {"messages": user("hi"), "metadata": {"user_id": FORBIDDEN}},
        {"messages": user("hi"), "tools": [{"name": "t", "input_schema": {"title": FORBIDDEN}}]},
        {"messages": [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t", "content": FORBIDDEN}]}]},
        {"messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "text", "media_type": "text/plain",
                                            "data": FORBIDDEN}}]}]},
        {"messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}]}]},
        {"messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "file", "file_id": "f"}}]}]},
    ],
)  # fmt: skip
async def test_a_blocked_prompt_is_an_anthropic_error(gateway: Live, given: dict[str, Any]) -> None:
    """Wherever the word stands, and for what nobody can read: BadRequestError."""
    async with anthropic_at(gateway.gateway.url) as sdk:
        with pytest.raises(anthropic.BadRequestError) as caught:
            await sdk.messages.create(model="m", max_tokens=9, **given)

    assert caught.value.type == "invalid_request_error"


async def test_a_stopped_message_is_a_refusal(gateway: Live) -> None:
    """Whole and streamed, before and behind the first text: legal to the SDK's helper."""
    async with anthropic_at(gateway.gateway.url) as sdk:
        for asked in ("@turns-bad", "@both-bad", "@tool-bad", "@reasoning-bad"):
            given: Any = {"model": "m", "max_tokens": 9, "messages": user(asked)}
            whole = await sdk.messages.create(**given)
            async with sdk.messages.stream(**given) as stream:
                final = await stream.get_final_message()

            assert ("refusal", "refusal") == (whole.stop_reason, final.stop_reason)
            assert FORBIDDEN not in final.model_dump_json()
            assert final.stop_details
            assert final.stop_details.explanation


async def test_a_signed_block_is_dropped_whole(gateway: Live) -> None:
    """Where thinking would have to be masked it does not leave; what follows moves up."""
    async with anthropic_at(gateway.gateway.url) as sdk:
        given: Any = {"model": "m", "max_tokens": 9, "messages": user("@think-id")}
        whole = await sdk.messages.create(**given)
        async with sdk.messages.stream(**given) as stream:
            final = await stream.get_final_message()

    for message in (whole, final):
        assert ["text"] == [block.type for block in message.content]
        assert "Done." in message.model_dump_json()


async def test_a_broken_stream_is_an_anthropic_error(tmp_path: Path) -> None:
    """What the endpoint did not finish is never taken for an answer."""
    gone: Any = {"model": "m", "max_tokens": 9, "messages": user("x")}
    async with (
        live(tmp_path, endpoint=_cut_off, surfaces=["anthropic"]) as cut,
        anthropic_at(cut.gateway.url) as sdk,
    ):
        made = await sdk.messages.create(**gone, stream=True)
        with pytest.raises(anthropic.APIError):
            async for _ in made:
                pass


async def _cut_off(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    start = b'{"type":"message_start","message":{"id":"m","type":"message","role":"assistant"}}'
    body = b"event: message_start\ndata: " + start + b"\n\n"
    await send({"type": "http.response.body", "body": body})


async def test_an_approved_answer_is_a_whole_message(gateway: Live) -> None:
    """Asked for, or put in the model's place before it has said anything."""
    async with anthropic_at(gateway.gateway.url) as sdk:
        for asked in ("forbiddenselfharm", "@self-harm"):
            given: Any = {"model": "m", "max_tokens": 9, "messages": user(asked)}
            whole = await sdk.messages.create(**given)
            async with sdk.messages.stream(**given) as stream:
                final = await stream.get_final_message()
            assert ("end_turn", "end_turn") == (whole.stop_reason, final.stop_reason)
            texts = [message.content[0].model_dump()["text"] for message in (whole, final)]
            assert texts[0] == texts[1] != ""


# Ollama.


@asynccontextmanager
async def ollama_at(url: str) -> AsyncIterator[ollama.AsyncClient]:
    client = ollama.AsyncClient(host=url)
    try:
        yield client
    finally:
        await client._client.aclose()


async def ollama_of(url: str, asked: str, *, stream: bool) -> Any:
    given: Any = {"model": "scripted", "stream": stream}
    async with ollama_at(url) as client:
        chat = await client.chat(messages=user(asked), **given)
        made = await client.generate(prompt=asked, **given)
        if not stream:
            return [chat.model_dump(), made.model_dump()]
        return [[part.model_dump() async for part in parts] for parts in (chat, made)]


@pytest.mark.parametrize("stream", [False, True])
async def test_ollama_hears_the_same(gateway: Live, stream: bool) -> None:
    """Chat and generate, whole and line by line."""
    for asked in ASKED:
        heard = [bare(await ollama_of(url, asked, stream=stream)) for url in both(gateway)]

        assert heard[1] == heard[0], asked


async def test_ollama_is_told_of_stops(gateway: Live) -> None:
    """A prompt raises; an answer ends for `content_filter`, with nothing of the word."""
    async with ollama_at(gateway.gateway.url) as client:
        with pytest.raises(ollama.ResponseError):
            await client.chat(model="m", messages=user(FORBIDDEN))
        whole = await client.chat(model="m", messages=user("@turns-bad"))
        stream = await client.chat(model="m", messages=user("@turns-bad"), stream=True)
        parts = [part async for part in stream]
        listed = await client.list()

    assert ("content_filter", "content_filter") == (whole.done_reason, parts[-1].done_reason)
    assert FORBIDDEN not in str([whole, *parts])
    assert ["scripted"] == [model.model for model in listed.models]


async def test_ollama_streams_where_nothing_is_said_of_it(gateway: Live) -> None:
    """The protocol's own default."""
    body = {"model": "m", "messages": user("hello")}
    response = await gateway.http.post("/api/chat", json=body)

    assert response.headers["content-type"] == "application/x-ndjson"
    assert len(response.content.splitlines()) > 1


# Gemini.


def gemini_at(url: str) -> genai.Client:
    return genai.Client(api_key="test", http_options={"base_url": url})


async def gemini_of(url: str, asked: str, *, stream: bool) -> Any:
    sdk = gemini_at(url).aio
    if not stream:
        made = await sdk.models.generate_content(model="scripted", contents=asked)
        return made.model_dump(exclude={"sdk_http_response"})
    parts = await sdk.models.generate_content_stream(model="scripted", contents=asked)
    return [part.model_dump(exclude={"sdk_http_response"}) async for part in parts]


@pytest.mark.parametrize("stream", [False, True])
async def test_gemini_hears_the_same(gateway: Live, stream: bool) -> None:
    """Text, thoughts and calls, whole and streamed."""
    for asked in ASKED:
        heard = [bare(await gemini_of(url, asked, stream=stream)) for url in both(gateway)]

        assert heard[1] == heard[0], asked


async def test_gemini_is_told_of_stops(gateway: Live) -> None:
    """A prompt gets its block reason, an answer its finish reason; nothing raises."""
    sdk = gemini_at(gateway.gateway.url).aio.models
    refused = await sdk.generate_content(model="m", contents=FORBIDDEN)
    streamed = [p async for p in await sdk.generate_content_stream(model="m", contents=FORBIDDEN)]
    whole = await sdk.generate_content(model="m", contents="@turns-bad")
    parts = [p async for p in await sdk.generate_content_stream(model="m", contents="@turns-bad")]

    for response in (refused, *streamed):
        assert response.prompt_feedback
        assert response.prompt_feedback.block_reason == "PROHIBITED_CONTENT"
    for response in (whole, parts[-1]):
        assert response.candidates
        assert response.candidates[0].finish_reason == "PROHIBITED_CONTENT"
    assert FORBIDDEN not in str([whole, *parts])


async def test_gemini_without_sse_is_one_array(gateway: Live) -> None:
    """Element by element, and still an array where it is stopped."""
    path = "/v1beta/models/m:streamGenerateContent"
    for asked in ("hello", "@turns-bad", FORBIDDEN):
        contents = [{"role": "user", "parts": [{"text": asked}]}]
        response = await gateway.http.post(path, json={"contents": contents})

        assert isinstance(response.json(), list)
        assert FORBIDDEN not in response.text


async def test_a_model_in_the_path_is_screened_like_any_text(gateway: Live) -> None:
    """It can be stopped, and never becomes the name of a route."""
    contents = [{"parts": [{"text": "hi"}]}]
    path = f"/v1beta/models/{FORBIDDEN}:generateContent"
    response = await gateway.http.post(path, json={"contents": contents})
    final = await gateway.final()

    assert response.json()["promptFeedback"]["blockReason"] == "PROHIBITED_CONTENT"
    assert final["outcome"] == "blocked_prompt"
    assert "{model}" in [r["route"] for r in gateway.records() if r["kind"] == "intent"][-1]
