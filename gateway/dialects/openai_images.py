"""`POST /v1/images/generations`: a prompt in, pictures out. The prompt is screened, and every
string of the answer that is not a picture."""

from __future__ import annotations

import base64
import binascii

from classifiers.types import Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import Limits, Notice, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_embeddings import spoken
from gateway.dialects.openai_words import KEYS
from gateway.dialects.reading import invalid, leaves_of, object_of
from gateway.media_kinds import is_picture
from gateway.strict_json import JSON

_KNOWN = KEYS | {
    *("prompt", "size", "quality", "style", "background", "output_format", "output_compression"),
    "partial_images",
}


class OpenAIImages(OpenAIChat):
    """Refuses as the chat dialect does. What it answers is no speech; a stream is refused."""

    name = "openai.images"
    speaks = False

    @property
    def streamed(self) -> None:
        return None

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = object_of(body, limits)
        leaves = leaves_of(value, _KNOWN, limits)
        if not isinstance(value.get("prompt"), str) or not value["prompt"]:
            raise invalid("prompt", "`prompt` must be text")
        if value.get("stream"):
            raise invalid("stream", "pictures come whole here; leave `stream` out")
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
        return is_picture(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
