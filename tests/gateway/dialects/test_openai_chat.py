"""The chat dialect: every string is found and placed, every refusal is the API's own."""

from __future__ import annotations

import typing

import orjson
import pydantic
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from classifiers.types import Role
from gateway.dialects.dialect import KEYS_FIELD, Limits, Media, Notice, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_words import KEYS
from gateway.errors import FaultKind, Refusal, UpstreamFault
from gateway.strict_json import JSON

CHAT = OpenAIChat()
NOTICE = Notice("01J", "block", "A.1.f", "名称", "name", "IM Art. 4(1)", "cn@1")


def body(**fields: object) -> bytes:
    return orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields})


def read(**fields: object) -> Prompt:
    return CHAT.read(body(**fields), Limits())


@pytest.mark.parametrize(
    ("message", "role"),
    [
        ({"role": "system", "content": "CANARY"}, Role.SYSTEM),
        ({"role": "developer", "content": "CANARY"}, Role.SYSTEM),
        ({"role": "user", "content": "CANARY"}, Role.USER),
        ({"role": "user", "content": [{"type": "text", "text": "CANARY"}]}, Role.USER),
        ({"role": "user", "name": "CANARY", "content": "x"}, Role.FIELD),
        ({"role": "assistant", "content": "CANARY"}, Role.ASSISTANT),
        ({"role": "assistant", "refusal": "CANARY"}, Role.ASSISTANT),
        ({"role": "assistant", "content": "", "reasoning_content": "CANARY"}, Role.REASONING),
        (
            {"role": "assistant", "tool_calls": [{"function": {"arguments": "CANARY"}}]},
            Role.ASSISTANT,
        ),
        ({"role": "assistant", "function_call": {"arguments": "CANARY"}}, Role.ASSISTANT),
        ({"role": "tool", "tool_call_id": "1", "content": "CANARY"}, Role.TOOL),
        ({"role": "nobody", "content": "CANARY"}, Role.FIELD),
        ({"role": "user", "content": "x", "x_vendor": {"deep": ["CANARY"]}}, Role.USER),
    ],
)
def test_messages_are_screened_under_the_role_that_speaks(
    message: dict[str, JSON], role: Role
) -> None:
    """Wherever a message holds text, the text is a segment of its speaker."""
    segments = read(messages=[{"role": "user", "content": "hi"}, message]).segments

    assert [role] == [segment.role for segment in segments if segment.text == "CANARY"]


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "CANARY"},
        {"metadata": {"k": "CANARY"}},
        {"metadata": {"CANARY": "v"}},
        {"stop": ["a", "CANARY"]},
        {"tools": [{"type": "function", "function": {"name": "CANARY"}}]},
        {"tools": [{"function": {"description": "CANARY", "parameters": {}}}]},
        {"tools": [{"function": {"parameters": {"properties": {"CANARY": {}}}}}]},
        {"tools": [{"function": {"parameters": {"properties": {"a": {"enum": ["CANARY"]}}}}}]},
        {"response_format": {"json_schema": {"schema": {"title": "CANARY"}}}},
        {"prediction": {"content": "CANARY"}},
        {"x_vendor": "CANARY"},
        {"CANARY": 1},
        {"model": "CANARY"},
    ],
)
def test_every_other_string_is_screened_too(fields: dict[str, JSON]) -> None:
    """No field is left out, known or not, key or value."""
    assert "CANARY" in [segment.text for segment in read(**fields).segments]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (body(messages=[]), 400),
        (body(messages="hi"), 400),
        (body(messages=["hi"]), 400),
        (body(stream="yes"), 400),
        (body(n=0), 400),
        (body(n=9), 400),
        (body(n=True), 400),
        (body(base_url="http://192.0.2.1"), 400),
        (body(messages=[{"role": "user", "content": "x"}] * 2001), 413),
        (body(tools=[{}] * 129), 413),
        (body(user="x" * 524_289), 413),
        (body(stop=["x"] * 10_001), 413),
        (body(messages=[{"role": "user", "content": [{"type": "image_url"}]}]), 400),
        (body(messages=[{"role": "user", "content": [{"input_audio": {}}]}]), 400),
    ],
)
def test_what_cannot_be_carried_is_refused(data: bytes, status: int) -> None:
    """Malformed, too large, or out of reach of any screen: refused with a status that says so."""
    with pytest.raises(Refusal) as refused:
        CHAT.read(data, Limits())

    assert status == refused.value.status


