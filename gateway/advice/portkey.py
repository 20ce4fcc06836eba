"""Portkey's guardrail webhook: a request before it leaves, a response before it arrives."""

from __future__ import annotations

from classifiers.types import Role
from gateway.advice.adviser import Opinion, asked, segments_of
from gateway.dialects.dialect import Limits, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_words import KEYS
from gateway.errors import Refusal
from gateway.redact import replaced
from gateway.strict_json import JSON
from policies.types import Direction

_SIDES = {"beforeRequestHook": "request", "afterRequestHook": "response"}
_KNOWN = KEYS | {"json", "text"}


class PortkeyWebhook(OpenAIChat):
    """Refuses as the chat dialect does."""

    name = "advice.portkey"

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = asked(body, limits)
        side = _side(value)
        if side is None or not isinstance(value.get(side), dict):
            what = "`eventType` must be a hook, with the request or response that it is about"
            raise Refusal(400, "invalid_request", what, param="eventType")
        role = Role.USER if side == "request" else Role.ASSISTANT
        return Prompt(value, segments_of(value[side], (side,), role, limits, _KNOWN), model="")

    def direction(self, prompt: Prompt) -> Direction:
        return Direction.PROMPT if _side(prompt.body) == "request" else Direction.OUTPUT

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        if opinion.stops:
            reason = {"explanation": opinion.sentence, "exchange_id": opinion.notice.exchange_id}
            return {"verdict": False, "data": {**reason}}
        edits = [(path, text) for path, text in opinion.edits if path[1:2] == ("json",)]
        side = _side(prompt.body)
        if not edits or side is None:
            return {"verdict": True}
        edited = replaced(prompt.body, edits)
        its = edited.get(side) if isinstance(edited, dict) else None
        changed = its.get("json") if isinstance(its, dict) else None
        return {"verdict": True, "transformedData": {side: {"json": changed}}}


def _side(body: JSON) -> str | None:
    event = body.get("eventType") if isinstance(body, dict) else None
    return _SIDES.get(event) if isinstance(event, str) else None
