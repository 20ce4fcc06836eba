"""Guard models: what each family is asked, and golden transcripts of what it answers.

The transcripts are answers in the form that each model's card documents, written here by hand.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from faulty import faulty

from classifiers.guard_families import GUIDES, Reply
from classifiers.kinds import Family, GuardOptions, Parts, Server
from classifiers.registry import build_backend
from classifiers.scoring import Backend, BackendFault, Side
from classifiers.transport import PoolTransport
from classifiers.types import FailureReason

QWEN, LLAMA = Family.QWEN3_GUARD, Family.LLAMA_GUARD_3
XGUARD, SAFEGUARD = Family.YUFENG_XGUARD, Family.GPT_OSS_SAFEGUARD

TRANSCRIPTS: list[tuple[Family, str, Mapping[str, float]]] = [
    (QWEN, "Safety: Safe\nCategories: None", {"unsafe": 0.0}),
    (QWEN, "Safety: Safe\nCategories: None\nRefusal: Yes", {"unsafe": 0.0}),
    (QWEN, "Safety: Unsafe\nCategories: Violent", {"unsafe": 1.0, "violent": 1.0}),
    (
        QWEN,
        "Safety: Controversial\nCategories: Politically Sensitive Topics, PII\nRefusal: No\n",
        {"unsafe": 0.5, "politically_sensitive": 0.5, "pii": 0.5},
    ),
    (
        QWEN,
        "Safety: Unsafe\nCategories: Suicide & Self-Harm, Jailbreak",
        {"unsafe": 1.0, "self_harm": 1.0, "jailbreak": 1.0},
    ),
    (LLAMA, "\n\nsafe", {"unsafe": 0.0}),
    (LLAMA, "unsafe\nS9", {"unsafe": 1.0, "indiscriminate_weapons": 1.0}),
    (LLAMA, "\n\nunsafe\nS1,S10", {"unsafe": 1.0, "violent_crimes": 1.0, "hate": 1.0}),
    (Family.LLAMA_GUARD_4, "unsafe\nS14", {"unsafe": 1.0, "code_interpreter_abuse": 1.0}),
    (XGUARD, "sec", {}),
    (XGUARD, "dw", {"unsafe": 1.0, "dangerous_weapons": 1.0}),
    (XGUARD, "pp\n<explanation>\nIt asks for an address.\n</explanation>",
     {"unsafe": 1.0, "personal_privacy": 1.0}),
    (SAFEGUARD, '{"violation": 1, "confidence": "high"}', {"violation": 1.0}),
    (SAFEGUARD, '{"violation": 0, "confidence": "low"}', {"violation": 0.4}),
    (SAFEGUARD, '{"violation": 1}', {"violation": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("family", "said", "expected"), TRANSCRIPTS)
def test_what_a_family_says_is_read(
    family: Family, said: str, expected: Mapping[str, float]
) -> None:
    """Every label that was given is one the family has."""
    assert expected == GUIDES[family].read([Reply(said)])
    assert expected.keys() <= set(GUIDES[family].labels)


MANY: list[tuple[Family, str, str, str]] = [
    (Family.SHIELD_GEMMA, "dangerous", "Yes", "No"),
    (Family.SHIELD_GEMMA, "sexual", "Yes\n\nThe text", "No, it does not."),
    (Family.GRANITE_GUARDIAN, "harm", "Yes", "No"),
    (Family.GRANITE_GUARDIAN, "jailbreak", "<score> yes </score>", "<score> no </score>"),
    (Family.GRANITE_GUARDIAN, "violence", "<think>\nhm\n</think>\n<score>yes</score>",
     "No\n<confidence> High </confidence>"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "label", "yes", "no"), MANY)
def test_families_that_are_asked_for_each_kind_answer_for_each(
    family: Family, label: str, yes: str, no: str
) -> None:
    """A yes counts for the kind that was asked about."""
    labels = GUIDES[family].labels
    scores = GUIDES[family].read([Reply(yes if its == label else no) for its in labels])

    assert {its: float(its == label) for its in labels} == scores


NONSENSE = [
    (QWEN, "Safety: Unsafe"),
    (QWEN, "Safety: Unsafe\nCategories: Rude"),
    (QWEN, "I think it is safe."),
    (QWEN, "Safety: Safe\nCategories: None\nIgnore that. Safety: Unsafe"),
    (LLAMA, "unsafe"),
    (LLAMA, "unsafe\nS99"),
    (LLAMA, "safe, as far as I can see"),
    (LLAMA, "Sure! Here is"),
    (XGUARD, "zz"),
    (XGUARD, "The text is safe"),
    (SAFEGUARD, "no violation"),
    (SAFEGUARD, '{"violation": 2}'),
    (SAFEGUARD, '{"violation": 0, "confidence": "perhaps"}'),
    (SAFEGUARD, '["violation"]'),
    (Family.SHIELD_GEMMA, "Maybe"),
    (Family.GRANITE_GUARDIAN, "<score> perhaps </score>"),
    *((family, "") for family in Family),
]


@pytest.mark.parametrize(("family", "said"), NONSENSE)
def test_what_a_family_would_not_say_is_no_answer(family: Family, said: str) -> None:
    """A guard that was talked into something else has not said that all is well."""
    assert None is GUIDES[family].read([Reply(said)] * len(GUIDES[family].labels))


def test_probabilities_are_the_score_where_there_are_any() -> None:
    """At the token that decides; where they speak against the words, the words count."""
    sure = Reply("unsafe\nS9", ({"\n\n": 1.0}, {"unsafe": 0.8, "safe": 0.2}))
    spelled = Reply("unsafe\nS9", ({"un": 1.0}, {"safe": 1.0}))
    yes = [Reply("Yes", ({"Yes": 0.6, "No": 0.2},)), *[Reply("No", ({"No": 0.9, "Yes": 0.1},))] * 3]

    assert 0.8 == (GUIDES[LLAMA].read([sure]) or {})["indiscriminate_weapons"]
    assert 1.0 == (GUIDES[LLAMA].read([spelled]) or {})["unsafe"]
    scores = GUIDES[Family.SHIELD_GEMMA].read(yes) or {}
    assert [0.75, 0.1, 0.1, 0.1] == pytest.approx(list(scores.values()))
    kinds = GUIDES[XGUARD].read([Reply("dw", ({"dw": 0.68, "sec": 0.17, "ter": 0.02},))]) or {}
    assert {"unsafe": 0.7, "dangerous_weapons": 0.68, "violent_terrorism": 0.02} == pytest.approx(
        kinds
    )


@pytest.fixture
async def transport() -> AsyncIterator[PoolTransport]:
    async with PoolTransport(connections=8, connect_s=0.5, tls=None) as wire:
        yield wire


def completion(said: object, logprobs: object = None) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "logprobs": logprobs}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice]}


def guard(url: str, transport: PoolTransport, family: Family = QWEN) -> Backend:
    server = Server(f"{url}/v1", timeout_s=0.5, retries=0)
    given = GuardOptions(server, "the-guard", family, policy="No secrets.")
    return build_backend("guard", given, Parts(transport))


async def test_the_text_is_the_last_turn_of_a_conversation(transport: PoolTransport) -> None:
    """The user's for prompts, the model's for outputs; the server's own template does the rest."""
    said = "Safety: Safe\nCategories: None"
    async with faulty(lambda path, question: completion(said)) as served:
        backend = guard(served.url, transport)
        (prompt,) = await backend.score(["a question"], Side.PROMPT)
        await backend.score(["an answer"], Side.OUTPUT)
        asked = [question for _, question, _ in served.asked]

    assert set(prompt) == {0.0}
    assert [{"role": "user", "content": "a question"}] == asked[0]["messages"]
    assert ["user", "assistant"] == [turn["role"] for turn in asked[1]["messages"]]
    assert "an answer" == asked[1]["messages"][1]["content"]
    assert ("the-guard", 0) == (asked[0]["model"], asked[0]["temperature"])


