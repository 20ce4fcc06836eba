"""Files in answers, through a whole gateway: labelled and read back before they leave."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from live import Live, live
from media_samples import encoded, picture, samples
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.labels.aigc import AigcLabel
from gateway.labels.media.marking import labels_in, marked

PNG = samples()["picture.png"]
WAV = samples()["tone.wav"]
OTHERS = AigcLabel("001191440300708461136T1XGW3", "another-number")
PROPAGATOR = "001191110102MACQD9K64020000"
SURFACES = ["openai.chat", "openai.images", "openai.responses", "gemini"]
GEMINI = "/v1beta/models/m:generateContent"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@asynccontextmanager
async def answering(folder: Path, *answers: Any, **label: Any) -> AsyncIterator[Live]:
    """A gateway in front of an endpoint that gives these answers, one after the other.

    Bytes are a stream of events, anything else a body.
    """
    waiting = iter(answers)

    async def say(_: Request) -> Response:
        said = next(waiting)
        if isinstance(said, bytes):
            return Response(said, media_type="text/event-stream")
        return Response(orjson.dumps(said), media_type="application/json")

    endpoint = Starlette(routes=[Route("/{path:path}", say, methods=["POST"])])
    async with live(
        folder, endpoint=endpoint, surfaces=SURFACES, unscreenable="pass", label=label
    ) as gateway:
        yield gateway


async def ask(gateway: Live, path: str, body: Any) -> tuple[Any, Any]:
    """What a client gets, and the final record."""
    got = await gateway.http.post(path, json=body)
    return got.json(), await gateway.final()


async def answer(folder: Path, path: str, body: Any, said: Any, **label: Any) -> tuple[Any, Any]:
    """The same, of a gateway for this one question."""
    async with answering(folder, said, **label) as gateway:
        return await ask(gateway, path, body)


IMAGES = "/v1/images/generations", {"model": "m", "prompt": "a boat"}
CHAT = "/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
RESPONSES = "/v1/responses", {"model": "m", "input": "a boat"}


def chat(**message: Any) -> Any:
    said = {"role": "assistant", "content": "Here you are.", **message}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": said}],
    }


CASES = {
    "images": (IMAGES, {"created": 1, "data": [{"b64_json": b64(PNG)}]}, ("data", 0, "b64_json")),
    "sound": (
        CHAT,
        chat(audio={"id": "a", "data": b64(WAV), "expires_at": 1, "transcript": "Here."}),
        ("choices", 0, "message", "audio", "data"),
    ),
    "responses": (
        RESPONSES,
        {
            "id": "r",
            "object": "response",
            "status": "completed",
            "model": "m",
            "output": [{"type": "image_generation_call", "id": "i", "result": b64(PNG)}],
        },
        ("output", 0, "result"),
    ),
    "gemini": (
        (GEMINI, {"contents": [{"role": "user", "parts": [{"text": "a boat"}]}]}),
        {
            "candidates": [
                {
                    "content": {
                        "role": "model",
                        "parts": [{"inlineData": {"mimeType": "image/png", "data": b64(PNG)}}],
                    },
                    "finishReason": "STOP",
                }
            ]
        },
        ("candidates", 0, "content", "parts", 0, "inlineData", "data"),
    ),
    "anywhere": (CHAT, chat(images=[b64(PNG)]), ("choices", 0, "message", "images", 0)),
}


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


async def test_the_files_of_answers_are_labelled(tmp_path: Path) -> None:
    """The label is that of the exchange, and the record says that it was written."""
    async with answering(tmp_path, *(said for _, said, _ in CASES.values())) as gateway:
        for case, (asked, _, place) in CASES.items():
            got, final = await ask(gateway, *asked)

            (found,) = labels_in(base64.b64decode(at(got, place)))
            assert json.loads(found.value) == got["AIGC"], case
            assert final["label_id"] == got["AIGC"]["ProduceID"]
            assert [("written", "wav" if case == "sound" else "png")] == [
                (file["label"], file["medium"]) for file in final["files"]
            ]


async def test_a_picture_in_a_text_is_labelled(tmp_path: Path) -> None:
    """A `data:` address within Markdown is a file too; the words around it stay."""
    said = f"Here: ![boat](data:image/png;base64,{b64(PNG)}) and a second one."
    got, _ = await answer(tmp_path, *CHAT, chat(content=said))

    content = got["choices"][0]["message"]["content"]
    before, _, rest = content.partition("base64,")
    data, _, after = rest.partition(")")
    assert ("Here: ![boat](data:image/png;", " and a second one.") == (before, after)
    assert 1 == len(labels_in(base64.b64decode(data)))


async def test_a_label_of_somebody_else_stays(tmp_path: Path) -> None:
    """What came with a label leaves as it came, byte for byte, and the record says so."""
    theirs = b64(marked(PNG, OTHERS).data)
    got, final = await answer(tmp_path, *IMAGES, {"data": [{"b64_json": theirs}]}, pictures=True)

    assert theirs == got["data"][0]["b64_json"]
    assert ["kept"] == [file["label"] for file in final["files"]]


async def test_a_propagator_is_filled_in(tmp_path: Path) -> None:
    """Where the operator passes content on, labels of others say so, and keep their producer."""
    theirs = b64(marked(PNG, OTHERS).data)
    got, _ = await answer(
        tmp_path, *IMAGES, {"data": [{"b64_json": theirs}]}, propagator=PROPAGATOR
    )

    (found,) = labels_in(base64.b64decode(got["data"][0]["b64_json"]))
    fields = json.loads(found.value)
    assert OTHERS.content_producer == fields["ContentProducer"]
    assert (PROPAGATOR, got["AIGC"]["ProduceID"]) == (
        fields["ContentPropagator"],
        fields["PropagateID"],
    )


STRANGERS = {
    "unknown": b64(bytes(range(256)) * 2),
    "cut": b64(PNG[:-30]),
    "with line ends": b64(bytes(range(256)) * 2)[:76] + "\n" + b64(bytes(range(256)) * 2)[76:],
    "no base64": "?" * 100,
}


async def test_files_that_take_no_label_are_refused(tmp_path: Path) -> None:
    """Not a byte of them reaches the client, who is told why, and so is the record."""
    answers = [chat(audio={"id": "a", "data": data}) for data in STRANGERS.values()]
    async with answering(tmp_path, *answers) as gateway:
        for stranger, data in STRANGERS.items():
            got, final = await ask(gateway, *CHAT)

            assert "upstream_unlabellable" == got["error"]["code"], stranger
            assert data[:40] not in json.dumps(got)
            assert ("upstream_unlabellable", 502) == (final["fault"], final["status"])


async def test_the_operator_may_let_such_files_pass(tmp_path: Path) -> None:
    """With `unlabellable: pass` the file leaves as it came, and the record says without a label."""
    audio = {"id": "a", "data": STRANGERS["unknown"], "expires_at": 1, "transcript": "Here."}
    got, final = await answer(tmp_path, *CHAT, chat(audio=audio), unlabellable="pass")

    assert STRANGERS["unknown"] == got["choices"][0]["message"]["audio"]["data"]
    assert [{"medium": "unknown", "label": "none", "size": 512}] == final["files"]


async def test_words_are_drawn_where_the_operator_asks_for_it(tmp_path: Path) -> None:
    """With `pictures` the picture changes and has its metadata all the same."""
    large = encoded(picture().resize((320, 240)), "PNG")
    got, _ = await answer(tmp_path, *IMAGES, {"data": [{"b64_json": b64(large)}]}, pictures=True)

    data = base64.b64decode(got["data"][0]["b64_json"])
    assert marked(large, OTHERS).data != data
    assert json.loads(labels_in(data)[0].value) == got["AIGC"]


async def test_ordinary_text_is_no_file(tmp_path: Path) -> None:
    """The twin: long words, code and hashes leave as they came, and nothing is on record."""
    texts = ("a" * 300, "x = '" + "ab12" * 40 + "'", "0123456789abcdef" * 8)
    async with answering(tmp_path, *(chat(content=text) for text in texts)) as gateway:
        for text in texts:
            got, final = await ask(gateway, *CHAT)
            assert text == got["choices"][0]["message"]["content"]
            assert [] == final["files"]


def events(*bodies: Any) -> bytes:
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (body["type"].encode(), orjson.dumps(body)) for body in bodies
    )


async def test_pictures_in_a_stream_are_labelled(tmp_path: Path) -> None:
    """Each partial picture, the last one, and the same one summed up bear the label."""
    item = {"type": "image_generation_call", "id": "i", "status": "completed", "result": b64(PNG)}
    response = {"id": "r", "object": "response", "status": "completed", "model": "m"}
    stream = events(
        {"type": "response.created", "response": {**response, "output": []}},
        {
            "type": "response.image_generation_call.partial_image",
            "item_id": "i",
            "output_index": 0,
            "partial_image_index": 0,
            "partial_image_b64": b64(samples()["picture.jpg"]),
        },
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**response, "output": [item]}},
    )
    async with answering(tmp_path, stream) as gateway:
        got = await gateway.http.post(RESPONSES[0], json={**RESPONSES[1], "stream": True})
        final = await gateway.final()

    said = [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: {")]
    partial = next(e for e in said if e["type"].endswith("partial_image"))
    done = next(e for e in said if e["type"] == "response.output_item.done")
    whole = said[-1]["response"]["output"][0]["result"]
    for data in (partial["partial_image_b64"], done["item"]["result"], whole):
        (found,) = labels_in(base64.b64decode(data))
        assert final["label_id"] == json.loads(found.value)["ProduceID"]
    assert ["jpeg", "png"] == [file["medium"] for file in final["files"]]


def sounding(*pieces: str) -> bytes:
    chunks: list[Any] = [{"role": "assistant", "content": ""}]
    chunks += [{"audio": {"id": "a", "data": piece}} for piece in pieces]
    bodies: list[Any] = [
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
        }
        for delta in chunks
    ]
    bodies[-1]["choices"][0]["finish_reason"] = "stop"
    return b"".join(b"data: %b\n\n" % orjson.dumps(b) for b in bodies) + b"data: [DONE]\n\n"


async def test_sound_in_pieces_is_labelled_in_its_first(tmp_path: Path) -> None:
    """A sound whose head is in the first piece has one label once it is put together."""
    sound = bytes(samples()["tone.mp3"] * 3)
    pieces = [b64(sound[at : at + 300]) for at in range(0, len(sound), 300)]
    async with answering(tmp_path, sounding(*pieces)) as gateway:
        got = await gateway.http.post(CHAT[0], json={**CHAT[1], "stream": True})

    said = [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: {")]
    heard = [
        e["choices"][0]["delta"].get("audio", {}).get("data", "") for e in said if e["choices"]
    ]
    whole = b"".join(map(base64.b64decode, heard))
    assert whole.endswith(sound[300:])
    assert 1 == len(labels_in(whole))


async def test_raw_sound_in_a_stream_is_broken_off(tmp_path: Path) -> None:
    """Samples without a head take no label: the stream ends with an error, and none has left."""
    pieces = [b64(bytes(range(256)) * 2) for _ in range(3)]
    async with answering(tmp_path, sounding(*pieces)) as gateway:
        got = await gateway.http.post(CHAT[0], json={**CHAT[1], "stream": True})
        final = await gateway.final()

    assert pieces[0] not in got.text
    assert "[DONE]" not in got.text
    assert "upstream_unlabellable" == final["fault"]


async def test_sound_in_pieces_too_small_for_its_head_is_broken_off(tmp_path: Path) -> None:
    """However small its pieces are, none of a sound leaves without a label."""
    sound = bytes(samples()["tone.mp3"])
    pieces = [b64(sound[at : at + 30]) for at in range(0, len(sound), 30)]
    async with answering(tmp_path, sounding(*pieces)) as gateway:
        got = await gateway.http.post(CHAT[0], json={**CHAT[1], "stream": True})
        final = await gateway.final()

    assert pieces[0] not in got.text
    assert "[DONE]" not in got.text
    assert "upstream_unlabellable" == final["fault"]
