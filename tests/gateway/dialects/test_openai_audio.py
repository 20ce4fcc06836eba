"""Speech, transcriptions and translations through the official SDK, on real sockets."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import orjson
import pytest
from live import Live, live
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.labels.media.marking import labels_in
from gateway.script import FORBIDDEN, FORBIDDEN_ZH, ID_CARD


def wave_of(frames: bytes) -> bytes:
    """A sound of one channel."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(frames)
    return written.getvalue()


def frames_of(data: bytes) -> bytes:
    with wave.open(io.BytesIO(data), "rb") as sound:
        return sound.readframes(sound.getnframes())


MOBILE = "13800138000"
FRAMES = bytes(range(256)) * 16
SOUND = wave_of(FRAMES)
PIECES = {
    "clean": ["The library ", "opens at ", "nine."],
    "bad": ["It is ", FORBIDDEN[:6], FORBIDDEN[6:], " they say."],
    "bad-zh": ["先说", FORBIDDEN_ZH[:2], FORBIDDEN_ZH[2:], "。"],
    "id": ["The card is ", ID_CARD[:9], ID_CARD[9:], " , noted."],
    "mobile": ["Call\n", MOBILE, "\nsoon"],
}
FORMATS = ["json", "text", "srt", "vtt", "verbose_json"]


def endpoint(received: list[dict[str, Any]]) -> Starlette:
    """Hears what the file is called, and tells it in every format."""

    async def speech(request: Request) -> Response:
        asked = await request.json()
        received.append(asked)
        if asked["input"] == "@words":
            return Response(FORBIDDEN, media_type="audio/wav")
        if asked["input"] == "@html":
            return Response(SOUND, media_type="text/html")
        return Response(SOUND, media_type="audio/wav")

    async def hear(request: Request) -> Response:
        async with request.form() as form:
            fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
            upload = form["file"]
            assert isinstance(upload, UploadFile)
            assert SOUND == await upload.read()
        received.append({**fields, "filename": upload.filename, "kind": upload.content_type})
        pieces = PIECES[str(upload.filename).partition(".")[0]]
        if fields.get("stream") == "true":
            return StreamingResponse(events(pieces), media_type="text/event-stream")
        return told(pieces, fields.get("response_format", "json"))

    return Starlette(
        routes=[
            Route("/v1/audio/speech", speech, methods=["POST"]),
            Route("/v1/audio/transcriptions", hear, methods=["POST"]),
            Route("/v1/audio/translations", hear, methods=["POST"]),
        ]
    )


