"""Classifiers behind HTTP: what is asked, what is read, and what each fault becomes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from faulty import Answer, faulty, scoring
from scorers import Told

from classifiers.kinds import HttpOptions, ModerationOptions, Options, Parts, Protocol, Server
from classifiers.observing import Step
from classifiers.registry import build_backend
from classifiers.scoring import BackendFault, Scores, Side
from classifiers.transport import PoolTransport
from classifiers.types import FailureReason

LABELS = ("hate", "violence")
score = scoring({"murky": "violence", "muddy": "hate"}, LABELS)
TEXTS = ["a murky text", "plain", "muddy"]
ROWS = [(0.05, 0.9), (0.05, 0.05), (0.9, 0.05)]


def moderations(path: str, question: Any) -> object:
    assert "/v1/moderations" == path
    results = [{"flagged": False, "category_scores": score(text)} for text in question["input"]]
    return {"id": "modr-1", "model": "m", "results": results}


def tei(path: str, question: Any) -> object:
    assert ("/v1/predict", False) == (path, question["truncate"])
    rows = [score(text) for (text,) in question["inputs"]]
    return [[{"label": name, "score": s} for name, s in row.items()] for row in rows]


def triton(path: str, question: Any) -> object:
    assert "/v1/v2/models/guard/infer" == path
    (tensor,) = question["inputs"]
    assert ("BYTES", [len(tensor["data"]), 1]) == (tensor["datatype"], tensor["shape"])
    data = [s for text in tensor["data"] for s in score(text).values()]
    shape = [len(tensor["data"]), len(LABELS)]
    output = {"name": "SCORES", "datatype": "FP32", "shape": shape, "data": data}
    return {"model_name": "guard", "outputs": [output]}


def ray(path: str, question: Any) -> object:
    assert ("/v1", "prompt") == (path, question["side"])
    # In another order than ours: names tell.
    scores = [[score(text)[label] for label in reversed(LABELS)] for text in question["texts"]]
    return {"labels": list(reversed(LABELS)), "scores": scores}


def server(url: str, retries: int = 0) -> Server:
    return Server(f"{url}/v1", timeout_s=0.3, retries=retries)


def options(kind: str, url: str) -> Options:
    if kind == "moderation":
        return ModerationOptions(server(url), labels=LABELS)
    return HttpOptions(server(url), Protocol(kind), LABELS, model="guard")


ANSWERS: dict[str, Answer] = {"moderation": moderations, "tei": tei, "triton": triton, "ray": ray}


@pytest.fixture
async def transport() -> AsyncIterator[PoolTransport]:
    async with PoolTransport(connections=8, connect_s=0.3, tls=None) as wire:
        yield wire


def near(rows: list[Scores]) -> list[Scores]:
    return [tuple(round(s, 3) for s in row) for row in rows]


@pytest.mark.parametrize("kind", ANSWERS)
async def test_each_shape_is_spoken(kind: str, transport: PoolTransport) -> None:
    """Texts in, a row each, in the order of the labels; time is told."""
    told = Told()
    async with faulty(ANSWERS[kind]) as served:
        backend = build_backend("b", options(kind, served.url), Parts(transport, told))

        assert ROWS == near(await backend.score(TEXTS, Side.PROMPT))
    assert [("b", Step.REMOTE)] == told.steps


FAULTS = {
    "timeout": (FailureReason.TIMEOUT, ""),
    "slow": (FailureReason.TIMEOUT, ""),
    "exception": (FailureReason.UNAVAILABLE, "ReadError"),
    "cut": (FailureReason.UNAVAILABLE, "RemoteProtocolError"),
    "401": (FailureReason.ERROR, "401"),
    "429": (FailureReason.OVERLOADED, "429"),
    "500": (FailureReason.UNAVAILABLE, "500"),
    "302": (FailureReason.ERROR, "302"),
    "malformed": (FailureReason.MALFORMED, "json_invalid"),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("fault", [*FAULTS, "drift"])
async def test_every_fault_is_named(kind: str, fault: str, transport: PoolTransport) -> None:
    """By reason and status; no text, and never scores."""
    async with faulty(ANSWERS[kind], fault) as served:
        backend = build_backend("b", options(kind, served.url), Parts(transport))
        with pytest.raises(BackendFault) as caught:
            await backend.score(TEXTS, Side.PROMPT)

    reason, detail = FAULTS.get(fault, (FailureReason.MALFORMED, caught.value.detail))
    assert reason is caught.value.reason
    assert fault in ("exception", "cut") or detail == caught.value.detail
    assert "murky" not in str(caught.value)


@pytest.mark.parametrize(
    "results",
    [
        [],
        [{"flagged": False, "category_scores": {"hate": 0.1}}] * 3,
        [{"flagged": False, "category_scores": {"hate": 1.1, "violence": 0.1}}] * 3,
        [{"flagged": False, "category_scores": {"hate": "0.1", "violence": 0.1}}] * 3,
        [{"flagged": False, "category_scores": {"hate": None, "violence": 0.1}}] * 3,
        [{"category_scores": {"hate": 0.1, "violence": 0.1}}] * 3,
        [{"flagged": False, "category_scores": {"hate": 0.1, "violence": 0.1}}] * 2,
    ],
)
async def test_an_answer_of_nearly_the_right_shape_is_malformed(
    results: list[object], transport: PoolTransport
) -> None:
    """A category that is missing, a score that is none, a text that was left out."""
    async with faulty(lambda path, question: {"results": results}) as served:
        backend = build_backend("b", options("moderation", served.url), Parts(transport))
        with pytest.raises(BackendFault) as caught:
            await backend.score(TEXTS, Side.PROMPT)

    assert FailureReason.MALFORMED is caught.value.reason


async def test_what_may_pass_is_tried_again_within_the_budget(transport: PoolTransport) -> None:
    """One retry at first; then a tenth of the calls, so trouble is not multiplied."""
    async with faulty(moderations, "503") as served:
        given = ModerationOptions(server(served.url, retries=1), labels=LABELS)
        backend = build_backend("b", given, Parts(transport))
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(backend.score(["murky"], Side.PROMPT))
            while not served.asked:
                await asyncio.sleep(0)
            served.fault = ""

        assert [(0.05, 0.9)] == near(asking.result())
        served.fault, served.asked[:] = "503", []
        with pytest.raises(BackendFault):
            await backend.score(["murky"], Side.PROMPT)
        assert 1 == len(served.asked)


async def test_a_server_that_keeps_failing_is_left_alone(transport: PoolTransport) -> None:
    """After five failures nothing is sent, and callers hear at once."""
    async with faulty(moderations, "500") as served:
        backend = build_backend("b", options("moderation", served.url), Parts(transport))
        details = []
        for _ in range(8):
            with pytest.raises(BackendFault) as caught:
                await backend.score(["x"], Side.PROMPT)
            details.append(caught.value.detail)

        assert ["500"] * 5 + ["circuit open"] * 3 == details
        assert 5 == len(served.asked)


async def test_a_key_goes_by_reference_and_stays_out_of_faults(
    transport: PoolTransport,
) -> None:
    """Sent as a bearer token; no error shows it."""
    async with faulty(moderations, "401") as served:
        given = ModerationOptions(Server(f"{served.url}/v1", api_key="env:KEY", retries=0))
        parts = Parts(transport, secret=lambda reference: f"the value of {reference}")
        backend = build_backend("b", given, parts)
        with pytest.raises(BackendFault) as caught:
            await backend.score(["x"], Side.PROMPT)

        assert "Bearer the value of env:KEY" == served.asked[0][2]["authorization"]
    assert "value of" not in str(caught.value)
