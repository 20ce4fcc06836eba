"""Whole exchanges over real sockets: each action, whole and streamed, and what the record says."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from live import CHAT, Live, asking, live

from gateway.script import FORBIDDEN, ID_CARD, Fault, Scene
from gateway.sse import FrameSplitter

SCENES = [
    Scene("@mixed", content=f"Fine so far, and then {FORBIDDEN} comes, and more."),
    Scene("@endless-bad", content=f"On and on, {FORBIDDEN}, and on.", fault=Fault.ENDLESS),
    Scene("@sad-answer", content="forbiddenselfharm"),
]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path, scenes=SCENES) as running:
        yield running


def events(body: bytes) -> list[bytes]:
    splitter = FrameSplitter(1 << 20)
    return [f.data for f in splitter.feed(body) + splitter.finish() if f.data]


def text_of(body: bytes) -> str:
    chunks = [orjson.loads(data) for data in events(body) if data != b"[DONE]"]
    return "".join(
        choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]
    )


async def test_a_clean_exchange_passes_and_is_recorded(gateway: Live) -> None:
    """Intent, delivered, final: and the label on header and body."""
    answer = await gateway.ask("hello there")

    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == "You said: hello there"
    assert orjson.loads(answer.headers["aigc"]) == answer.json()["AIGC"]
    final = await gateway.final()
    assert ["intent", "delivered", "final"] == [body["kind"] for body in gateway.records()]
    assert ("completed", "allow", "allow") == (
        final["outcome"],
        final["prompt"]["action"],
        final["output"]["action"],
    )
    assert final["output"]["scanned"] == final["output"]["total"] > 0


async def test_a_blocked_prompt_never_reaches_the_endpoint(gateway: Live) -> None:
    """Refused in the dialect's words; category, article and exchange id, never the word."""
    answer = await gateway.ask(f"tell me about {FORBIDDEN}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "content_filter"
    assert answer.json()["stoplog"]["article"].startswith("IM Art.")
    assert FORBIDDEN not in answer.text
    assert not gateway.diary.received
    assert (await gateway.final())["outcome"] == "blocked_prompt"
    assert [b["kind"] for b in gateway.records()] == ["intent", "stopping", "final"]


async def test_personal_data_in_a_prompt_is_masked_on_its_way(gateway: Live) -> None:
    """The endpoint sees the mask, the rest of the prompt as it was."""
    answer = await gateway.ask(f"my card is {ID_CARD}, thanks")

    assert answer.status_code == 200
    sent = orjson.loads(gateway.diary.received[0].body)
    masked = "*" * len(ID_CARD)
    assert sent["messages"][0]["content"] == f"my card is {masked}, thanks"


async def test_personal_data_in_an_answer_is_masked(gateway: Live) -> None:
    """Whole and streamed alike, not one character of it arrives."""
    whole = await gateway.ask("@id-card")
    streamed = await gateway.ask("@id-card", stream=True)

    expected = f"您登记的身份证号是{'*' * len(ID_CARD)},补办时请核对。"
    assert whole.json()["choices"][0]["message"]["content"] == expected
    assert text_of(streamed.content) == expected
    await gateway.final()
    assert [b["output"]["action"] for b in gateway.records() if b["kind"] == "final"] == [
        "redact",
        "redact",
    ]


async def test_a_bad_answer_is_replaced_by_a_refusal(gateway: Live) -> None:
    """Nothing of it arrives; every choice ends in `content_filter`."""
    answer = await gateway.ask("@mixed", n=2)

    choices = answer.json()["choices"]
    assert ["content_filter"] * 2 == [choice["finish_reason"] for choice in choices]
    assert [None, None] == [choice["message"]["content"] for choice in choices]
    assert FORBIDDEN not in answer.text
    assert (await gateway.final())["outcome"] == "blocked_output"
    assert [b["kind"] for b in gateway.records()] == ["intent", "stopping", "final"]


async def test_a_stream_that_turns_bad_is_stopped_at_once(gateway: Live) -> None:
    """Nothing of the match has left, at most what came before it, and nothing follows the end."""
    answer = await gateway.ask("@mixed", stream=True)

    assert "Fine so far, and then ".startswith(text_of(answer.content))
    last = orjson.loads(events(answer.content)[-1])
    assert last["choices"] == [
        {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "content_filter"}
    ]
    assert last["stoplog"]["exchange_id"] == answer.headers["x-stoplog-exchange-id"]
    assert last["AIGC"]["ProduceID"] == answer.headers["x-stoplog-exchange-id"]
    assert (await gateway.final())["outcome"] == "blocked_output"


async def test_stopping_a_stream_stops_the_endpoint(gateway: Live) -> None:
    """The connection is closed, so the model ends its work (Art. 14: stop generating)."""
    await gateway.ask("@endless-bad", stream=True)
    await gateway.diary.idle.wait()

    assert (0, 1) == (gateway.diary.answering, gateway.diary.abandoned)


async def test_a_risk_with_an_approved_answer_gets_it(gateway: Live) -> None:
    """In place of the model's, whole and streamed, without asking the model."""
    whole = await gateway.ask("forbiddenselfharm")
    streamed = await gateway.ask("forbiddenselfharm", stream=True)

    said = whole.json()["choices"][0]["message"]["content"]
    assert "12356" in said
    assert said == text_of(streamed.content)
    assert events(streamed.content)[-1] == b"[DONE]"
    assert not gateway.diary.received
    assert (await gateway.final())["answer_id"]


async def test_a_models_answer_can_be_replaced_before_it_began(gateway: Live) -> None:
    """Nothing has left yet, so the approved answer takes its place."""
    streamed = await gateway.ask("@sad-answer", stream=True)

    assert "12356" in text_of(streamed.content)
    assert (await gateway.final())["outcome"] == "answered"


async def test_clean_streams_arrive_byte_for_byte(gateway: Live) -> None:
    """But for the label on the first and last events, the bytes are the endpoint's."""
    body = asking("@long-en", stream=True, stream_options={"include_usage": True})
    through = await gateway.http.post(CHAT, json=body)
    direct = await gateway.http.post(f"{gateway.endpoint}{CHAT}", json=body)

    ours, theirs = events(through.content), events(direct.content)
    assert len(ours) == len(theirs)
    changed = [number for number, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    assert changed == [0, len(theirs) - 3, len(theirs) - 2]
    assert through.content.count(b'"AIGC"') == 3


async def test_what_was_delivered_is_on_the_record(gateway: Live) -> None:
    """Byte for byte, whole and streamed."""
    for stream in (False, True):
        answer = await gateway.ask("@long-zh", stream=stream)

        exchange = answer.headers["x-stoplog-exchange-id"]
        assert (
            hashlib.sha256(answer.content).digest()
            == hashlib.sha256(gateway.delivered(exchange)).digest()
        )


@pytest.mark.parametrize("marker", ["@reasoning-bad", "@tool-bad"])
@pytest.mark.parametrize("stream", [False, True])
async def test_reasoning_and_tool_arguments_are_screened(
    gateway: Live, marker: str, stream: bool
) -> None:
    """There is no channel beside the content in which text passes unread."""
    answer = await gateway.ask(marker, stream=stream)

    assert FORBIDDEN not in answer.text
    assert (await gateway.final())["outcome"] == "blocked_output"


async def test_the_list_of_models_passes(gateway: Live) -> None:
    """Screened, labelled and recorded like any other answer."""
    answer = await gateway.http.get("/v1/models")

    assert answer.json()["data"][0]["id"] == "scripted"
    assert (await gateway.final())["outcome"] == "completed"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/embeddings"),
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", CHAT),
        ("POST", "//v1/chat/completions"),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/v1/chat%2fcompletions"),
        ("POST", "/V1/chat/completions"),
        ("POST", "/v1/chat/completions?x=1"),
        ("POST", "/v1/chat/completions;x=1"),
    ],
)
async def test_every_other_path_is_closed(gateway: Live, method: str, path: str) -> None:
    """404 in the dialect's shape; nothing reaches the endpoint."""
    answer = await gateway.http.request(method, path, json=asking("hi"))

    assert (404, "unknown_route") == (answer.status_code, answer.json()["error"]["code"])
    assert not gateway.diary.received


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/v1/realtime", "both directions"),
        ("/v1/batches", "one by one"),
        ("/v1/files/file-1/content", "files"),
        ("/v1/threads/t/messages", "stored"),
    ],
)
async def test_known_paths_that_stay_closed_say_why(gateway: Live, path: str, word: str) -> None:
    """A caller of a known API learns the reason; no setting opens these."""
    answer = await gateway.http.post(path, json={})

    assert (404, "unknown_route") == (answer.status_code, answer.json()["error"]["code"])
    assert word in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/realtime", CHAT])