def told(pieces: list[str], form: str) -> Response:
    text = "".join(pieces)
    if form == "text":
        return PlainTextResponse(text)
    if form in ("srt", "vtt"):
        head = "WEBVTT\n\n" if form == "vtt" else ""
        point = "." if form == "vtt" else ","
        cue = f"1\n00:00:00{point}000 --> 00:00:02{point}500\n{text}\n\n"
        return PlainTextResponse(head + cue)
    if form == "verbose_json":
        segment = {"id": 0, "seek": 0, "start": 0.0, "end": 2.5, "text": text, "tokens": [1, 2]}
        rest = {"temperature": 0.0, "avg_logprob": -1.0, "compression_ratio": 1.0}
        words = [{"word": piece.strip(), "start": 0.0, "end": 1.0} for piece in pieces]
        whole = {"task": "transcribe", "language": "english", "duration": 2.5, "text": text}
        segments = [{**segment, **rest, "no_speech_prob": 0.1}]
        return JSONResponse({**whole, "segments": segments, "words": words})
    usage = {"type": "tokens", "input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    return JSONResponse({"text": text, "usage": usage})


def events(pieces: list[str]) -> list[bytes]:
    said = [{"type": "transcript.text.delta", "delta": piece} for piece in pieces]
    done = {"type": "transcript.text.done", "text": "".join(pieces)}
    return [b"data: " + orjson.dumps(event) + b"\n\n" for event in [*said, done]]


@pytest.fixture
def received() -> list[dict[str, Any]]:
    return []


@pytest.fixture
async def gateway(tmp_path: Path, received: list[dict[str, Any]]) -> AsyncIterator[Live]:
    async with live(tmp_path, endpoint=endpoint(received), surfaces=["openai.audio"]) as running:
        yield running


def sdk(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0)


def recording(name: str) -> tuple[str, io.BytesIO, str]:
    return f"{name}.mp3", io.BytesIO(SOUND), "audio/mpeg"


async def heard(url: str, name: str, form: Any, **more: Any) -> str:
    """A transcript in a format, and for those that are read as objects, all that they say."""
    async with sdk(url) as client:
        made: Any = await client.audio.transcriptions.create(
            model="whisper-1", file=recording(name), response_format=form, **more
        )
    return made if isinstance(made, str) else str(made.model_dump_json(exclude={"AIGC"}))


async def test_what_is_to_be_spoken_is_screened(
    gateway: Live, received: list[dict[str, Any]]
) -> None:
    """Input and directions; the sound comes back as it was, but for its label."""
    async with sdk(gateway.gateway.url) as client:
        raw = await client.audio.speech.with_raw_response.create(
            model="tts-1", voice="alloy", input="Good morning"
        )
        for said, how in ((FORBIDDEN, ""), ("hi", FORBIDDEN_ZH)):
            with pytest.raises(openai.BadRequestError) as refused:
                await client.audio.speech.create(
                    model="tts-1", voice="alloy", input=said, instructions=how
                )
            assert "content_filter" == refused.value.code

    assert FRAMES == frames_of(raw.content)
    assert [gateway_label(raw)] == [found.value for found in labels_in(raw.content)]
    assert "audio/wav" == raw.headers["content-type"]
    assert "aigc" in raw.headers
    assert ["Good morning"] == [asked["input"] for asked in received]
    records = gateway.records()
    spoken = next(body["exchange"] for body in records if body["kind"] == "delivered")
    assert raw.content == gateway.delivered(spoken)


def gateway_label(raw: Any) -> str:
    """The label on the head of an answer."""
    return str(raw.headers["aigc"])


async def test_a_number_is_not_spoken(gateway: Live, received: list[dict[str, Any]]) -> None:
    """What is masked in a text is masked before it becomes sound."""
    async with sdk(gateway.gateway.url) as client:
        await client.audio.speech.create(model="m", voice="v", input=f"card {ID_CARD}")

    assert ID_CARD[:6] not in received[0]["input"]


@pytest.mark.parametrize("given", ["@words", "@html"])
async def test_words_do_not_pass_as_sound(gateway: Live, given: str) -> None:
    """What is not what was asked for goes nowhere."""
    async with sdk(gateway.gateway.url) as client:
        with pytest.raises(openai.InternalServerError) as broken:
            await client.audio.speech.create(model="m", voice="v", input=given)

    assert "upstream_unreadable" == broken.value.code


@pytest.mark.parametrize("form", FORMATS)
async def test_transcripts_are_the_endpoints(gateway: Live, form: str) -> None:
    """In every format, as without a gateway."""
    ours, theirs = [
        orjson.loads(told) if told.startswith("{") else told
        for told in [
            await heard(url, "clean", form) for url in (gateway.gateway.url, gateway.endpoint)
        ]
    ]
    if isinstance(ours, dict):
        ours = {key: value for key, value in ours.items() if key != "explicit_label_required"}

    assert theirs == ours


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["bad", "bad-zh"])
async def test_a_word_that_was_heard_is_not_told(gateway: Live, name: str, form: str) -> None:
    """In no format: an error that the SDK raises, and not a piece of the word."""
    with pytest.raises(openai.BadRequestError) as stopped:
        await heard(gateway.gateway.url, name, form)

    assert "content_filter" == stopped.value.code
    assert FORBIDDEN not in str(stopped.value)
    assert "blocked_output" == (await gateway.final())["outcome"]


@pytest.mark.parametrize("form", FORMATS)
async def test_a_number_that_was_heard_is_masked(gateway: Live, form: str) -> None:
    """Wherever it is told again; the cues keep their times."""
    told = await heard(gateway.gateway.url, "id", form)

    assert "noted" in told
    assert ID_CARD[:9] not in told
    assert ID_CARD[9:] not in told
    assert "-->" in told or form not in ("srt", "vtt")


@pytest.mark.parametrize("form", FORMATS)
async def test_a_number_on_a_line_of_its_own_is_no_number_of_a_cue(
    gateway: Live, form: str
) -> None:
    """It was heard, so it is masked; the numbers and times of cues pass as they came."""
    told = await heard(gateway.gateway.url, "mobile", form)

    assert "Call" in told
    assert MOBILE not in told
    if form in ("srt", "vtt"):
        assert told.splitlines().count("1") == 1
        assert "-->" in told


async def transcript(url: str, name: str, events: list[Any]) -> list[Any]:
    """The events of a stream, in a list that has what came if it breaks off."""
    async with sdk(url) as client:
        made = await client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=recording(name), stream=True
        )
        async for event in made:
            events += [event]
        return events


