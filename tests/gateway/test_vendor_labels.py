"""The visible label and approved answers of every protocol, as its official SDK hears them."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import ollama
import openai
import pytest
from google import genai
from live import Live, live
from vendors import vendors_app

from gateway.script import Scene
from gateway.settings import Surface

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession")

LABEL = "本内容由人工智能生成"
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
SCENES = [
    Scene("@both", "The answer.", reasoning="I think."),
    Scene("@code", "Like so:\n```python\nprint(1)\n"),
    Scene("@self-harm", "forbiddenselfharm is what I say"),
]
Given = dict[str, Any]


@dataclass(frozen=True)
class Voice:
    """What an SDK's user reads of an answer: whole, and gathered up from its stream."""

    name: str
    whole: Callable[[str, str, Given], Awaitable[str]]
    streamed: Callable[[str, str, Given], Awaitable[str]]
    for_machines: tuple[Given, ...] = ()
    """Fields that ask for an answer which a machine reads."""

    def __str__(self) -> str:
        return self.name


def user(content: str) -> Any:
    return [{"role": "user", "content": content}]


def openai_at(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key="sk-test", base_url=f"{url}/v1", max_retries=0)


async def completion(url: str, asked: str, given: Given) -> str:
    async with openai_at(url) as sdk:
        made = await sdk.completions.create(model="m", prompt=asked, **given)
        return str(made.choices[0].text)


async def completion_streamed(url: str, asked: str, given: Given) -> str:
    async with openai_at(url) as sdk:
        made = await sdk.completions.create(model="m", prompt=asked, stream=True, **given)
        return "".join([event.choices[0].text async for event in made])


async def response(url: str, asked: str, given: Given) -> str:
    async with openai_at(url) as sdk:
        made = await sdk.responses.create(model="m", input=asked, **given)
        return str(made.output_text)


