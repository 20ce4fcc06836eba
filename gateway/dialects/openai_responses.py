"""`POST /v1/responses`, as OpenAI and those who speak its protocol do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.types import Role, Segment
from gateway.dialects import openai_bodies
from gateway.dialects import responses_bodies as bodies
from gateway.dialects.dialect import Ending, Limits, Notice, Prompt, Text
from gateway.dialects.reading import (
    check_tools,
    everything,
    flag,
    invalid,
    leaves_of,
    list_of_objects,
    object_of,
    refuse_media,
    refuse_stored,
    spoken_leaves,
    structured,
)
from gateway.dialects.responses_stream import ResponsesDelivery
from gateway.dialects.responses_texts import item_role, texts_of
from gateway.dialects.responses_words import KEYS, VALUES
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import SSE
from gateway.leaves import Path, StringLeaf, at, objects
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.strict_json import JSON

_MEDIA = frozenset({"input_image", "input_file", "input_audio", "computer_screenshot"})
_STORED = ("previous_response_id", "conversation", "prompt")
_LAST = {
    "response.completed": Ending.CLOSED,
    "response.incomplete": Ending.CLOSED,
    "response.failed": Ending.FAILED,
    "error": Ending.FAILED,
}


class OpenAIResponses:
    """The responses dialect; a choice is an output item. One instance serves every exchange."""

    name = "openai.responses"
    credential = "authorization"
    speaks = True
    spoken_field = "output_text"
    framing = SSE
    repeats = True

    @property
    def streamed(self) -> OpenAIResponses:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = object_of(body, limits)
        if not isinstance(value.get("input"), str):
            list_of_objects(value, "input", limits.messages)
        if flag(value, "background", default=False):
            raise invalid("background", "answers are not kept here to be fetched; stream instead")
        check_tools(value, limits)
        given = value.get("input")
        refuse_media(any(i.get("type") in _MEDIA for i in everything(given)), "input", limits)
        refuse_stored(next(_stored(value), None), limits)
        leaves = leaves_of(value, KEYS, limits)
        return Prompt(
            body=value,
            segments=_request_segments(value, leaves),
            model=str(value.get("model", "")),
            stream=flag(value, "stream", default=False),
            structured=structured(value) or _wants_json(value.get("text")),
        )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        if not isinstance(body, dict):
            return []
        whole: dict[str, JSON] = {"type": "response.completed", "response": body}
        return [
            Segment(
                text.text,
                text.role,
                text.path[1:] if text.path[0] == "response" else text.path,
                is_key=text.is_key,
            )
            for text in texts_of(whole)
        ]

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        return openai_bodies.error(kind, refusal.code, refusal.message, refusal.param, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return openai_bodies.error("upstream_error", fault.code, fault.message, None, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.blocked_error(notice)

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        said = bodies.response(prompt, notice.exchange_id, created, status="incomplete", output=[])
        return {**said, **bodies.incomplete(notice), "usage": bodies.tokens(body)}

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        output: list[JSON] = [bodies.message(exchange_id, answer)]
        said = bodies.response(prompt, exchange_id, created, status="completed", output=output)
        return {**said, "usage": bodies.tokens(None)}

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        """The label stands before the first and behind the last part of spoken text."""
        if places := list(_spoken_places(body)):
            first, last = places[0], places[-1]
            body = replaced(body, [(first, f"{before}{at(body, first)}")])
            body = replaced(body, [(last, f"{at(body, last)}{after}")])
        return body

    def spoken(self, body: JSON) -> list[str]:
        return [str(at(body, path)) for path in _spoken_places(body)]

    def usage(self, body: JSON) -> Usage | None:
        """Counted in a response, and in the event that holds the whole of it."""
        if not isinstance(body, dict):
            return None
        response = body.get("response")
        given = response.get("usage") if isinstance(response, dict) else body.get("usage")
        if not isinstance(given, dict):
            return None
        asked, said = given.get("input_tokens"), given.get("output_tokens")
        return Usage(
            prompt_tokens=asked if isinstance(asked, int) else None,
            completion_tokens=said if isinstance(said, int) else None,
        )

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """The body with strings replaced, and without the token lists that would repeat them."""
        spoken = [(path, text) for path, text in edits if "logprobs" not in path]
        return _without_logprobs(replaced(body, spoken))

    # Streams.

    def event_name(self, event: JSON) -> bytes:
        kind = event.get("type") if isinstance(event, dict) else None
        known = isinstance(kind, str) and kind.replace(".", "_").isidentifier()
        return kind.encode() if known and isinstance(kind, str) else b""

    def texts(self, event: JSON) -> list[Text]:
        return texts_of(event) if isinstance(event, dict) else []

    def ended(self, event: JSON) -> int | None:
        if not isinstance(event, dict) or event.get("type") != "response.output_item.done":
            return None
        number = event.get("output_index")
        return number if type(number) is int else None

    def ending(self, event: JSON) -> Ending:
        kind = event.get("type") if isinstance(event, dict) else None
        return _LAST.get(kind, Ending.GOES_ON) if isinstance(kind, str) else Ending.GOES_ON

    def bears_label(self, event: JSON) -> bool:
        return self.ending(event) is not Ending.GOES_ON

    def speech_ends(self, event: JSON) -> bool:
        return isinstance(event, dict) and event.get("type") == "response.output_text.done"

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> ResponsesDelivery:
        return ResponsesDelivery(prompt, exchange_id, created)


def _stored(value: dict[str, JSON]) -> Iterator[str]:
    """The fields that stand for text which only the upstream has."""
    for name in _STORED:
        if value.get(name):
            yield name
    for item in everything(value.get("input")):
        if item.get("type") == "item_reference":
            yield "item_reference"
        if item.get("file_id"):
            yield "file_id"


def _wants_json(text: JSON) -> bool:
    form = text.get("format") if isinstance(text, dict) else None
    return isinstance(form, dict) and form.get("type") not in (None, "text")


def _request_segments(value: dict[str, JSON], leaves: list[StringLeaf]) -> tuple[Segment, ...]:
    items = value.get("input")
    roles = [item_role(item) for item in objects(items)]

    def role(path: Path) -> Role:
        match path:
            case ("instructions",):
                return Role.SYSTEM
            case ("input",):
                return Role.USER
            case ("input", int(), "role" | "id" | "call_id" | "status" | "type"):
                return Role.FIELD
            case ("input", int(number), *_):
                return roles[number]
        return Role.FIELD

    return tuple(
        Segment(leaf.text, role(leaf.path), leaf.path, is_key=leaf.is_key)
        for leaf in spoken_leaves(leaves, VALUES)
    )


def _spoken_places(body: JSON) -> Iterator[Path]:
    """Where spoken text stands in a whole response."""
    output = body.get("output") if isinstance(body, dict) else None
    for i, item in enumerate(objects(output)):
        for j, part in enumerate(objects(item.get("content"))):
            if part.get("type") == "output_text" and isinstance(part.get("text"), str):
                yield "output", i, "content", j, "text"


def _without_logprobs(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {
            key: [] if key == "logprobs" and item else _without_logprobs(item)
            for key, item in value.items()
        }
    return [_without_logprobs(item) for item in value] if isinstance(value, list) else value
