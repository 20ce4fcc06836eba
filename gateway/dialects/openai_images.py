"""`POST /v1/images/generations`: a prompt in, pictures out. The prompt is screened, and every
string of the answer that is not a picture."""

from __future__ import annotations

import base64
import binascii

from classifiers.types import Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import Limits, Notice, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_embeddings import request, spoken
from gateway.dialects.openai_words import KEYS
from gateway.errors import Refusal
from gateway.strict_json import JSON

_KNOWN = KEYS | {
    *("prompt", "size", "quality", "style", "background", "output_format", "output_compression"),
    "partial_images",
}
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
"""How PNG, JPEG, WebP and GIF begin."""


class OpenAIImages(OpenAIChat):
    """Refuses as the chat dialect does. What it answers is no speech; a stream is refused."""

    name = "openai.images"

    @property
    def streamed(self) -> None:
        return None

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value, leaves = request(body, limits, _KNOWN)
        if not isinstance(value.get("prompt"), str) or not value["prompt"]:
            raise Refusal(400, "invalid_request", "`prompt` must be text", param="prompt")
        if value.get("stream"):
            what = "pictures come whole here; leave `stream` out"
            raise Refusal(400, "invalid_request", what, param="stream")
        return Prompt(value, spoken(leaves, "prompt"), model=str(value.get("model", "")))

    def outputs(self, body: JSON) -> list[Segment]:
        return [s for s in super().outputs(body) if not (_is_place(s) and _is_picture(s.text))]

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice)


def _is_place(segment: Segment) -> bool:
    return segment.path[-1:] == ("b64_json",) and not segment.is_key


def _is_picture(text: str) -> bool:
    """Whether a string is base64 that begins as a picture does; anything else is text."""
    try:
        return base64.b64decode(text, validate=True).startswith(_PICTURES)
    except (binascii.Error, ValueError):
        return False
