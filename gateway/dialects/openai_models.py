"""`GET /v1/models`: a list that carries no prompt, screened like any other answer."""

from __future__ import annotations

from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import Limits, Notice, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.errors import Refusal
from gateway.strict_json import JSON


class OpenAIModels(OpenAIChat):
    """Speaks as the chat dialect does; only the request and the refusal of the list differ."""

    name = "openai.models"
    speaks = False

    def read(self, body: bytes, limits: Limits) -> Prompt:
        if body:
            raise Refusal(400, "invalid_request", "a GET request has no body")
        return Prompt(body=None, segments=(), model="")

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice)
