"""Seams over real sockets: parts, turns, a turn begun for the model and how it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from live import CHAT, Live, live

from gateway.script import FORBIDDEN, Scene
from gateway.strict_json import JSON

HALVES = FORBIDDEN[:6], FORBIDDEN[6:]
SCENES = [
    Scene("@goes-on", content=f"{HALVES[1]} and more."),
    Scene("@fine", content="den of lions"),
]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path, scenes=SCENES) as running:
        yield running


def turns(*said: tuple[str, JSON]) -> dict[str, JSON]:
    return {"model": "m", "messages": [{"role": who, "content": what} for who, what in said]}


@pytest.mark.parametrize(
    "body",
    [
        turns(("user", [{"type": "text", "text": half} for half in HALVES])),
        turns(("user", HALVES[0]), ("assistant", "yes?"), ("user", HALVES[1])),
        turns(("system", HALVES[0]), ("system", HALVES[1]), ("user", "hi")),
    ],
)
async def test_a_word_over_a_seam_is_stopped(gateway: Live, body: dict[str, JSON]) -> None:
    """In the prompt, before anything goes upstream."""
    answer = await gateway.http.post(CHAT, json=body)

    assert (400, "content_filter") == (answer.status_code, answer.json()["error"]["code"])
    assert not gateway.diary.received


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_is_read_on_from_the_turn_begun_for_it(gateway: Live, stream: bool) -> None:
    """The second half alone is harmless; behind the first, not one character of it leaves."""
    begun = turns(("user", "@goes-on"), ("assistant", f"Sure: {HALVES[0]}"))
    stopped = await gateway.http.post(CHAT, json={**begun, "stream": stream})
    alone = await gateway.http.post(CHAT, json={**turns(("user", "@goes-on")), "stream": stream})

    assert HALVES[1][:3] not in stopped.text
    assert "content_filter" in stopped.text
    assert "and more" in alone.text or "more" in alone.text
    assert "content_filter" not in alone.text


async def test_marks_count_only_what_left(gateway: Live) -> None:
    """What was begun for the model is no part of what it said."""
    begun = turns(("user", "@fine"), ("assistant", "Into the "))
    await gateway.http.post(CHAT, json={**begun, "stream": True})

    final = await gateway.final()
    assert [len("den of lions")] == [mark["upto"] for mark in final["marks"]]


async def test_switches_are_stripped_and_recorded(gateway: Live) -> None:
    """The endpoint never sees them, and the record names them."""
    answer = await gateway.ask("hello", guardrails=[], metadata={"guardrails": {"off": True}})

    assert 200 == answer.status_code
    sent = orjson.loads(gateway.diary.received[0].body)
    assert {} == sent["metadata"]
    assert "guardrails" not in sent
    intent = next(body for body in gateway.records() if body["kind"] == "intent")
    assert ["guardrails", "metadata.guardrails"] == intent["stripped"]
