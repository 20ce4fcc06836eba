"""Ollama's own API: `POST /api/chat` and `POST /api/generate`, whole or as JSON lines.

A request that does not say whether to stream gets a stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from classifiers.types import Role, Segment
from gateway.dialects import ollama_bodies as bodies
from gateway.dialects.dialect import KEYS_FIELD, Ending, Limits, Notice, Prompt, Text
from gateway.dialects.ollama_words import KEYS, VALUES
from gateway.dialects.reading import (
    check_tools,
    flag,
    invalid,
    leaves_of,
    list_of_objects,
    object_of,
    refuse_media,
    refuse_stored,
    spelled_in_bytes,
    spoken_leaves,
    text_of,
)
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import NDJSON
from gateway.leaves import Path, StringLeaf, objects, string_leaves
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.seams import Around
from gateway.strict_json import JSON

_ROLES = {
    "system": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,24}(?:Z|[+-][0-9:]{4,6})?")
_GROWING = {
    ("message", "content"): ("content", Role.ASSISTANT),
    ("message", "thinking"): ("thinking", Role.REASONING),
    ("response",): ("response", Role.ASSISTANT),
    ("thinking",): ("thinking", Role.REASONING),
}
_OUTSIDE = -1


class OllamaChat:
    """The chat dialect. Holds nothing; one instance serves every exchange."""

    name = "ollama.chat"
    credential = "authorization"
    speaks = True
    spoken_field = "content"
    said_at: Path = ("message", "content")
    """Where an answer stands in a body."""
    framing = NDJSON
    repeats = False

    @property
    def streamed(self) -> OllamaChat:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = object_of(body, limits)
        messages = list_of_objects(value, "messages", limits.messages)
        refuse_media(any(message.get("images") for message in messages), "messages", limits)
        return self._prompt(value, limits)

    def _prompt(self, value: dict[str, JSON], limits: Limits) -> Prompt:
        check_tools(value, limits)
        leaves = leaves_of(value, KEYS, limits)
        return Prompt(
            body=value,
            segments=_request_segments(value, leaves),
            model=str(value.get("model", "")),
            stream=flag(value, "stream", default=True),
            structured=bool(value.get("format") or value.get("tools")),
        )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        return [Segment(t.text, t.role, t.path, is_key=t.is_key) for t in self.texts(body)]

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        return bodies.error(refusal.message, refusal.code, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return bodies.error(fault.message, fault.code, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.blocked_error(notice)

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        """Ollama has no word for a refusal, so the reason is what is said."""
        said = self._said(prompt.model, notice.sentence, created)
        return {**said, **bodies.stopped(notice), **bodies.counts(body)}

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        said = self._said(prompt.model, answer, created)
        return {**said, "done": True, "done_reason": "stop", **bodies.counts(None)}

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        said = self.spoken(body)
        return replaced(body, [(self.said_at, f"{before}{said[0]}{after}")]) if said else body

    def spoken(self, body: JSON) -> list[str]:
        return [
            leaf.text
            for leaf in string_leaves(body, KEYS)
            if leaf.path == self.said_at and not leaf.is_key
        ]

    def usage(self, body: JSON) -> Usage | None:
        if not isinstance(body, dict) or "eval_count" not in body:
            return None
        asked, said = body.get("prompt_eval_count"), body.get("eval_count")
        return Usage(
            prompt_tokens=asked if isinstance(asked, int) else None,
            completion_tokens=said if isinstance(said, int) else None,
        )

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """The body with strings replaced, and without token lists, which would repeat them."""
        body = replaced(body, [(path, text) for path, text in edits if "logprobs" not in path])
        if not isinstance(body, dict):
            return body
        return {key: item for key, item in body.items() if key not in ("logprobs", "context")}

    # Streams.

    def event_name(self, event: JSON) -> bytes:
        return b""

    def texts(self, event: JSON) -> list[Text]:
        leaves = spoken_leaves(string_leaves(event, KEYS), VALUES)
        texts = [_text(leaf) for leaf in leaves if not _is_time(leaf)]
        if spelled := spelled_in_bytes(event):
            texts.append(Text((0, "bytes"), Role.ASSISTANT, ("logprobs",), spelled))
        return texts

    def ended(self, event: JSON) -> int | None:
        return None

    def ending(self, event: JSON) -> Ending:
        if not isinstance(event, dict):
            return Ending.GOES_ON
        if event.get("error"):
            return Ending.FAILED
        return Ending.CLOSED if event.get("done") is True else Ending.GOES_ON

    def bears_label(self, event: JSON) -> bool:
        return self.speech_ends(event)

    def speech_ends(self, event: JSON) -> bool:
        return isinstance(event, dict) and event.get("done") is True

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> OllamaDelivery:
        return OllamaDelivery(self, prompt, created)

    def _said(self, model: str, text: str, created: int) -> dict[str, JSON]:
        """The head of a body that says something."""
        message: JSON = {"role": "assistant", "content": text}
        return {**bodies.head(model, created), "message": message}

    def piece(self, model: str, text: str, created: int) -> dict[str, JSON]:
        """An event that adds a text."""
        return {**self._said(model, text, created), "done": False}


class OllamaGenerate(OllamaChat):
    """`POST /api/generate`: one prompt, and an answer that stands in `response`."""

    name = "ollama.generate"
    spoken_field = "response"
    said_at: Path = ("response",)

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = object_of(body, limits)
        if not isinstance(value.get("prompt", ""), str):
            raise invalid("prompt", "`prompt` must be a string")
        refuse_media(bool(value.get("images")), "images", limits)
        refuse_stored("context" if value.get("context") else None, limits)
        # With `raw`, or a template that says so, the answer goes on where the prompt ends.
        around = Around((text_of(value, "prompt"),), after=text_of(value, "suffix"))
        return replace(self._prompt(value, limits), around=around)

    def _said(self, model: str, text: str, created: int) -> dict[str, JSON]:
        return {**bodies.head(model, created), "response": text}


class OllamaShow(OllamaChat):
    """`GET /api/tags`, `GET /api/version` and `POST /api/show`: what models there are."""

    name = "ollama.show"
    speaks = False

    def read(self, body: bytes, limits: Limits) -> Prompt:
        if not body:
            return Prompt(body=None, segments=(), model="")
        value = object_of(body, limits)
        leaves = leaves_of(value, KEYS, limits)
        return Prompt(value, _request_segments(value, leaves), str(value.get("model", "")))

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.blocked_error(notice)


class OllamaDelivery:
    """One streamed answer as it leaves: every line stands alone."""

    def __init__(self, dialect: OllamaChat, prompt: Prompt, created: int) -> None:
        self._dialect = dialect
        self._model = prompt.model
        self._created = created

    def outgoing(self, event: JSON) -> JSON:
        return event

    def dropped(self, event: JSON) -> None:
        pass

    def saying(self, like: JSON, text: str) -> list[JSON]:
        return [self._dialect.piece(self._model, text, self._created)]

    def answered(self, answer: str) -> list[JSON]:
        last = {**self._last(), "done_reason": "stop"}
        return [self._dialect.piece(self._model, answer, self._created), last]

    def stopped(self, notice: Notice) -> list[JSON]:
        return [{**self._last(), **bodies.stopped(notice)}]

    def broken(self, error: JSON) -> list[JSON]:
        return [error]

    def _last(self) -> dict[str, JSON]:
        piece = self._dialect.piece(self._model, "", self._created)
        return {**piece, "done": True, **bodies.counts(None)}


def _request_segments(value: dict[str, JSON], leaves: list[StringLeaf]) -> tuple[Segment, ...]:
    messages = value.get("messages")
    speakers = [_ROLES.get(str(m.get("role")), Role.FIELD) for m in objects(messages)]

    def role(path: Path) -> Role:
        match path:
            case ("messages", int(), "role", *_):
                return Role.FIELD
            case ("messages", int(), "thinking", *_):
                return Role.REASONING
            case ("messages", int(number), *_):
                return speakers[number]
            case ("prompt" | "suffix",):
                return Role.USER
            case ("system",):
                return Role.SYSTEM
        return Role.FIELD

    spoken: Iterator[StringLeaf] = spoken_leaves(leaves, VALUES)
    return tuple(
        Segment(leaf.text, role(leaf.path), leaf.path, is_key=leaf.is_key) for leaf in spoken
    )


def _is_time(leaf: StringLeaf) -> bool:
    """A time differs in every event, and is no speech."""
    at_time = not leaf.is_key and leaf.path in (("created_at",), ("modified_at",))
    return at_time and _TIME.fullmatch(leaf.text) is not None


def _text(leaf: StringLeaf) -> Text:
    if leaf.is_key:
        return Text((_OUTSIDE, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    if (growing := _GROWING.get(_names(leaf.path))) is not None and len(leaf.path) < 3:
        field, role = growing
        return Text((0, field), role, leaf.path, leaf.text)
    names = _names(leaf.path)
    field = ".".join(names)
    if names[0] == "logprobs":
        return Text((0, field), Role.ASSISTANT, leaf.path, leaf.text)
    role = Role.ASSISTANT if names[0] == "message" and names[-1] != "role" else Role.FIELD
    repeats = len(leaf.path) == 1
    return Text((0, field), role, leaf.path, leaf.text, whole=True, repeats=repeats)


def _names(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
