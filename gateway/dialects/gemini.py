"""Gemini's `generateContent` and `streamGenerateContent`. The model's name stands in the path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.types import Role, Segment
from gateway.dialects import gemini_bodies as bodies
from gateway.dialects.dialect import KEYS_FIELD, Ending, Limits, Notice, Prompt, Text
from gateway.dialects.gemini_words import KEYS, VALUES
from gateway.dialects.reading import (
    check_tools,
    everything,
    invalid,
    leaves_of,
    list_of_objects,
    object_of,
    refuse_media,
    refuse_stored,
    spoken_leaves,
)
from gateway.errors import Refusal, UpstreamFault
from gateway.framing import JSON_ARRAY, SSE, Framing
from gateway.leaves import Path, StringLeaf, at, objects, string_leaves
from gateway.ledger.records import Usage
from gateway.redact import replaced
from gateway.strict_json import JSON

_MEDIA = ("inlineData", "inline_data", "fileData", "file_data")
_STORED = ("cachedContent", "cached_content")
_OUTSIDE = -1
"""The choice number of what stands outside the candidates."""
_GROWING: dict[Path, str] = {
    ("text",): "text",
    ("executableCode", "code"): "code",
    ("codeExecutionResult", "output"): "output",
}


class Gemini:
    """One model behind one method. `framing` is how its answers stream; None where none is asked
    to, and should one stream all the same, it is in SSE."""

    credential = "x-goog-api-key"
    speaks = True
    spoken_field = "text"
    repeats = False

    def __init__(self, model: str, framing: Framing | None = None) -> None:
        self._model = model
        self._streams = framing is not None
        self.framing = framing or SSE
        self.name = "gemini.stream" if self._streams else "gemini.generate"

    @property
    def streamed(self) -> Gemini:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        value = object_of(body, limits)
        contents = list_of_objects(value, "contents", limits.messages)
        check_tools(value, limits)
        media = any(name in item for item in everything(value) for name in _MEDIA)
        refuse_media(media, "contents", limits)
        refuse_stored(next((name for name in _STORED if value.get(name)), None), limits)
        config = value.get("generationConfig", value.get("generation_config"))
        config = config if isinstance(config, dict) else {}
        name = Segment(self._model, Role.FIELD, ("parameters", "model"), is_key=True)
        segments = _request_segments(contents, leaves_of(value, KEYS, limits))
        return Prompt(
            body=value,
            segments=(name, *segments),
            model=self._model,
            stream=self._streams,
            choices=_choices_asked(config, limits),
            structured=bool(value.get("tools")) or _wants_json(config),
        )

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        return [Segment(t.text, t.role, t.path, is_key=t.is_key) for t in self.texts(body)]

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        return bodies.error(refusal.status, refusal.code, refusal.message, exchange_id)

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        return bodies.error(fault.status, fault.code, fault.message, exchange_id)

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 200, bodies.blocked_prompt(notice)

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.stopped(prompt, body, notice)

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        said = bodies.said(prompt, answer, [*range(prompt.choices)], "STOP")
        return {**said, "responseId": exchange_id, "usageMetadata": bodies.counts(None)}

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        """The label stands before the first and behind the last spoken part of each candidate."""
        for i, _ in enumerate(_candidates(body)):
            parts = _spoken_parts(body, i)
            for path, label, ahead in ((parts[:1], before, True), (parts[-1:], after, False)):
                for place in path:
                    said = at(body, place)
                    body = replaced(
                        body, [(place, f"{label}{said}" if ahead else f"{said}{label}")]
                    )
        return body

    def spoken(self, body: JSON) -> list[str]:
        return [
            "".join(str(at(body, path)) for path in _spoken_parts(body, i))
            for i, _ in enumerate(_candidates(body))
        ]

    def usage(self, body: JSON) -> Usage | None:
        given = body.get("usageMetadata") if isinstance(body, dict) else None
        if not isinstance(given, dict):
            return None
        asked, said = given.get("promptTokenCount"), given.get("candidatesTokenCount")
        return Usage(
            prompt_tokens=asked if isinstance(asked, int) else None,
            completion_tokens=said if isinstance(said, int) else None,
        )

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """The body with strings replaced, and without the token lists that would repeat them."""
        spoken = [(path, text) for path, text in edits if "logprobsResult" not in path]
        body = replaced(body, spoken)
        if not isinstance(body, dict) or not isinstance(body.get("candidates"), list):
            return body
        candidates: list[JSON] = [
            {key: item for key, item in candidate.items() if key != "logprobsResult"}
            for candidate in _candidates(body)
        ]
        return {**body, "candidates": candidates}

    # Streams.

    def event_name(self, event: JSON) -> bytes:
        return b""

    def texts(self, event: JSON) -> list[Text]:
        leaves = spoken_leaves(string_leaves(event, KEYS), VALUES)
        return [_text(event, leaf) for leaf in leaves]

    def ended(self, event: JSON) -> int | None:
        return None

    def ending(self, event: JSON) -> Ending:
        if not isinstance(event, dict):
            return Ending.GOES_ON
        if event.get("error"):
            return Ending.FAILED
        feedback = event.get("promptFeedback")
        blocked = isinstance(feedback, dict) and bool(feedback.get("blockReason"))
        return Ending.MAY_END if blocked or self.speech_ends(event) else Ending.GOES_ON

    def bears_label(self, event: JSON) -> bool:
        return self.ending(event) is not Ending.GOES_ON

    def speech_ends(self, event: JSON) -> bool:
        return any(candidate.get("finishReason") for candidate in _candidates(event))

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> GeminiDelivery:
        return GeminiDelivery(prompt)


class GeminiDelivery:
    """One streamed answer as it leaves: every event is a response of its own."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt

    def outgoing(self, event: JSON) -> JSON:
        return event

    def dropped(self, event: JSON) -> None:
        pass

    def saying(self, like: JSON, text: str) -> list[JSON]:
        numbers = [candidate.get("index", i) for i, candidate in enumerate(_candidates(like))]
        return [bodies.said(self._prompt, text, numbers, None)]

    def answered(self, answer: str) -> list[JSON]:
        numbers: list[JSON] = [*range(self._prompt.choices)]
        said = bodies.said(self._prompt, answer, numbers, "STOP")
        return [{**said, "usageMetadata": bodies.counts(None)}]

    def stopped(self, notice: Notice) -> list[JSON]:
        return [bodies.stopped(self._prompt, None, notice)]

    def broken(self, error: JSON) -> list[JSON]:
        return [error]


