"""`POST /v1/chat/completions`, as OpenAI, vLLM, DeepSeek, Qwen and their kind speak it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from classifiers.types import Role, Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import (
    KEYS_FIELD,
    Ending,
    Limits,
    Media,
    Notice,
    Prompt,
    Text,
)
from gateway.dialects.openai_chat_stream import ChatDelivery
from gateway.dialects.openai_words import KEYS, MEDIA_PARTS, SWITCHES, VALUES
from gateway.dialects.reading import structured
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import SSE_DONE
from gateway.leaves import Path, StringLeaf, at, objects, string_leaves
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.strict_json import JSON, NotStrictJSON, parse

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}
_REASONING = ("reasoning", "reasoning_content", "reasoning_details", "thinking")
_SAME_IN_EVERY_EVENT = frozenset({"id", "model", "object", "system_fingerprint", "service_tier"})
_SAID_AT_ONCE = frozenset({"id", "name", "role", "type"})
"""Fields of a message that come in one piece; every other may come in any number of them."""
_OUTSIDE = -1
"""The choice number of what stands outside the choices."""


class OpenAIChat:
    """The chat-completions dialect. Holds nothing; one instance serves every exchange."""

    name = "openai.chat"
    credential = "authorization"
    speaks = True
    spoken_field = "message.content"
    framing = SSE_DONE
    repeats = False

    @property
    def streamed(self) -> OpenAIChat | None:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = _parsed(body, limits)
        messages = value.get("messages")
        if not isinstance(messages, list) or not messages:
            raise _invalid("messages", "`messages` must be a list with at least one message")
        self._check_shape(value, messages, limits)
        leaves = string_leaves(value, KEYS)
        _check_sizes(value, messages, leaves, limits)
        options = value.get("stream_options")
        choices = value.get("n") or 1
        return Prompt(
            body=value,
            segments=_request_segments(messages, leaves),
            model=str(value.get("model", "")),
            stream=value.get("stream") is True,
            include_usage=isinstance(options, dict) and options.get("include_usage") is True,
            choices=choices if isinstance(choices, int) else 1,
            structured=structured(value),
        )

    def _check_shape(self, value: dict[str, JSON], messages: list[JSON], limits: Limits) -> None:
        for switch in SWITCHES & value.keys():
            raise _invalid(switch, f"`{switch}` is not accepted here; leave it out")
        if not isinstance(value.get("stream", False), bool):
            raise _invalid("stream", "`stream` must be true or false")
        if sum(1 for _ in objects(messages)) != len(messages):
            raise _invalid("messages", "every message must be an object")
        if limits.media is Media.REFUSE and any(_has_media(m) for m in objects(messages)):
            raise _invalid(
                "messages",
                "images, audio and files cannot be screened by this gateway; send text only",
                code="unscreenable_content",
            )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        return [
            Segment(text.text, text.role, text.path, is_key=text.is_key)
            for text in self.texts(body)
        ]

    def texts(self, event: JSON) -> list[Text]:
        """Every string leaf of a response or event, by the text that it continues."""
        texts = [_text(event, leaf) for leaf in _spoken(string_leaves(event, KEYS))]
        texts.extend(_token_bytes(event))
        return texts

    def event_name(self, event: JSON) -> bytes:
        return b""

    def ended(self, event: JSON) -> int | None:
        return None

    def ending(self, event: JSON) -> Ending:
        """A finish reason; `[DONE]` is no event."""
        return Ending.MAY_END if self.speech_ends(event) else Ending.GOES_ON

    def bears_label(self, event: JSON) -> bool:
        """Whether this event ends a choice, or stands behind the last one."""
        return not _choices(event) or self.speech_ends(event)

    def speech_ends(self, event: JSON) -> bool:
        return any(choice.get("finish_reason") for choice in _choices(event))

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        return bodies.error(kind, refusal.code, refusal.message, refusal.param, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return bodies.error("upstream_error", fault.code, fault.message, None, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.content_filter_error(notice)

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.blocked(prompt, body, notice, created)

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        return bodies.answered(prompt, answer, exchange_id, created)

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> ChatDelivery:
        return ChatDelivery(prompt, exchange_id, created)

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        return bodies.with_text(body, before, after)

    def spoken(self, body: JSON) -> list[str]:
        return bodies.spoken(body)

    def usage(self, body: JSON) -> Usage | None:
        return bodies.usage(body)

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        bare = bodies.without_logprobs(body)
        return replaced(bare, [(path, text) for path, text in edits if "logprobs" not in path])


def _parsed(body: bytes, limits: Limits) -> dict[str, JSON]:
    try:
        value = parse(body, limits.depth)
    except NotStrictJSON as error:
        raise _invalid(None, f"{error}", code="invalid_json") from None
    if not isinstance(value, dict):
        raise _invalid(None, "the body must be a JSON object")
    return value


def _check_sizes(
    value: dict[str, JSON], messages: list[JSON], leaves: list[StringLeaf], limits: Limits
) -> None:
    tools, choices = value.get("tools"), value.get("n")
    if len(messages) > limits.messages:
        raise _too_large("messages", f"at most {limits.messages} messages are accepted")
    if isinstance(tools, list) and len(tools) > limits.tools:
        raise _too_large("tools", f"at most {limits.tools} tools are accepted")
    if choices is not None and not (type(choices) is int and 1 <= choices <= limits.choices):
        raise _invalid("n", f"`n` must be a whole number from 1 to {limits.choices}")
    if len(leaves) > limits.leaves:
        raise _too_large(None, f"at most {limits.leaves} strings are accepted in one body")
    if any(len(leaf.text) > limits.string_chars for leaf in leaves):
        raise _too_large(None, f"a string may have at most {limits.string_chars} characters")


def _spoken(leaves: list[StringLeaf]) -> Iterator[StringLeaf]:
    """The leaves that are speech, grammar left out."""
    return (
        leaf
        for leaf in leaves
        if leaf.is_key or not leaf.path or (leaf.path[-1], leaf.text) not in VALUES
    )


def _has_media(message: dict[str, JSON]) -> bool:
    return any(
        part.get("type") in MEDIA_PARTS or MEDIA_PARTS & part.keys()
        for part in objects(message.get("content"))
    )


def _request_segments(messages: list[JSON], leaves: list[StringLeaf]) -> tuple[Segment, ...]:
    speakers = [_ROLES.get(str(message.get("role")), Role.FIELD) for message in objects(messages)]
    return tuple(
        Segment(leaf.text, _request_role(speakers, leaf.path), leaf.path, is_key=leaf.is_key)
        for leaf in _spoken(leaves)
    )


def _request_role(speakers: list[Role], path: Path) -> Role:
    """`speakers` has the role of each message."""
    match path:
        case ("messages", int(), "name" | "role" | "tool_call_id", *_):
            return Role.FIELD
        case ("messages", int(), str(field), *_) if field in _REASONING:
            return Role.REASONING
        case ("messages", int(number), _, *_):
            return speakers[number]
    return Role.FIELD


def _choices(event: JSON) -> list[dict[str, JSON]]:
    return list(objects(event.get("choices"))) if isinstance(event, dict) else []


def _text(event: JSON, leaf: StringLeaf) -> Text:
    field, role, grows, nested = _place(leaf.path, leaf.is_key)
    choice = _choice_number(event, leaf.path)
    if "tool_calls" in leaf.path:
        field = _with_call_number(event, leaf.path, field)
    repeats = leaf.is_key or leaf.path[0] in _SAME_IN_EVERY_EVENT
    key = choice, field
    return Text(key, role, leaf.path, leaf.text, not grows, repeats, leaf.is_key, nested=nested)


@lru_cache(maxsize=4096)
def _place(path: Path, is_key: bool) -> tuple[str, Role, bool, bool]:
    """The field a path belongs to, list positions left out; whose text it is; whether it grows;
    whether it is JSON within a string."""
    names = [step for step in path if isinstance(step, str)]
    if is_key:
        return KEYS_FIELD, Role.FIELD, False, False
    spoken = names[2:] if names[:1] == ["choices"] else []
    if names[1:2] not in (["delta"], ["message"]) or not spoken:
        role = Role.FIELD
    else:
        role = Role.REASONING if spoken[0] in _REASONING else Role.ASSISTANT
    if names[:1] == ["choices"] and names[1:2] in (["delta"], ["message"]):
        names = ["message", *names[2:]]
    grows = names[:1] == ["message"] and names[-1] not in _SAID_AT_ONCE
    nested = grows and names[-1] == "arguments"
    return ".".join(names), role, grows or "logprobs" in names, nested


def _choice_number(event: JSON, path: Path) -> int:
    """The `index` of the choice that a path stands in; its position where none is given."""
    if len(path) < 2 or path[0] != "choices" or not isinstance(path[1], int):
        return _OUTSIDE
    choice = at(event, path[:2])
    index = choice.get("index", path[1]) if isinstance(choice, dict) else path[1]
    return index if isinstance(index, int) else path[1]


def _with_call_number(event: JSON, path: Path, field: str) -> str:
    """Fragments of one tool call share its `index`, wherever they stand in an event."""
    position = path.index("tool_calls") + 1
    if position >= len(path):
        return field
    call = at(event, path[: position + 1])
    number = call.get("index", path[position]) if isinstance(call, dict) else path[position]
    return f"{field}#{number}"


def _token_bytes(event: JSON) -> Iterator[Text]:
    """The `bytes` lists of log-probabilities, which spell the text once more, in numbers."""
    for position, choice in enumerate(_choices(event)):
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict):
            for field in ("content", "refusal"):
                path: Path = ("choices", position, "logprobs", field)
                spelled = b"".join(_all_bytes(logprobs.get(field)))
                if spelled:
                    key = (_choice_number(event, path), f"choices.logprobs.{field}.bytes")
                    yield Text(key, Role.ASSISTANT, path, spelled.decode(errors="replace"))


def _all_bytes(tokens: JSON) -> Iterator[bytes]:
    for token in objects(tokens):
        numbers = token.get("bytes")
        if isinstance(numbers, list):
            yield bytes(n for n in numbers if isinstance(n, int) and 0 <= n < 256)
        yield from _all_bytes(token.get("top_logprobs"))


def _invalid(param: str | None, message: str, code: str = "invalid_request") -> Refusal:
    return Refusal(400, code, message, param=param)


def _too_large(param: str | None, message: str) -> Refusal:
    return Refusal(413, "request_too_large", message, param=param)
