"""Fields of a request that do not go upstream: switches that would weaken what the operator has
set, and fields that nobody here has heard of, where the operator does not want those."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.dialects.dialect import Prompt
from gateway.errors import Refusal
from gateway.leaves import Path, at
from gateway.strict_json import JSON


class UnknownFields(StrEnum):
    """What becomes of fields that a dialect does not know. All of them are screened."""

    SCREEN = "screen"
    DROP = "drop"
    REFUSE = "refuse"


SWITCHES: tuple[Path, ...] = (
    ("guardrails",),
    ("guardrail",),
    ("guardrail_config",),
    ("guardrailConfig",),
    ("guardrail_options",),
    ("disable_guardrails",),
    ("disable_global_guardrails",),
    ("moderation",),
    ("content_filter",),
    ("content_filters",),
    ("safety_settings",),
    ("safetySettings",),
    ("safety_mode",),
    ("safe_prompt",),
    ("user_config",),
    ("no_log",),
    ("no-log",),
    ("mock_response",),
    ("metadata", "guardrails"),
    ("metadata", "disable_global_guardrails"),
    ("metadata", "user_api_key_metadata"),
    ("litellm_metadata",),
    ("extra_body", "guardrails"),
    ("extra_body", "moderation"),
    ("extra_body", "safety_settings"),
)
"""Read off what gateways and vendors let a request say of its own checks and their record."""

LABELS_OFF: tuple[Path, ...] = (
    ("watermark",),
    ("add_watermark",),
    ("aigc_watermark",),
    ("parameters", "watermark"),
    ("parameters", "addWatermark"),
    ("extra_body", "watermark"),
)
"""Switches by which image models leave their own label off; taken out where they say so."""
_FIRST_STEPS = frozenset(path[0] for path in (*SWITCHES, *LABELS_OFF))
_USERS_OWN = frozenset(
    {
        *("metadata", "parameters", "schema", "properties", "arguments", "args", "logit_bias"),
        *("input", "input_schema", "response", "headers", "inputs", "variables", "definitions"),
        *("$defs", "parametersJsonSchema", "responseJsonSchema", "responseSchema"),
    }
)
"""Fields below which a caller chooses the names."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A prompt as far as it goes on, and the names of switches that do not."""

    prompt: Prompt
    stripped: tuple[str, ...] = ()


def kept(prompt: Prompt, unknown: UnknownFields) -> Kept:
    """Take out what does not go upstream. Raises Refusal where unknown fields are refused."""
    switches = _switches(prompt.body)
    gone = [*switches]
    if unknown is not UnknownFields.SCREEN:
        strangers = _unknown(prompt)
        if strangers and unknown is UnknownFields.REFUSE:
            raise _refused(strangers[0])
        gone += strangers
    if not gone:
        return Kept(prompt)
    left = tuple(s for s in prompt.segments if not any(_below(s.path, path) for path in gone))
    body = prompt.body
    for path in gone:
        body = _without(body, path)
    return Kept(
        replace(prompt, body=body, segments=left), tuple(".".join(map(str, p)) for p in switches)
    )


def _switches(body: JSON) -> list[Path]:
    """Those that a body sets; one look tells most bodies apart from any that does."""
    if not isinstance(body, dict) or _FIRST_STEPS.isdisjoint(body):
        return []
    found = [path for path in SWITCHES if _has(body, path)]
    return found + [p for p in LABELS_OFF if _has(body, p) and not at(body, p)]


def _unknown(prompt: Prompt) -> Sequence[Path]:
    """Keys that the dialect does not own, where the protocol and not the caller names keys."""
    return [s.path for s in prompt.segments if s.is_key and _USERS_OWN.isdisjoint(s.path[:-1])]


def _refused(path: Path) -> Refusal:
    name = path[-1] if isinstance(path[-1], str) and _NAME.fullmatch(path[-1]) else None
    what = "a field that this gateway does not know; leave it out"
    return Refusal(400, "unknown_field", f"the body has {what}", param=name)


def _has(body: JSON, path: Path) -> bool:
    for step in path:
        if not isinstance(body, dict) or not isinstance(step, str) or step not in body:
            return False
        body = body[step]
    return True


def _below(path: Path, top: Path) -> bool:
    return path[: len(top)] == top


def _without(body: JSON, path: Path) -> JSON:
    """A copy without one field. What an outer field has taken along is gone already."""
    step, rest = path[0], path[1:]
    if isinstance(body, dict) and isinstance(step, str) and step in body:
        if not rest:
            return {key: value for key, value in body.items() if key != step}
        return {**body, step: _without(body[step], rest)}
    if isinstance(body, list) and isinstance(step, int) and rest:
        return [*body[:step], _without(body[step], rest), *body[step + 1 :]]
    return body