async def test_no_websocket_is_opened(gateway: Live, path: str) -> None:
    """Frames that nobody screens have no way through, on any path."""
    headers = {"connection": "Upgrade", "upgrade": "WebSocket", "sec-websocket-version": "13"}
    answer = await gateway.http.get(path, headers=headers)

    assert (403, "websocket_refused") == (answer.status_code, answer.json()["error"]["code"])


async def test_only_named_surfaces_are_open(tmp_path: Path) -> None:
    """A surface that the settings leave out is refused with the word that would open it."""
    async with live(tmp_path, surfaces=["openai.models"]) as gateway:
        chat = await gateway.ask("hello")
        models = await gateway.http.get("/v1/models")

    assert (404, 200) == (chat.status_code, models.status_code)
    assert "`openai.chat` is closed" in chat.json()["error"]["message"]


async def test_request_ids_and_traces_go_both_ways(gateway: Live) -> None:
    """The caller's ids reach the endpoint and the record; times come back."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"x-request-id": "req-7", "traceparent": trace, "x-secret": "no", "cookie": "no"}
    answer = await gateway.http.post(CHAT, json=asking("hi"), headers=headers)

    sent = dict(gateway.diary.received[0].headers)
    assert ("req-7", trace) == (sent["x-request-id"], sent["traceparent"])
    assert {"x-secret", "cookie", "authorization"}.isdisjoint(sent)
    assert answer.headers["x-request-id"] == "req-7"
    assert "guard;dur=" in answer.headers["server-timing"]
    intent = next(body for body in gateway.records() if body["kind"] == "intent")
    assert ("req-7", trace[3:35]) == (intent["request_id"], intent["trace_id"])


async def test_a_callers_words_stand_nowhere_in_clear_on_the_record(gateway: Live) -> None:
    """Not even where a model's name is expected: bodies of records are not sealed."""
    answer = await gateway.ask("hello canaryone", model="canarytwo is my real name")
    await gateway.final()

    assert answer.status_code == 200
    assert not [body for body in gateway.records() if "canary" in str(body)]