def test_media_pass_only_where_the_operator_says_so() -> None:
    """The default refuses what nobody can read."""
    data = body(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}])

    assert CHAT.read(data, Limits(media=Media.PASS)).model == "m"


def test_what_the_pipeline_must_know_is_read() -> None:
    """Stream, usage, choices, and whether the answer is for a machine."""
    prompt = read(stream=True, stream_options={"include_usage": True}, n=2, tools=[{}])

    assert (True, True, 2, True) == (
        prompt.stream,
        prompt.include_usage,
        prompt.choices,
        prompt.structured,
    )


def event(delta: dict[str, JSON], index: int = 0, **fields: JSON) -> JSON:
    return {"id": "c1", "choices": [{"index": index, "delta": delta}], **fields}


@pytest.mark.parametrize(
    ("delta", "field", "role"),
    [
        ({"content": "CANARY"}, "message.content", Role.ASSISTANT),
        ({"refusal": "CANARY"}, "message.refusal", Role.ASSISTANT),
        ({"reasoning_content": "CANARY"}, "message.reasoning_content", Role.REASONING),
        ({"reasoning": "CANARY"}, "message.reasoning", Role.REASONING),
        (
            {"reasoning_details": [{"text": "CANARY"}]},
            "message.reasoning_details.text",
            Role.REASONING,
        ),
        (
            {"function_call": {"arguments": "CANARY"}},
            "message.function_call.arguments",
            Role.ASSISTANT,
        ),
        ({"audio": {"transcript": "CANARY"}}, "message.audio.transcript", Role.ASSISTANT),
        ({"x_vendor": "CANARY"}, "message.x_vendor", Role.ASSISTANT),
    ],
)
def test_a_delta_continues_its_own_text(delta: dict[str, JSON], field: str, role: Role) -> None:
    """Each field of a choice is one growing text."""
    texts = [text for text in CHAT.texts(event(delta, index=1)) if text.text == "CANARY"]

    assert [((1, field), role)] == [(text.key, text.role) for text in texts]


def test_fragments_of_a_tool_call_meet_under_its_index() -> None:
    """Position in the event does not matter; the call's index does."""
    one = event({"tool_calls": [{"index": 1, "function": {"arguments": "CAN"}}]})
    two = event(
        {
            "tool_calls": [
                {"index": 0, "function": {"arguments": "x"}},
                {"index": 1, "function": {"arguments": "ARY"}},
            ]
        }
    )
    keys = [t.key for e in (one, two) for t in CHAT.texts(e) if t.text in ("CAN", "ARY")]

    assert 1 == len(set(keys))


def test_token_lists_are_read_in_words_and_in_numbers() -> None:
    """Log-probabilities spell the text twice more: as tokens and as bytes."""
    logprobs: JSON = {
        "content": [
            {"token": "CAN", "bytes": [67, 65, 78], "top_logprobs": []},
            {
                "token": "ARY",
                "bytes": [65, 82, 89],
                "top_logprobs": [{"token": "t", "bytes": [116]}],
            },
        ]
    }
    value: JSON = {"choices": [{"index": 0, "delta": {}, "logprobs": logprobs}]}
    texts = [text.text for text in CHAT.texts(value)]

    assert ["CAN", "ARY", "t", "CANARYt"] == texts


def test_keys_of_a_response_run_under_one_field() -> None:
    """An unknown key is text that can be stopped, though not masked."""
    texts = CHAT.texts({"choices": [{"index": 0, "delta": {"CANARY": 1}}]})

    assert [(KEYS_FIELD, True)] == [(text.key[1], text.is_key) for text in texts]