async def test_streamed_transcripts_are_the_endpoints(gateway: Live) -> None:
    """Event by event."""
    urls = gateway.gateway.url, gateway.endpoint
    ours, theirs = [
        [(event.type, getattr(event, "delta", ""), getattr(event, "text", "")) for event in told]
        for told in [await transcript(url, "clean", []) for url in urls]
    ]

    assert theirs == ours


@pytest.mark.parametrize(("name", "word"), [("bad", FORBIDDEN), ("bad-zh", FORBIDDEN_ZH)])
async def test_a_stream_that_comes_upon_a_word_ends_in_an_error(
    gateway: Live, name: str, word: str
) -> None:
    """Before the first character of it; there is no end that says all is well."""
    said: list[Any] = []
    with pytest.raises(openai.APIError) as stopped:
        await transcript(gateway.gateway.url, name, said)

    pieces = "".join(event.delta for event in said)
    assert "content_filter" == stopped.value.code
    assert "".join(PIECES[name]).partition(word)[0].startswith(pieces)


async def test_a_number_in_a_stream_is_masked_in_pieces_and_in_sum(gateway: Live) -> None:
    """The last event says what the others said."""
    events = await transcript(gateway.gateway.url, "id", [])
    pieces = "".join(event.delta for event in events[:-1])

    assert pieces == events[-1].text
    assert ID_CARD[:9] not in pieces
    assert "noted" in pieces


@pytest.mark.parametrize(
    "more",
    [
        {"prompt": FORBIDDEN},
        {"language": FORBIDDEN},
        {"extra_body": {FORBIDDEN: "x"}},
        {"extra_body": {"x_vendor": FORBIDDEN}},
        {"extra_body": {"include": [FORBIDDEN]}},
    ],
)
async def test_a_word_in_any_field_of_the_form_is_stopped(
    gateway: Live, received: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    """Names of fields and their texts."""
    with pytest.raises(openai.BadRequestError) as refused:
        await heard(gateway.gateway.url, "clean", "json", **more)

    assert "content_filter" == refused.value.code
    assert not received


async def test_so_is_one_in_the_name_of_the_file_or_its_type(
    gateway: Live, received: list[dict[str, Any]]
) -> None:
    """They reach the endpoint too."""
    for name, kind in [(f"{FORBIDDEN}.mp3", "audio/mpeg"), ("a.mp3", f"audio/{FORBIDDEN}")]:
        form = {"file": (name, SOUND, kind)}
        answer = await gateway.http.post("/v1/audio/translations", data={"model": "m"}, files=form)
        assert (400, "content_filter") == (answer.status_code, answer.json()["error"]["code"])

    assert not received


async def test_what_goes_up_is_what_was_screened(
    gateway: Live, received: list[dict[str, Any]]
) -> None:
    """A masked prompt, the fields as they came, and no switch."""
    await heard(
        gateway.gateway.url,
        "clean",
        "json",
        prompt=f"A card: {ID_CARD}",
        language="en",
        temperature=0.5,
        extra_body={"guardrails": "off"},
    )

    [asked] = received
    assert ID_CARD[:9] not in asked.pop("prompt")
    assert {
        "model": "whisper-1",
        "language": "en",
        "temperature": "0.5",
        "response_format": "json",
        "filename": "clean.mp3",
        "kind": "audio/mpeg",
    } == asked
    intent = next(body for body in gateway.records() if body["kind"] == "intent")
    assert ["guardrails"] == intent["stripped"]


@pytest.mark.parametrize("data", [FORBIDDEN.encode(), b"", b"\x89PNG\r\n\x1a\n"])
async def test_only_a_recording_is_taken_for_one(
    gateway: Live, received: list[dict[str, Any]], data: bytes
) -> None:
    """Words in a file's place go nowhere."""
    async with sdk(gateway.gateway.url) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.audio.transcriptions.create(model="m", file=("a.mp3", io.BytesIO(data)))

    assert "unscreenable_content" == refused.value.code
    assert not received


async def test_a_form_that_could_be_read_in_two_ways_is_refused(gateway: Live) -> None:
    """Before anything is screened or sent."""
    twice = [("model", (None, b"a")), ("model", (None, b"b")), ("file", ("a.mp3", SOUND))]
    answer = await gateway.http.post("/v1/audio/transcriptions", files=twice)
    plain = await gateway.http.post("/v1/audio/transcriptions", json={"model": "m"})

    assert (400, "invalid_form") == (answer.status_code, answer.json()["error"]["code"])
    assert (400, "invalid_form") == (plain.status_code, plain.json()["error"]["code"])
