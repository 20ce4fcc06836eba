"""Endpoints that other gateways ask: the documented shapes, over real sockets, on the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from live import Live, live

from gateway.advice.moderations import CATEGORIES
from gateway.script import FORBIDDEN, FORBIDDEN_ZH, ID_CARD

ADVICE = [
    "openai.moderations",
    *(f"advice.{n}" for n in ("litellm", "dify", "portkey", "presidio")),
]
LITELLM = "/beta/litellm_basic_guardrail_api"
DIFY = "/dify/moderation"
PORTKEY = "/portkey/guardrail"
MASKED = "*" * len(ID_CARD)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    async with live(tmp_path, surfaces=ADVICE) as running:
        yield running
        assert not running.diary.received, "no model is ever asked"


async def told(gateway: Live, path: str, body: dict[str, Any]) -> Any:
    answer = await gateway.http.post(path, json=body)
    assert 200 == answer.status_code, answer.text
    assert FORBIDDEN not in answer.text
    return answer.json()


async def test_the_openai_sdk_reads_moderations(gateway: Live) -> None:
    """A result for each text, the 13 categories in each, ours beside them."""
    client = openai.AsyncOpenAI(base_url=f"{gateway.gateway.url}/v1", api_key="sk-test")
    given = await client.moderations.create(input=["hello", f"a {FORBIDDEN}", "forbiddenselfharm"])
    await client.close()

    assert [False, True, True] == [result.flagged for result in given.results]
    assert not any(given.results[0].categories.to_dict().values())
    assert given.results[1].categories.illicit
    assert given.results[2].categories.self_harm
    assert 1.0 == given.results[2].category_scores.self_harm
    assert given.results[1].categories.to_dict()["cn-interim-measures/A.1.h"]
    assert set(CATEGORIES) <= given.results[0].categories.to_dict().keys()
    assert ["intent", "stopping", "delivered", "final"] == [b["kind"] for b in gateway.records()]


@pytest.mark.parametrize("given", [FORBIDDEN_ZH, [{"type": "text", "text": FORBIDDEN_ZH}]])
async def test_moderations_take_every_form_of_input(gateway: Live, given: object) -> None:
    """One text, or parts of one message: one result."""
    body = await told(gateway, "/v1/moderations", {"input": given})

    assert [True] == [result["flagged"] for result in body["results"]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/moderations", {"input": []}),
        ("/v1/moderations", {"input": [{"type": "image_url", "image_url": {"url": "x"}}]}),
        (LITELLM, {"input_type": "neither", "texts": []}),
        (LITELLM, {"input_type": "request", "texts": [], "images": ["data:"]}),
        (DIFY, {"point": "app.other"}),
        (PORTKEY, {"eventType": "beforeRequestHook"}),
        ("/analyze", {"text": 1}),
    ],
)
async def test_what_cannot_be_judged_is_refused(gateway: Live, path: str, body: object) -> None:
    """Malformed, or nothing that anybody here can read."""
    assert 400 == (await gateway.http.post(path, json=body)).status_code


@pytest.mark.parametrize("kind", ["request", "response"])
async def test_litellm_is_told_none_blocked_or_edits(gateway: Live, kind: str) -> None:
    """Texts, tools, calls and messages are screened; the edits come back in their fields."""
    ask = {"input_type": kind, "images": [], "model": "m", "request_data": {}}
    clean = await told(gateway, LITELLM, {**ask, "texts": ["hello", "again"]})
    bad: list[dict[str, Any]] = [
        {"texts": ["fine", f"a {FORBIDDEN}"]},
        {"texts": [], "tools": [{"function": {"name": "f", "description": FORBIDDEN}}]},
        {"texts": [], "tool_calls": [{"function": {"arguments": f'{{"q": "{FORBIDDEN}"}}'}}]},
        {"texts": [], "structured_messages": [{"role": "user", "content": FORBIDDEN}]},
    ]
    masked = await told(gateway, LITELLM, {**ask, "texts": ["fine", f"card {ID_CARD}."]})

    assert "NONE" == clean["action"]
    assert (kind == "response") == ("stream_holdback_chars" in clean)
    for body in bad:
        answer = await told(gateway, LITELLM, {**ask, **body})
        assert ("BLOCKED", True) == (answer["action"], bool(answer["blocked_reason"]))
    assert "GUARDRAIL_INTERVENED" == masked["action"]
    assert ["fine", f"card {MASKED}."] == masked["texts"]


async def test_dify_is_told_at_both_points(gateway: Live) -> None:
    """A ping, clean, stopped with the approved answer, and masked."""
    ask = {"app_id": "1", "inputs": {"name": "x"}, "query": "hello"}
    clean = await told(gateway, DIFY, {"point": "app.moderation.input", "params": ask})
    bad = {**ask, "inputs": {"name": FORBIDDEN}}
    stopped = await told(gateway, DIFY, {"point": "app.moderation.input", "params": bad})
    sad = {"app_id": "1", "text": "forbiddenselfharm"}
    answered = await told(gateway, DIFY, {"point": "app.moderation.output", "params": sad})
    card = {**ask, "query": f"card {ID_CARD}"}
    masked = await told(gateway, DIFY, {"point": "app.moderation.input", "params": card})

    assert {"result": "pong"} == await told(gateway, DIFY, {"point": "ping"})
    assert not clean["flagged"]
    assert (True, "direct_output") == (stopped["flagged"], stopped["action"])
    assert stopped["preset_response"]
    assert "12356" in answered["preset_response"]
    assert ("overridden", f"card {MASKED}", {"name": "x"}) == (
        masked["action"],
        masked["query"],
        masked["inputs"],
    )


@pytest.mark.parametrize(
    ("event", "side"), [("beforeRequestHook", "request"), ("afterRequestHook", "response")]
)
async def test_portkey_is_told_yes_no_or_edits(gateway: Live, event: str, side: str) -> None:
    """The body and its text are screened; an edited body comes back whole."""

    async def ask(text: str) -> Any:
        said = {"messages": [{"role": "user", "content": text}]}
        context = {"provider": "openai", "requestType": "chatComplete", "eventType": event}
        return await told(gateway, PORTKEY, {**context, side: {"json": said, "text": text}})

    assert {"verdict": True} == await ask("hello")
    assert (await ask(f"a {FORBIDDEN}"))["verdict"] is False
    masked = await ask(f"card {ID_CARD}")
    assert masked["verdict"] is True
    assert {"messages": [{"role": "user", "content": f"card {MASKED}"}]} == masked[
        "transformedData"
    ][side]["json"]


async def test_presidio_clients_are_told_spans(gateway: Live) -> None:
    """Type, place and score; a list of texts gets a list of lists."""
    text = f"card {ID_CARD}, and {FORBIDDEN_ZH}"
    one = await gateway.http.post("/analyze", json={"text": text, "language": "zh"})
    two = await gateway.http.post("/analyze", json={"text": ["hello", text], "language": "zh"})

    spans = {e["entity_type"]: text[e["start"] : e["end"]] for e in one.json()}
    assert {"CN_ID_CARD": ID_CARD, "A.1.h": FORBIDDEN_ZH} == spans
    assert [[], 2] == [two.json()[0], len(two.json()[1])]


async def test_the_record_says_what_was_asked_and_told(gateway: Live) -> None:
    """As of any exchange: verdict, hits, the answer as it left."""
    ask = {"input_type": "response", "texts": [f"a {FORBIDDEN}"]}
    answer = await gateway.http.post(LITELLM, json=ask)
    final = await gateway.final()

    assert ("blocked_output", False) == (final["outcome"], final["upstream_called"])
    assert "A.1.h" == final["output"]["hits"][0]["leaf"]
    assert answer.content == gateway.delivered(answer.headers["x-stoplog-exchange-id"])
    assert "advice.litellm" == gateway.records()[0]["dialect"]
