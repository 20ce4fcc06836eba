"""`POST /v1/messages`, as Anthropic and those who speak its protocol do.

A thinking block stands under a signature, so it leaves as it came or not at all: where something
in it has to be masked, the whole block is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from classifiers.types import Role, Segment
from gateway.dialects import anthropic_bodies as bodies
from gateway.dialects.anthropic_stream import MessagesDelivery
from gateway.dialects.anthropic_words import KEYS, VALUES
from gateway.dialects.dialect import KEYS_FIELD, Ending, Limits, Notice, Prompt, Text
from gateway.dialects.reading import (
    check_tools,
    everything,
    flag,
    leaves_of,
    list_of_objects,
    object_of,
    refuse_media,
    refuse_stored,
    spoken_leaves,
)
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import SSE
from gateway.leaves import Path, StringLeaf, at, objects, string_leaves
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.strict_json import JSON

_SIGNED = frozenset({"thinking", "redacted_thinking"})
_MEDIA = frozenset({"image", "document", "container_upload"})
_READABLE = frozenset({"text", "content"})
"""Sources of a document that are text in the body itself."""
_DELTAS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "input_json_delta": "partial_json",
    "signature_delta": "signature",
}
_OUTSIDE = -1
"""The choice number of what stands outside the content blocks."""


class AnthropicMessages:
    """The messages dialect; a choice is a content block. One instance serves every exchange."""

    name = "anthropic.messages"
    credential = "x-api-key"
    speaks = True
    spoken_field = "text"
    framing = SSE
    repeats = False

    @property
    def streamed(self) -> AnthropicMessages | None:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = object_of(body, limits)
        messages = list_of_objects(value, "messages", limits.messages)
        check_tools(value, limits)
        refuse_media(any(map(_is_media, everything(value))), "messages", limits)
        refuse_stored(next(_stored(value), None), limits)
        leaves = leaves_of(value, KEYS, limits)
        return Prompt(
            body=value,
            segments=_request_segments(messages, leaves),
            model=str(value.get("model", "")),
            stream=flag(value, "stream", default=False),
            structured=bool(
                value.get("tools") or value.get("output_config") or value.get("output_format")
            ),
        )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        return [
            Segment(leaf.text, _response_role(body, leaf.path), leaf.path, is_key=leaf.is_key)
            for leaf in spoken_leaves(string_leaves(body, KEYS), VALUES)
        ]

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        return bodies.error(refusal.status, refusal.code, refusal.message, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return bodies.error(fault.status, fault.code, fault.message, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.blocked_error(notice)

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.blocked(prompt, body, notice)

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        content = [bodies.text_block(answer)]
        return bodies.message(prompt, exchange_id, content, "end_turn", bodies.tokens(None))

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        """The label stands before the first and behind the last block of text."""
        blocks = _blocks(body)
        spoken = [i for i, block in enumerate(blocks) if block.get("type") == "text"]
        if not spoken or not isinstance(body, dict):
            return body
        first, last = spoken[0], spoken[-1]
        blocks[first] = {**blocks[first], "text": f"{before}{blocks[first].get('text', '')}"}
        blocks[last] = {**blocks[last], "text": f"{blocks[last].get('text', '')}{after}"}
        return {**body, "content": [*blocks]}

    def spoken(self, body: JSON) -> list[str]:
        texts = (block.get("text") for block in _blocks(body) if block.get("type") == "text")
        return ["".join(text for text in texts if isinstance(text, str))]

    def usage(self, body: JSON) -> Usage | None:
        """Counted in a message, in its first event, and again in its last."""
        if not isinstance(body, dict):
            return None
        message = body.get("message")
        given = message.get("usage") if isinstance(message, dict) else body.get("usage")
        if not isinstance(given, dict):
            return None
        asked, said = given.get("input_tokens"), given.get("output_tokens")
        return Usage(
            prompt_tokens=asked if isinstance(asked, int) else None,
            completion_tokens=said if isinstance(said, int) else None,
        )

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """The body with strings replaced, and without signed blocks that would have to change."""
        signed = {path[: n + 1] for path, _ in edits for n in _signed_at(body, path)}
        free = [(p, t) for p, t in edits if not any(p[: len(s)] == s for s in signed)]
        body = replaced(body, free)
        for path in sorted(signed, key=lambda path: [str(step).zfill(9) for step in path])[::-1]:
            body = _without(body, path)
        return body

    # Streams.

    def event_name(self, event: JSON) -> bytes:
        kind = event.get("type") if isinstance(event, dict) else None
        return kind.encode() if isinstance(kind, str) and kind.isidentifier() else b""

    def texts(self, event: JSON) -> list[Text]:
        """Every string leaf of one event, by the block that it belongs to."""
        if not isinstance(event, dict):
            return []
        index = event.get("index")
        block = index if type(index) is int else _OUTSIDE
        texts = [_text(event, block, leaf) for leaf in _spoken(event)]
        return texts + _ties(event, block)

    def ended(self, event: JSON) -> int | None:
        if not isinstance(event, dict) or event.get("type") != "content_block_stop":
            return None
        index = event.get("index")
        return index if type(index) is int else None

    def ending(self, event: JSON) -> Ending:
        kind = event.get("type") if isinstance(event, dict) else None
        return {"message_stop": Ending.CLOSED, "error": Ending.FAILED}.get(
            kind if isinstance(kind, str) else "", Ending.GOES_ON
        )

    def bears_label(self, event: JSON) -> bool:
        return isinstance(event, dict) and event.get("type") in ("message_delta", "message_stop")

    def speech_ends(self, event: JSON) -> bool:
        return isinstance(event, dict) and event.get("type") == "message_delta"

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> MessagesDelivery:
        return MessagesDelivery(prompt, exchange_id)


def _blocks(body: JSON) -> list[dict[str, JSON]]:
    return list(objects(body.get("content"))) if isinstance(body, dict) else []


def _is_media(item: dict[str, JSON]) -> bool:
    if item.get("type") not in _MEDIA:
        return False
    source = item.get("source")
    return not (isinstance(source, dict) and source.get("type") in _READABLE)


def _stored(value: dict[str, JSON]) -> Iterator[str]:
    """The fields that stand for text which only the upstream has."""
    if value.get("container"):
        yield "container"
    for item in everything(value.get("messages")):
        if item.get("type") in ("file", "container_upload") and item.get("file_id"):
            yield "file_id"


def _request_segments(
    messages: list[dict[str, JSON]], leaves: list[StringLeaf]
) -> tuple[Segment, ...]:
    roles = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
    speakers = [roles.get(str(message.get("role")), Role.FIELD) for message in messages]

    def role(path: Path) -> Role:
        match path:
            case ("system", *_):
                return Role.SYSTEM
            case ("messages", int(), "role", *_):
                return Role.FIELD
            case ("messages", int(number), "content", int(position), *_):
                block = at(messages[number], ("content", position))
                return _block_role(block, speakers[number])
            case ("messages", int(number), _, *_):
                return speakers[number]
        return Role.FIELD

    return tuple(
        Segment(leaf.text, role(leaf.path), leaf.path, is_key=leaf.is_key)
        for leaf in spoken_leaves(leaves, VALUES)
    )


def _block_role(block: JSON, speaker: Role) -> Role:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in _SIGNED:
        return Role.REASONING
    return Role.TOOL if isinstance(kind, str) and kind.endswith("tool_result") else speaker


def _response_role(body: JSON, path: Path) -> Role:
    if path[:1] == ("content",) and len(path) > 1:
        return _block_role(at(body, path[:2]), Role.ASSISTANT)
    return Role.FIELD


def _signed_at(body: JSON, path: Path) -> Iterator[int]:
    """Where along a path a signed block stands."""
    for n, step in enumerate(path):
        if isinstance(step, int):
            item = at(body, path[: n + 1])
            if isinstance(item, dict) and item.get("type") in _SIGNED:
                yield n


def _without(value: JSON, path: Path) -> JSON:
    """A copy without the list entry that `path` leads to."""
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        middle = [_without(value[step], rest)] if rest else []
        return [*value[:step], *middle, *value[step + 1 :]]
    if isinstance(value, dict) and isinstance(step, str) and rest:
        return {**value, step: _without(value[step], rest)}
    raise LookupError("the path does not fit the body: this is a bug")


def _spoken(event: dict[str, JSON]) -> Iterator[StringLeaf]:
    return spoken_leaves(string_leaves(event, KEYS), VALUES)


def _text(event: dict[str, JSON], block: int, leaf: StringLeaf) -> Text:
    if leaf.is_key:
        return Text((block, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    place = _BY_TYPE.get(str(event.get("type")))
    text = place(event, block, leaf) if place else None
    if text is not None:
        return text
    field = ".".join(step for step in leaf.path if isinstance(step, str))
    role = Role.ASSISTANT if block != _OUTSIDE else Role.FIELD
    repeats = leaf.path[-1] == "type"
    return Text((block, field), role, leaf.path, leaf.text, whole=True, repeats=repeats)


def _in_delta(event: dict[str, JSON], block: int, leaf: StringLeaf) -> Text | None:
    delta = event.get("delta")
    kind = delta.get("type") if isinstance(delta, dict) else None
    if leaf.path[:1] != ("delta",) or leaf.path == ("delta", "type"):
        return None
    if leaf.path != ("delta", _DELTAS.get(str(kind))):
        # A citation comes at once; of a delta that nobody knows, each field may grow.
        if kind == "citations_delta":
            return None
        field = ".".join(step for step in leaf.path if isinstance(step, str))
        return Text((block, field), Role.ASSISTANT, leaf.path, leaf.text)
    return _growing(block, str(leaf.path[1]), leaf)


def _in_start(event: dict[str, JSON], block: int, leaf: StringLeaf) -> Text | None:
    content = event.get("content_block")
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "redacted_thinking" and leaf.path == ("content_block", "data"):
        return _growing(block, "thinking", leaf)
    if leaf.path in (("content_block", "text"), ("content_block", "thinking")):
        return _growing(block, str(leaf.path[1]), leaf)
    return None


def _growing(block: int, field: str, leaf: StringLeaf) -> Text:
    signed = field in ("thinking", "signature")
    role = Role.REASONING if signed else Role.ASSISTANT
    nested = field == "partial_json"
    return Text((block, field), role, leaf.path, leaf.text, nested=nested, sealed=signed)


_BY_TYPE: dict[str, Callable[[dict[str, JSON], int, StringLeaf], Text | None]] = {
    "content_block_delta": _in_delta,
    "content_block_start": _in_start,
}


def _ties(event: dict[str, JSON], block: int) -> list[Text]:
    """What ties the frames of a signed block together, so that all of them leave or none."""
    kind = event.get("type")
    content = event.get("content_block")
    opens = isinstance(content, dict) and content.get("type") in _SIGNED
    if not opens and kind not in ("content_block_delta", "content_block_stop"):
        return []
    if kind == "content_block_delta":
        delta = event.get("delta")
        if not isinstance(delta, dict) or delta.get("type") not in (
            "thinking_delta",
            "signature_delta",
        ):
            return []
    return [Text((block, "thinking"), Role.REASONING, (), "", sealed=opens)]
