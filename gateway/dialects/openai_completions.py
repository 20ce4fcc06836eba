"""`POST /v1/completions`: a prompt and the text that goes on from it, as vLLM still serves it."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.types import Role, Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import KEYS_FIELD, Ending, Limits, Notice, Prompt, Text
from gateway.dialects.openai_chat_stream import ChatDelivery
from gateway.dialects.openai_words import KEYS as CHAT_KEYS
from gateway.dialects.reading import flag, invalid, leaves_of, object_of, structured, text_of
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import SSE_DONE
from gateway.leaves import Path, StringLeaf, at, objects, string_leaves
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.seams import Around
from gateway.strict_json import JSON

KEYS = CHAT_KEYS | frozenset(
    """
    best_of echo prompt suffix text_offset token_logprobs tokens prompt_logprobs stop_reason
    """.split()
)
_OUTSIDE = -1


class OpenAICompletions:
    """The completions dialect. Holds nothing; one instance serves every exchange."""

    name = "openai.completions"
    credential = "authorization"
    speaks = True
    spoken_field = "text"
    framing = SSE_DONE
    repeats = False

    @property
    def streamed(self) -> OpenAICompletions:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = object_of(body, limits)
        prompts, each = _prompts(value), _asked(value, limits)
        choices = max(1, len(prompts)) * each
        if choices > limits.choices:
            raise invalid("n", f"at most {limits.choices} texts are made at once")
        options = value.get("stream_options")
        leaves = leaves_of(value, KEYS, limits)
        return Prompt(
            body=value,
            segments=tuple(
                Segment(leaf.text, _request_role(leaf), leaf.path, is_key=leaf.is_key)
                for leaf in leaves
            ),
            model=str(value.get("model", "")),
            stream=flag(value, "stream", default=False),
            include_usage=isinstance(options, dict) and options.get("include_usage") is True,
            choices=choices,
            structured=structured(value),
            around=Around(prompts, each, text_of(value, "suffix")),
        )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        return [Segment(t.text, t.role, t.path, is_key=t.is_key) for t in self.texts(body)]

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        kind = "invalid_request_error" if refusal.status < 500 else "server_error"
        return bodies.error(kind, refusal.code, refusal.message, refusal.param, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return bodies.error("upstream_error", fault.code, fault.message, None, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.content_filter_error(notice, "prompt")

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        said = self._said(prompt, notice.exchange_id, created, "", bodies.CONTENT_FILTER)
        return {**said, "usage": bodies.tokens(body), "stoplog": bodies.reason(notice)}

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        said = self._said(prompt, exchange_id, created, answer, "stop")
        return {**said, "usage": bodies.tokens(None)}

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        for path in _spoken_places(body):
            body = replaced(body, [(path, f"{before}{at(body, path)}{after}")])
        return body

    def spoken(self, body: JSON) -> list[str]:
        return [str(at(body, path)) for path in _spoken_places(body)]

    def usage(self, body: JSON) -> Usage | None:
        return bodies.usage(body)

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        bare = bodies.without_logprobs(body)
        return replaced(bare, [(path, text) for path, text in edits if "logprobs" not in path])

    # Streams.

    def event_name(self, event: JSON) -> bytes:
        return b""

    def texts(self, event: JSON) -> list[Text]:
        return [_text(event, leaf) for leaf in string_leaves(event, KEYS) if not _grammar(leaf)]

    def ended(self, event: JSON) -> int | None:
        return None

    def ending(self, event: JSON) -> Ending:
        return Ending.MAY_END if self.speech_ends(event) else Ending.GOES_ON

    def bears_label(self, event: JSON) -> bool:
        return not _choices(event) or self.speech_ends(event)

    def speech_ends(self, event: JSON) -> bool:
        return any(choice.get("finish_reason") for choice in _choices(event))

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> CompletionsDelivery:
        return CompletionsDelivery(self, prompt, exchange_id, created)

    def _said(
        self, prompt: Prompt, exchange_id: str, created: int, text: str, finish: str | None
    ) -> dict[str, JSON]:
        return {
            "id": f"cmpl-{exchange_id}",
            "object": "text_completion",
            "created": created,
            "model": prompt.model,
            "choices": [
                {"index": i, "text": text, "logprobs": None, "finish_reason": finish}
                for i in range(prompt.choices)
            ],
        }

    def piece(
        self, prompt: Prompt, exchange_id: str, created: int, text: str, finish: str | None
    ) -> dict[str, JSON]:
        """An event that says a text in every choice."""
        return self._said(prompt, exchange_id, created, text, finish)


class CompletionsDelivery(ChatDelivery):
    """As in chat every event stands alone; only its shape is another."""

    def __init__(
        self, dialect: OpenAICompletions, prompt: Prompt, exchange_id: str, created: int
    ) -> None:
        super().__init__(prompt, exchange_id, created)
        self._dialect = dialect

    def saying(self, like: JSON, text: str) -> list[JSON]:
        said = self._piece(text, None)
        numbers = {choice.get("index") for choice in _choices(like)}
        asked = [c for c in objects(said["choices"]) if c["index"] in numbers]
        return [{**said, "choices": [*asked]}]

    def answered(self, answer: str) -> list[JSON]:
        events: list[JSON] = [self._piece(answer, None), self._piece("", "stop")]
        if self._prompt.include_usage:
            events.append({**self._piece("", None), "choices": [], "usage": bodies.tokens(None)})
        return events

    def stopped(self, notice: Notice) -> list[JSON]:
        last = self._piece("", bodies.CONTENT_FILTER)
        return [{**last, "stoplog": bodies.reason(notice)}]

    def _piece(self, text: str, finish: str | None) -> dict[str, JSON]:
        said = self._dialect.piece(self._prompt, self._exchange_id, self._created, text, finish)
        return {**said, **bodies.identity(self._last)}


def _prompts(value: dict[str, JSON]) -> tuple[str, ...]:
    """The texts to be gone on from. Token numbers are text that nobody here can read."""
    prompt = value.get("prompt", "")
    given = prompt if isinstance(prompt, list) else [prompt]
    texts = tuple(text for text in given if isinstance(text, str))
    if len(texts) != len(given):
        raise invalid(
            "prompt",
            "`prompt` must be a string or a list of strings; tokens cannot be screened",
            code="unscreenable_content",
        )
    return texts


def _asked(value: dict[str, JSON], limits: Limits) -> int:
    counts = [value.get(name) or 1 for name in ("n", "best_of")]
    if not all(type(count) is int and 1 <= count <= limits.choices for count in counts):
        raise invalid("n", f"`n` and `best_of` must be whole numbers from 1 to {limits.choices}")
    return counts[0] if isinstance(counts[0], int) else 1


def _request_role(leaf: StringLeaf) -> Role:
    return Role.USER if leaf.path[0] in ("prompt", "suffix") and not leaf.is_key else Role.FIELD


def _choices(event: JSON) -> list[dict[str, JSON]]:
    return list(objects(event.get("choices"))) if isinstance(event, dict) else []


def _spoken_places(body: JSON) -> list[Path]:
    return [
        ("choices", i, "text")
        for i, choice in enumerate(_choices(body))
        if isinstance(choice.get("text"), str)
    ]


_GRAMMAR = frozenset(
    {
        ("object", "text_completion"),
        *(("finish_reason", reason) for reason in ("stop", "length", "content_filter")),
    }
)


def _grammar(leaf: StringLeaf) -> bool:
    return not leaf.is_key and bool(leaf.path) and (leaf.path[-1], leaf.text) in _GRAMMAR


def _text(event: JSON, leaf: StringLeaf) -> Text:
    number = _number(event, leaf.path)
    if leaf.is_key:
        return Text((number, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    names = [step for step in leaf.path if isinstance(step, str)]
    field = ".".join(names[1:] if number != _OUTSIDE else names)
    grows = number != _OUTSIDE and names[-1] != "finish_reason"
    role = Role.ASSISTANT if grows else Role.FIELD
    return Text((number, field), role, leaf.path, leaf.text, not grows, len(leaf.path) == 1)


def _number(event: JSON, path: Path) -> int:
    if path[0] != "choices" or len(path) < 2 or not isinstance(path[1], int):
        return _OUTSIDE
    choice = at(event, path[:2])
    index = choice.get("index", path[1]) if isinstance(choice, dict) else path[1]
    return index if isinstance(index, int) else path[1]
