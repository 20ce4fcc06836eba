"""Dify's moderation extension: what an app is asked, and what its model answers."""

from __future__ import annotations

from classifiers.types import Role
from gateway.advice.adviser import Opinion, asked, segments_of
from gateway.dialects.dialect import Limits, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.errors import Refusal
from gateway.redact import replaced
from gateway.strict_json import JSON
from policies.types import Direction

_INPUT, _OUTPUT, _PING = "app.moderation.input", "app.moderation.output", "ping"
_SCREENED = {_INPUT: ("inputs", "query"), _OUTPUT: ("text",), _PING: ()}


class DifyModeration(OpenAIChat):
    """Refuses as the chat dialect does."""

    name = "advice.dify"

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = asked(body, limits)
        point, params = value.get("point"), value.get("params", {})
        if not isinstance(point, str) or point not in _SCREENED or not isinstance(params, dict):
            raise Refusal(400, "invalid_request", "no such extension point", param="point")
        role = Role.ASSISTANT if point == _OUTPUT else Role.USER
        segments = tuple(
            segment
            for name in _SCREENED[point]
            for segment in segments_of(params.get(name), ("params", name), role, limits)
        )
        return Prompt(value, segments, model="")

    def direction(self, prompt: Prompt) -> Direction:
        return Direction.OUTPUT if _point(prompt) == _OUTPUT else Direction.PROMPT

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        point = _point(prompt)
        if point == _PING:
            return {"result": "pong"}
        if opinion.stops:
            said = opinion.sentence
            return {"flagged": True, "action": "direct_output", "preset_response": said}
        if not opinion.edits:
            return {"flagged": False, "action": "direct_output", "preset_response": ""}
        edited = replaced(prompt.body, opinion.edits)
        params = edited.get("params") if isinstance(edited, dict) else None
        fields = params if isinstance(params, dict) else {}
        back = {name: fields[name] for name in _SCREENED[point] if name in fields}
        return {"flagged": True, "action": "overridden", **back}


def _point(prompt: Prompt) -> str:
    return str(prompt.body.get("point")) if isinstance(prompt.body, dict) else ""