async def test_criteria_go_as_arguments_of_the_template(transport: PoolTransport) -> None:
    """One question for each, in words of our own for ShieldGemma."""
    for family, key, answers in [
        (Family.GRANITE_GUARDIAN, "guardian_config", 7),
        (Family.SHIELD_GEMMA, "guideline", 4),
    ]:
        async with faulty(lambda path, question: completion("No")) as served:
            rows = await guard(served.url, transport, family).score(["text"], Side.PROMPT)
            given = [question["chat_template_kwargs"][key] for _, question, _ in served.asked]

        assert [(0.0,) * answers] == rows
        assert answers == len({str(each) for each in given})


async def test_a_policy_stands_before_the_text(transport: PoolTransport) -> None:
    """The operator's words in the system message, the text between marks in the user's."""
    async with faulty(lambda path, question: completion('{"violation": 1}')) as served:
        rows = await guard(served.url, transport, SAFEGUARD).score(["a text"], Side.OUTPUT)
        system, user = served.asked[0][1]["messages"]

    assert [(1.0,)] == rows
    assert "No secrets." in system["content"]
    assert "a text" in user["content"]


TOKENS = {"content": [{"token": "safe", "logprob": math.log(0.9), "bytes": None, "top_logprobs": [
    {"token": "safe", "logprob": math.log(0.9), "bytes": None},
    {"token": "unsafe", "logprob": math.log(0.1), "bytes": None},
]}]}  # fmt: skip


async def test_probabilities_come_with_the_answer(transport: PoolTransport) -> None:
    """As vLLM and others give them."""
    async with faulty(lambda path, question: completion("safe", TOKENS)) as served:
        (row,) = await guard(served.url, transport, LLAMA).score(["text"], Side.PROMPT)

    assert pytest.approx(0.1) == row[0]


@pytest.mark.parametrize(
    "answer",
    [
        completion("I am sorry, I cannot help with that."),
        completion(None),
        completion([{"type": "text", "text": "safe"}]),
        completion("safe", {"content": [{"token": "safe", "logprob": 5.0}]}),
        {"choices": []},
        {"choices": completion("safe")["choices"] * 2},
        {"error": {"message": "no such model"}},
    ],
)
async def test_an_odd_answer_is_a_fault(answer: dict[str, Any], transport: PoolTransport) -> None:
    """Never a pass."""
    async with faulty(lambda path, question: answer) as served:
        with pytest.raises(BackendFault) as caught:
            await guard(served.url, transport, LLAMA).score(["one", "two"], Side.PROMPT)

    assert FailureReason.MALFORMED is caught.value.reason
