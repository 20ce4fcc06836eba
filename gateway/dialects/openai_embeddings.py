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
from gateway.dialects.openai_words import KEYS, SWITCHES
from gateway.errors import Refusal
from gateway.leaves import StringLeaf, string_leaves
from gateway.strict_json import JSON, NotStrictJSON, parse

_KNOWN = KEYS | {"input", "dimensions", "encoding_format"}
_LARGEST = 1e4
"""No embedding has a larger number; four letters read as a number are far beyond it."""


class OpenAIEmbeddings(OpenAIChat):
    """Refuses as the chat dialect does. What it answers is no speech, and never streams."""

    name = "openai.embeddings"

    @property
    def streamed(self) -> None:
        return None

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value, leaves = request(body, limits, _KNOWN)
        given = value.get("input")
        texts = given if isinstance(given, list) else [given]
        if not texts:
            raise Refusal(400, "invalid_request", "`input` must be text", param="input")
        if limits.media is Media.REFUSE and not all(isinstance(text, str) for text in texts):
            what = "tokens cannot be screened by this gateway; send text"
            raise Refusal(400, "unscreenable_content", what, param="input")
        return Prompt(value, spoken(leaves, "input"), model=str(value.get("model", "")))

    def outputs(self, body: JSON) -> list[Segment]:
        return [s for s in super().outputs(body) if not (_embeds(s) and _is_numbers(s.text))]

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice)


def request(
    body: bytes, limits: Limits, known: frozenset[str]
) -> tuple[dict[str, JSON], list[StringLeaf]]:
    """A request that is one object, and its strings. Raises Refusal."""
    try:
        value = parse(body, limits.depth)
    except NotStrictJSON as error:
        raise Refusal(400, "invalid_json", f"{error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_request", "the body must be a JSON object")
    for switch in SWITCHES & value.keys():
        what = f"`{switch}` is not accepted here; leave it out"
        raise Refusal(400, "invalid_request", what, param=switch)
    leaves = string_leaves(value, known)
    if len(leaves) > limits.leaves or any(len(f.text) > limits.string_chars for f in leaves):
        raise Refusal(413, "request_too_large", "too many strings, or too long a one")
    return value, leaves


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
