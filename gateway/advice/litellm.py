"""LiteLLM's generic guardrail API: texts, tools and messages in; NONE, BLOCKED or edits out."""

from __future__ import annotations

from classifiers.types import Role
from gateway.advice.adviser import Opinion, asked, segments_of
from gateway.dialects.dialect import Limits, Media, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_words import KEYS
from gateway.errors import Refusal
from gateway.redact import replaced
from gateway.strict_json import JSON
from policies.types import Direction

_FIELDS = ("texts", "tools", "tool_calls", "structured_messages")


class LiteLLMGuardrail(OpenAIChat):
    """Refuses as the chat dialect does."""

    name = "advice.litellm"

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = asked(body, limits)
        if value.get("input_type") not in ("request", "response"):
            what = "`input_type` must be `request` or `response`"
            raise Refusal(400, "invalid_request", what, param="input_type")
        if value.get("images") and limits.media is Media.REFUSE:
            what = "images cannot be screened by this gateway; send text only"
            raise Refusal(400, "unscreenable_content", what, param="images")
        role = Role.USER if value["input_type"] == "request" else Role.ASSISTANT
        segments = tuple(
            segment
            for name in _FIELDS
            for segment in segments_of(value.get(name), (name,), role, limits, KEYS)
        )
        return Prompt(value, segments, model="")

    def direction(self, prompt: Prompt) -> Direction:
        asked_for = prompt.body.get("input_type") if isinstance(prompt.body, dict) else None
        return Direction.PROMPT if asked_for == "request" else Direction.OUTPUT

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        hold = self._hold(prompt, opinion.reach)
        if opinion.stops:
            return {"action": "BLOCKED", "blocked_reason": opinion.sentence}
        if not opinion.edits:
            return {"action": "NONE", **hold}
        edited = replaced(prompt.body, opinion.edits)
        changed = {path[0] for path, _ in opinion.edits}
        fields = edited if isinstance(edited, dict) else {}
        back = {name: fields[name] for name in _FIELDS if name in changed}
        return {"action": "GUARDRAIL_INTERVENED", **back, **hold}

    def _hold(self, prompt: Prompt, reach: int) -> dict[str, JSON]:
        """How much of each text must not be streamed on before the next question."""
        if self.direction(prompt) is Direction.PROMPT or not isinstance(prompt.body, dict):
            return {}
        texts = prompt.body.get("texts")
        return {"stream_holdback_chars": [reach] * len(texts) if isinstance(texts, list) else []}
