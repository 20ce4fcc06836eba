"""Embeddings and images through the official SDK: texts are screened, numbers and pictures pass."""

from __future__ import annotations

import base64
from array import array
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
from live import Live, live
from media_samples import encoded, picture
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.labels.media.marking import labels_in
from gateway.script import FORBIDDEN, FORBIDDEN_ZH, ID_CARD

NUMBERS = [0.25, -0.5, 1.0, 0.0]
PICTURE = base64.b64encode(encoded(picture(), "PNG")).decode()
HIDDEN = base64.b64encode(FORBIDDEN.encode() + b" " * 3).decode()


def endpoint() -> Starlette:
    async def embeddings(request: Request) -> Response:
        asked = await request.json()
        packed = base64.b64encode(array("f", NUMBERS).tobytes()).decode()
        vector = packed if asked.get("encoding_format") == "base64" else NUMBERS
        if "@hidden" in asked["input"]:
            vector = HIDDEN
        given = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        data = [{"object": "embedding", "index": n, "embedding": vector} for n in range(len(given))]
        usage = {"prompt_tokens": len(str(asked["input"])), "total_tokens": 1}
        return JSONResponse({"object": "list", "data": data, "model": "m", "usage": usage})

    async def images(request: Request) -> Response:
        asked = await request.json()
        picture = HIDDEN if "@hidden" in asked["prompt"] else PICTURE
        image = {"b64_json": picture, "revised_prompt": asked["prompt"].replace("@bad", FORBIDDEN)}
        return JSONResponse({"created": 1, "data": [image]})

    return Starlette(
        routes=[
            Route("/v1/embeddings", embeddings, methods=["POST"]),
            Route("/v1/images/generations", images, methods=["POST"]),
        ]
    )


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    surfaces = ["openai.embeddings", "openai.images"]
    async with live(tmp_path, endpoint=endpoint(), surfaces=surfaces) as running:
        yield running


@pytest.fixture
async def sdk(gateway: Live) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{gateway.gateway.url}/v1", api_key="sk-test", max_retries=0
    ) as client:
        yield client


async def test_embeddings_pass_in_both_encodings(sdk: openai.AsyncOpenAI, gateway: Live) -> None:
    """Packed, as the SDK asks by itself, and as numbers."""
    packed = await sdk.embeddings.create(model="m", input=["hello", "你好"])
    plain = await sdk.embeddings.create(model="m", input="hello", encoding_format="float")

    assert [NUMBERS, NUMBERS] == [item.embedding for item in packed.data]
    assert NUMBERS == plain.data[0].embedding
    final = await gateway.final()
    assert final["output"]["scanned"] == final["output"]["total"]


@pytest.mark.parametrize("given", [FORBIDDEN, ["fine", FORBIDDEN_ZH], "forbiddenselfharm"])
async def test_a_text_to_embed_is_screened(sdk: openai.AsyncOpenAI, given: str | list[str]) -> None:
    """Each of them; where chat would have an approved answer, there is none to embed."""
    with pytest.raises(openai.BadRequestError) as refused:
        await sdk.embeddings.create(model="m", input=given)

    assert "content_filter" == refused.value.code


async def test_tokens_cannot_be_screened(sdk: openai.AsyncOpenAI) -> None:
    """Numbers that stand for words are words that nobody here can read."""
    with pytest.raises(openai.BadRequestError) as refused:
        await sdk.embeddings.create(model="m", input=[[1, 2, 3]])

    assert "unscreenable_content" == refused.value.code


async def test_personal_data_is_masked_before_it_is_embedded(
    sdk: openai.AsyncOpenAI, gateway: Live
) -> None:
    """The endpoint counts the characters of the mask, not of the number; the rest is kept."""
    answer = await sdk.embeddings.create(model="m", input=f"card {ID_CARD}")

    assert len(f"card {ID_CARD}") == answer.usage.prompt_tokens
    assert "redact" == (await gateway.final())["prompt"]["action"]


async def test_pictures_pass_and_their_words_are_screened(sdk: openai.AsyncOpenAI) -> None:
    """The picture with its label in it and on the head; a revised prompt is text like any other."""
    raw = await sdk.images.with_raw_response.generate(model="m", prompt="a library at dawn")
    image = (await sdk.images.generate(model="m", prompt="a library")).data

    assert "aigc" in raw.headers
    assert image is not None
    (found,) = labels_in(base64.b64decode(image[0].b64_json or ""))
    assert '"ProduceID"' in found.value
    for prompt in ("@bad", FORBIDDEN_ZH):
        with pytest.raises(openai.BadRequestError) as stopped:
            await sdk.images.generate(model="m", prompt=prompt)
        assert "content_filter" == stopped.value.code
        assert FORBIDDEN not in str(stopped.value)


@pytest.mark.parametrize(
    ("path", "field"), [("/v1/embeddings", "input"), ("/v1/images/generations", "prompt")]
)
async def test_words_do_not_pass_as_numbers_or_pictures(
    gateway: Live, path: str, field: str
) -> None:
    """What is neither is text, whatever field it stands in: here it is packed, and stopped."""
    answer = await gateway.http.post(path, json={"model": "m", field: "@hidden"})

    assert HIDDEN not in answer.text
    assert "blocked_output" == (await gateway.final())["outcome"]