def test_the_same_field_has_the_same_name_whole_and_streamed() -> None:
    """A message and its deltas are one text, so that both get one verdict."""
    whole: JSON = {"choices": [{"index": 0, "message": {"content": "a", "reasoning": "b"}}]}
    streamed = event({"content": "a", "reasoning": "b"})

    names = [{t.key for t in CHAT.texts(v) if t.role is not Role.FIELD} for v in (whole, streamed)]

    assert names[0] == names[1]


def test_events_that_end_something_bear_the_label() -> None:
    """A finish reason, or nothing but usage behind the last choice."""
    reasons: list[str | None] = ["stop", None]
    events: list[JSON] = [
        {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]} for reason in reasons
    ]
    events.append({"choices": [], "usage": {}})

    assert [(True, True), (False, False), (True, False)] == [
        (CHAT.bears_label(e), CHAT.speech_ends(e)) for e in events
    ]


def test_the_protocols_words_are_those_of_the_official_types() -> None:
    """A response key that the SDK knows is never taken for a user's text."""
    assert _keys(ChatCompletion) | _keys(ChatCompletionChunk) <= KEYS | INLINE_MODERATION


INLINE_MODERATION = frozenset(
    {
        *("moderation", "categories", "category_applied_input_types", "category_scores"),
        *("flagged", "input", "output", "results"),
    }
)
"""Screened as text until the dialect speaks it."""


def _keys(model: object) -> frozenset[str]:
    found: set[str] = set()
    seen: set[int] = set()

    def walk(kind: object) -> None:
        if id(kind) in seen:
            return
        seen.add(id(kind))
        for part in typing.get_args(kind):
            walk(part)
        if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
            for name, field in kind.model_fields.items():
                found.add(field.alias or name)
                walk(field.annotation)

    walk(model)
    return frozenset(found)


def test_refusals_are_errors_that_clients_know() -> None:
    """The code is the one that openai, LangChain and LiteLLM look for."""
    status, error = CHAT.blocked_prompt(NOTICE)

    assert isinstance(error, dict)
    assert isinstance(error["error"], dict)
    assert (400, "content_filter") == (status, error["error"]["code"])


def test_a_blocked_answer_parses_and_says_nothing_of_the_models() -> None:
    """Every choice ends in `content_filter`; of the endpoint's body only numbers remain."""
    prompt = read(n=2)
    bad: JSON = {"id": "CANARY", "model": "CANARY", "usage": {"prompt_tokens": 3, "x": "CANARY"}}

    blocked = CHAT.blocked_output(prompt, bad, NOTICE, 7)

    parsed = ChatCompletion.model_validate(blocked)
    assert ["content_filter"] * 2 == [choice.finish_reason for choice in parsed.choices]
    assert b"CANARY" not in orjson.dumps(blocked)


def test_a_stopped_stream_ends_every_choice() -> None:
    """One legal event, whatever had left before."""
    for last in (None, event({"content": "x"})):
        delivery = CHAT.deliver(read(n=2), "01J", 7)
        delivery.outgoing(last)
        parsed = ChatCompletionChunk.model_validate(delivery.stopped(NOTICE)[-1])
        assert [(0, "content_filter"), (1, "content_filter")] == [
            (choice.index, choice.finish_reason) for choice in parsed.choices
        ]


def test_answers_parse_as_the_models_would() -> None:
    """Whole and streamed, for every choice that was asked for."""
    prompt = read(n=2, stream_options={"include_usage": True})

    whole = ChatCompletion.model_validate(CHAT.answered(prompt, "text", "01J", 7))
    chunks = [
        ChatCompletionChunk.model_validate(e)
        for e in CHAT.deliver(prompt, "01J", 7).answered("text")
    ]

    assert ["text", "text"] == [choice.message.content for choice in whole.choices]
    assert ["text", "text"] == [choice.delta.content for choice in chunks[0].choices]
    assert chunks[-1].usage is not None


def test_faults_are_error_bodies() -> None:
    """An endpoint's fault has a code of ours and no text of its."""
    error = CHAT.faulted(UpstreamFault(FaultKind.CUT), "01J")

    assert b'"code":"upstream_cut"' in orjson.dumps(error)
