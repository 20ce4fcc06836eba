"""What of a request does not go upstream, and that the rest is left as it was."""

from __future__ import annotations

import orjson
import pytest

from gateway.dialects.dialect import Limits, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.errors import Refusal
from gateway.fields import SWITCHES, UnknownFields, kept
from gateway.strict_json import JSON

BODY: dict[str, JSON] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def read(**fields: JSON) -> Prompt:
    return OpenAIChat().read(orjson.dumps({**BODY, **fields}), Limits())


@pytest.mark.parametrize("path", SWITCHES, ids=".".join)
def test_a_switch_does_not_go_upstream_and_is_named(path: tuple[str, ...]) -> None:
    """Whatever it says; what stands beside it stays."""
    value: JSON = {"beside": 1, path[-1]: ["off"]} if len(path) > 1 else ["off"]
    result = kept(read(**{path[0]: value}), UnknownFields.SCREEN)

    assert (".".join(path),) == result.stripped
    rest: dict[str, JSON] = {path[0]: {"beside": 1}} if len(path) > 1 else {}
    assert {**BODY, **rest} == result.prompt.body
    assert "off" not in [segment.text for segment in result.prompt.segments]


UNKNOWN: list[dict[str, JSON]] = [
    {"x_vendor": {"deep": "text"}},
    {"messages": [{"role": "user", "content": "hi", "x_vendor": 1}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi", "x_vendor": 1}]}]},
]
OWN: list[dict[str, JSON]] = [
    {"metadata": {"mine": "1"}},
    {"tools": [{"type": "function", "function": {"parameters": {"properties": {"mine": {}}}}}]},
]


@pytest.mark.parametrize("fields", UNKNOWN)
def test_unknown_fields_pass_screened_or_are_dropped_or_refused(fields: dict[str, JSON]) -> None:
    """As the operator says."""
    prompt = read(**fields)

    assert prompt == kept(prompt, UnknownFields.SCREEN).prompt
    assert "x_vendor" in [segment.text for segment in prompt.segments]
    dropped = kept(prompt, UnknownFields.DROP).prompt
    assert b"x_vendor" not in orjson.dumps(dropped.body)
    assert "x_vendor" not in [segment.text for segment in dropped.segments]
    with pytest.raises(Refusal) as refused:
        kept(prompt, UnknownFields.REFUSE)
    assert (400, "x_vendor") == (refused.value.status, refused.value.param)


@pytest.mark.parametrize("fields", OWN)
def test_names_that_a_caller_may_choose_are_not_unknown(fields: dict[str, JSON]) -> None:
    """Metadata and the parameters of a tool have whatever names they have."""
    prompt = read(**fields)

    assert prompt == kept(prompt, UnknownFields.REFUSE).prompt
    assert prompt == kept(prompt, UnknownFields.DROP).prompt