async def response_streamed(url: str, asked: str, given: Given) -> str:
    """As the deltas say it, which has to be what the final response says."""
    async with (
        openai_at(url) as sdk,
        sdk.responses.stream(model="m", input=asked, **given) as stream,
    ):
        said = [e.delta async for e in stream if e.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    assert "".join(said) == final.output_text
    return "".join(said)


def anthropic_at(url: str) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(api_key="test", base_url=url, max_retries=0)


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


async def message(url: str, asked: str, given: Given) -> str:
    async with anthropic_at(url) as sdk:
        return text_of(
            await sdk.messages.create(model="m", max_tokens=9, messages=user(asked), **given)
        )


async def message_streamed(url: str, asked: str, given: Given) -> str:
    async with (
        anthropic_at(url) as sdk,
        sdk.messages.stream(model="m", max_tokens=9, messages=user(asked), **given) as stream,
    ):
        return text_of(await stream.get_final_message())


async def ollama_chat(url: str, asked: str, given: Given) -> str:
    client = ollama.AsyncClient(host=url)
    made = await client.chat(model="m", messages=user(asked), **given)
    await client._client.aclose()
    return made.message.content or ""


async def ollama_chat_streamed(url: str, asked: str, given: Given) -> str:
    client = ollama.AsyncClient(host=url)
    made = await client.chat(model="m", messages=user(asked), stream=True, **given)
    said = [part.message.content or "" async for part in made]
    await client._client.aclose()
    return "".join(said)


async def ollama_generate(url: str, asked: str, given: Given) -> str:
    client = ollama.AsyncClient(host=url)
    made = await client.generate(model="m", prompt=asked, **given)
    await client._client.aclose()
    return str(made.response)


async def ollama_generate_streamed(url: str, asked: str, given: Given) -> str:
    client = ollama.AsyncClient(host=url)
    made = await client.generate(model="m", prompt=asked, stream=True, **given)
    said = [str(part.response) async for part in made]
    await client._client.aclose()
    return "".join(said)


def gemini_at(url: str) -> Any:
    return genai.Client(api_key="test", http_options={"base_url": url}).aio.models


def parts_of(made: Any) -> str:
    parts = made.candidates[0].content.parts or []
    return "".join(part.text or "" for part in parts if not part.thought)


async def generated(url: str, asked: str, given: Given) -> str:
    return parts_of(await gemini_at(url).generate_content(model="m", contents=asked, config=given))


async def generated_streamed(url: str, asked: str, given: Given) -> str:
    made = await gemini_at(url).generate_content_stream(model="m", contents=asked, config=given)
    return "".join([parts_of(part) async for part in made])


FUNCTION = {"name": "search", "parameters": SCHEMA}
OLLAMA_TOOLS: Given = {"tools": [{"type": "function", "function": FUNCTION}]}
JSON_TEXT = {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}}
VOICES = [
    Voice(
        "openai.completions",
        completion,
        completion_streamed,
        tuple(
            {"extra_body": {name: asked}}
            for name, asked in {
                "guided_json": SCHEMA,
                "guided_regex": "[a-z]+",
                "guided_choice": ["yes", "no"],
                "guided_grammar": "root ::= word",
                "structured_outputs": {"json": SCHEMA},
                "structural_tag": "{}",
            }.items()
        ),
    ),
    Voice(
        "openai.responses",
        response,
        response_streamed,
        ({"tools": [{"type": "function", **FUNCTION, "strict": False}]}, {"text": JSON_TEXT}),
    ),
    Voice(
        "anthropic.messages",
        message,
        message_streamed,
        (
            {"tools": [{"name": "search", "input_schema": SCHEMA}]},
            {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
        ),
    ),
    Voice("ollama.chat", ollama_chat, ollama_chat_streamed, (OLLAMA_TOOLS, {"format": "json"})),
    Voice("ollama.generate", ollama_generate, ollama_generate_streamed, ({"format": SCHEMA},)),
    Voice(
        "gemini",
        generated,
        generated_streamed,
        (
            {"tools": [{"function_declarations": [FUNCTION]}]},
            {"response_mime_type": "application/json"},
        ),
    ),
]
ALL = [surface.value for surface in Surface]
either_end = pytest.mark.parametrize("end", ["prefix", "suffix"])


def labelled(gateway: Path, end: str) -> Any:
    return live(gateway, endpoint=vendors_app(SCENES), surfaces=ALL, label={"explicit": end})


async def heard(gateway: Live, voice: Voice, asked: str, given: Given) -> list[str]:
    """Whole and streamed."""
    url = gateway.gateway.url
    return [await voice.whole(url, asked, given), await voice.streamed(url, asked, given)]


@either_end
async def test_people_read_the_label_once(end: str, tmp_path: Path) -> None:
    """In front of a text or behind it, whole and streamed alike; thinking has none."""
    async with labelled(tmp_path, end) as gateway:
        for voice, asked in itertools.product(VOICES, ("hello", "@both")):
            plain = await voice.whole(gateway.endpoint, asked, {})
            said = f"{LABEL}\n\n{plain}" if end == "prefix" else f"{plain}\n\n{LABEL}"
            assert [said, said] == await heard(gateway, voice, asked, {}), voice


@either_end
async def test_machines_read_none(end: str, tmp_path: Path) -> None:
    """In JSON mode, and where tools are offered."""
    async with labelled(tmp_path, end) as gateway:
        for voice in VOICES:
            for given in voice.for_machines:
                plain = await voice.whole(gateway.endpoint, "hello", given)
                assert [plain, plain] == await heard(gateway, voice, "hello", given), (voice, given)


async def test_code_stays_code(tmp_path: Path) -> None:
    """A text that ends within a code block gets no label behind it."""
    async with labelled(tmp_path, "suffix") as gateway:
        for voice in VOICES:
            plain = await voice.whole(gateway.endpoint, "@code", {})
            assert [plain, plain] == await heard(gateway, voice, "@code", {}), voice


async def test_an_approved_answer_is_said_in_place_of_the_model(tmp_path: Path) -> None:
    """For a prompt, and for an answer of which nothing has left; whole and streamed alike."""
    async with live(tmp_path, endpoint=vendors_app(SCENES), surfaces=ALL) as gateway:
        for voice in VOICES:
            approved, *others = [
                *await heard(gateway, voice, "forbiddenselfharm", {}),
                *await heard(gateway, voice, "@self-harm", {}),
            ]
            assert approved, voice
            assert "forbiddenselfharm" not in approved
            assert [approved] * 3 == others, voice