def streaming(model: str) -> Gemini:
    """`streamGenerateContent?alt=sse`."""
    return Gemini(model, SSE)


def streaming_array(model: str) -> Gemini:
    """`streamGenerateContent` without `alt`: one JSON array, element by element."""
    return Gemini(model, JSON_ARRAY)


def _choices_asked(config: dict[str, JSON], limits: Limits) -> int:
    given = config.get("candidateCount", config.get("candidate_count", 1))
    if type(given) is not int or not 1 <= given <= limits.choices:
        raise invalid("candidateCount", f"must be a whole number from 1 to {limits.choices}")
    return given


def _wants_json(config: dict[str, JSON]) -> bool:
    kind = config.get("responseMimeType", config.get("response_mime_type", "text/plain"))
    return kind != "text/plain"


def _request_segments(
    contents: list[dict[str, JSON]], leaves: list[StringLeaf]
) -> tuple[Segment, ...]:
    roles = {"user": Role.USER, "model": Role.ASSISTANT, "function": Role.TOOL}
    speakers = [roles.get(str(content.get("role", "user")), Role.FIELD) for content in contents]

    def role(path: Path) -> Role:
        match path:
            case ("systemInstruction" | "system_instruction", *_):
                return Role.SYSTEM
            case ("contents", int(), "role", *_):
                return Role.FIELD
            case ("contents", int(), "parts", int(), "functionResponse" | "function_response", *_):
                return Role.TOOL
            case ("contents", int(number), "parts", int(position), *_):
                part = at(contents[number], ("parts", position))
                thought = isinstance(part, dict) and part.get("thought") is True
                return Role.REASONING if thought else speakers[number]
            case ("contents", int(number), *_):
                return speakers[number]
        return Role.FIELD

    return tuple(
        Segment(leaf.text, role(leaf.path), leaf.path, is_key=leaf.is_key)
        for leaf in spoken_leaves(leaves, VALUES)
    )


def _candidates(event: JSON) -> list[dict[str, JSON]]:
    return list(objects(event.get("candidates"))) if isinstance(event, dict) else []


def _spoken_parts(body: JSON, number: int) -> list[Path]:
    """Where the text that people read stands in a candidate."""
    content = _candidates(body)[number].get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [
        ("candidates", number, "content", "parts", i, "text")
        for i, part in enumerate(objects(parts))
        if isinstance(part.get("text"), str) and part.get("thought") is not True
    ]


def _text(event: JSON, leaf: StringLeaf) -> Text:
    number = _number(event, leaf.path)
    if leaf.is_key:
        return Text((number, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    match leaf.path:
        case ("candidates", int(), "content", "parts", int(), *rest):
            return _in_part(at(event, leaf.path[:5]), number, leaf, tuple(rest))
    names = [step for step in leaf.path if isinstance(step, str)]
    grows = "logprobsResult" in names
    role = Role.ASSISTANT if grows else Role.FIELD
    repeats = len(leaf.path) == 1
    return Text((number, ".".join(names)), role, leaf.path, leaf.text, not grows, repeats)


def _in_part(part: JSON, number: int, leaf: StringLeaf, rest: Path) -> Text:
    thought = isinstance(part, dict) and part.get("thought") is True
    role = Role.REASONING if thought else Role.ASSISTANT
    names: Iterator[str] = (step for step in rest if isinstance(step, str))
    field = _GROWING.get(rest)
    if field is not None:
        return Text((number, "thought" if thought else field), role, leaf.path, leaf.text)
    return Text((number, ".".join(names)), role, leaf.path, leaf.text, whole=True)


def _number(event: JSON, path: Path) -> int:
    """The `index` of the candidate that a path stands in; its position where none is given."""
    if path[0] != "candidates" or len(path) < 2 or not isinstance(path[1], int):
        return _OUTSIDE
    candidate = at(event, path[:2])
    index = candidate.get("index", path[1]) if isinstance(candidate, dict) else path[1]
    return index if isinstance(index, int) else path[1]
