"""`POST /v1/embeddings`: texts in, numbers out. The texts are screened; numbers say nothing."""

from __future__ import annotations

import base64
import binascii
import math
from array import array

from classifiers.types import Role, Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import Limits, Media, Notice, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_words import KEYS
from gateway.dialects.reading import invalid, leaves_of, object_of
from gateway.leaves import StringLeaf
from gateway.strict_json import JSON

_KNOWN = KEYS | {"input", "dimensions", "encoding_format"}
_LARGEST = 1e4
"""No embedding has a larger number; four letters read as a number are far beyond it."""


class OpenAIEmbeddings(OpenAIChat):
    """Refuses as the chat dialect does. What it answers is no speech, and never streams."""

    name = "openai.embeddings"
    speaks = False

    @property
    def streamed(self) -> None:
        return None

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = object_of(body, limits)
        leaves = leaves_of(value, _KNOWN, limits)
        given = value.get("input")
        texts = given if isinstance(given, list) else [given]
        if not texts:
            raise invalid("input", "`input` must be text")
        if limits.media is Media.REFUSE and not all(isinstance(text, str) for text in texts):
            what = "tokens cannot be screened by this gateway; send text"
            raise invalid("input", what, code="unscreenable_content")
        return Prompt(value, spoken(leaves, "input"), model=str(value.get("model", "")))

    def outputs(self, body: JSON) -> list[Segment]:
        return [s for s in super().outputs(body) if not (_embeds(s) and _is_numbers(s.text))]

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice)


def spoken(leaves: list[StringLeaf], field: str) -> tuple[Segment, ...]:
    """The strings as segments; those of one field are the user's words."""
    return tuple(
        Segment(
            leaf.text,
            Role.USER if leaf.path[0] == field else Role.FIELD,
            leaf.path,
            is_key=leaf.is_key,
        )
        for leaf in leaves
    )


def _embeds(segment: Segment) -> bool:
    return segment.path[-1:] == ("embedding",) and not segment.is_key


def _is_numbers(text: str) -> bool:
    """Whether a string is base64 of 32-bit floats and of nothing else: text never reads so."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(data) % 4:
        return False
    # Little-endian, as OpenAI's SDK reads it and as every machine that runs this stores it.
    return all(math.isfinite(x) and abs(x) <= _LARGEST for x in array("f", data))
