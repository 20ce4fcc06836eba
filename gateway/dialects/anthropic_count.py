"""`POST /v1/messages/count_tokens`: asked as messages are, answered with a number."""

from __future__ import annotations

from gateway.dialects import anthropic_bodies as bodies
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.dialect import Notice, Prompt
from gateway.strict_json import JSON


class AnthropicCountTokens(AnthropicMessages):
    """Speaks as the messages dialect does; there is nothing to answer and nothing streams."""

    name = "anthropic.count_tokens"
    speaks = False

    @property
    def streamed(self) -> None:
        return None

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.blocked_error(notice)

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        return {"input_tokens": 0}
