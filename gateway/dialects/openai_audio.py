"""`POST /v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/translations`.

What is to be spoken is screened before it is; what was heard is screened before it is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifiers.types import Role, Segment
from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import (
    KEYS_FIELD,
    AnswersInMedia,
    AnswersInText,
    Ending,
    Limits,
    Notice,
    Prompt,
    TakesForms,
    Text,
)
from gateway.dialects.form_bodies import body_of, files_at
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_chat_stream import ChatDelivery
from gateway.dialects.openai_embeddings import spoken
from gateway.dialects.openai_words import KEYS
from gateway.dialects.reading import (
    invalid,
    leaves_of,
    object_of,
    refuse_switches,
    spelled_in_bytes,
    spoken_leaves,
)
from gateway.forms import Part
from gateway.leaves import Path, StringLeaf, string_leaves
from gateway.ledger.records import Usage
from gateway.media_kinds import is_no_text, is_sound
from gateway.redact import replaced
from gateway.strict_json import JSON, NotStrictJSON, parse

_SPEECH_KEYS = KEYS | {"input", "voice", "instructions", "speed", "stream_format"}
_KEYS = KEYS | frozenset(
    """
    avg_logprob chunking_strategy[type] compression_ratio content_type delta duration end file
    filename include[] input_token_details input_tokens keywords[] known_speaker_names[]
    known_speaker_references[] language languages languages[] lines no_speech_prob output_tokens
    prompt response_format seconds seek segment_id segments speaker start task text temperature
    timestamp_granularities[] tokens usage word words
    """.split()
)
_GRAMMAR = frozenset(
    {
        *(("type", f"transcript.text.{kind}") for kind in ("delta", "done", "segment")),
        *(("type", kind) for kind in ("tokens", "duration")),
        *(("task", task) for task in ("transcribe", "translate")),
        *(("response_format", f) for f in ("json", "text", "srt", "verbose_json", "vtt")),
        *(("stream", word) for word in ("true", "false")),
    }
)
_CUES = ("srt", "vtt")
_IN_TEXT = ("text", *_CUES)
_MARK = r"[0-9]{2,3}:[0-9]{2}(?::[0-9]{2})?[.,][0-9]{3}"
_TIMES = re.compile(rf"{_MARK} --> {_MARK}")
_CUE_NUMBER = re.compile(r"[0-9]{1,5}")
_HEARD = frozenset({"text", "delta", "word"})


class OpenAISpeech(OpenAIChat, AnswersInMedia):
    """Refuses as the chat dialect does. What it answers is the sound of what was screened."""

    name = "openai.speech"
    speaks = False

    @property
    def streamed(self) -> None:
        return None

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = object_of(body, limits)
        if not isinstance(value.get("input"), str) or not value["input"]:
            raise invalid("input", "`input` must be text")
        if value.get("stream_format") not in (None, "audio"):
            raise invalid("stream_format", "sound comes whole here; leave `stream_format` out")
        leaves = leaves_of(value, _SPEECH_KEYS, limits)
        return Prompt(value, spoken(leaves, "input"), model=str(value.get("model", "")))

    def is_medium(self, prompt: Prompt, kind: str, data: bytes) -> bool:
        if not kind.startswith("audio/") and kind != "application/octet-stream":
            return False
        asked = prompt.body.get("response_format") if isinstance(prompt.body, dict) else None
        return is_sound(data) or (asked == "pcm" and is_no_text(data))

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.content_filter_error(notice, "input")

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice, "input")


class OpenAITranscription(OpenAIChat, TakesForms, AnswersInText):
    """What was heard, as JSON, as text, as cues, or as a stream of events."""

    name = "openai.transcription"
    speaks = False
    spoken_field = "text"
    repeats = True

    @property
    def streamed(self) -> OpenAITranscription:
        return self

    def read(self, body: bytes, limits: Limits) -> Prompt:
        raise invalid(None, "send multipart/form-data", code="invalid_form")

    def read_form(self, parts: Sequence[Part], limits: Limits) -> Prompt:
        value, files = body_of(parts)
        refuse_switches(value)
        if len([*files_at(value, "file")]) != 1 or not isinstance(value.get("file"), dict):
            raise invalid("file", "`file` must be one file")
        if not is_sound(files[0]) or len(files) != 1:
            raise invalid(
                "file", "`file` must be a recording, and the only file", code="unscreenable_content"
            )
        if value.get("known_speaker_references[]"):
            what = "recordings in place of names cannot be screened; leave them out"
            raise invalid("known_speaker_references", what, code="unscreenable_content")
        leaves = leaves_of(value, _KEYS, limits)
        stream = value.get("stream", "false")
        if stream not in ("true", "false"):
            raise invalid("stream", "`stream` must be true or false")
        return Prompt(
            value,
            _request_segments(leaves),
            model=str(value.get("model", "")),
            stream=stream == "true",
            files=files,
        )

    # Answers that come whole.

    def parse_answer(self, prompt: Prompt, kind: str, data: bytes) -> JSON:
        if kind == "application/json":
            return parse(data)
        if not _asked(prompt) or not kind.startswith(("text/", "application/x-subrip")):
            raise NotStrictJSON("this is not what was asked for")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise NotStrictJSON("the answer is not UTF-8") from None
        if _asked(prompt) == "text":
            return {"text": text}
        return {"lines": [{"text": line} for line in text.split("\n")]}

    def write_answer(self, prompt: Prompt, body: JSON) -> tuple[bytes, bytes]:
        given = body if isinstance(body, dict) else {}
        lines = given.get("lines")
        if isinstance(lines, list):
            said = [line.get("text") if isinstance(line, dict) else "" for line in lines]
            return b"text/plain; charset=utf-8", "\n".join(map(str, said)).encode()
        return b"text/plain; charset=utf-8", str(given.get("text", "")).encode()

    def outputs(self, body: JSON) -> list[Segment]:
        frame = _cue_frame(body)
        return [
            Segment(t.text, t.role, t.path, is_key=t.is_key)
            for t in self.texts(body)
            if t.path not in frame
        ]

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        return 400, bodies.content_filter_error(notice, "file")

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        return bodies.content_filter_error(notice, "file")

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        """What was heard was said by somebody, so no label is put among it."""
        return body

    def spoken(self, body: JSON) -> list[str]:
        return []

    def usage(self, body: JSON) -> Usage | None:
        given = body.get("usage") if isinstance(body, dict) else None
        if not isinstance(given, dict):
            return None
        asked, said = given.get("input_tokens"), given.get("output_tokens")
        return Usage(
            prompt_tokens=asked if isinstance(asked, int) else None,
            completion_tokens=said if isinstance(said, int) else None,
        )

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """Without the lists of words and tokens, which would repeat what was masked."""
        kept = [(path, text) for path, text in edits if _REPEATING.isdisjoint(path)]
        return _without_repeats(replaced(body, kept))

    # Streams: OpenAI's own events, or chunks as vLLM sends them.

    def texts(self, event: JSON) -> list[Text]:
        if isinstance(event, dict) and "choices" in event:
            return super().texts(event)
        texts = [_text(event, leaf) for leaf in spoken_leaves(_leaves(event), _GRAMMAR)]
        if spelled := spelled_in_bytes(event):
            key = (0, f"{_kind(event)}.bytes")
            texts.append(Text(key, Role.ASSISTANT, ("logprobs",), spelled))
        return texts

    def ending(self, event: JSON) -> Ending:
        if isinstance(event, dict) and event.get("error"):
            return Ending.FAILED
        over = _kind(event) == "transcript.text.done"
        return Ending.MAY_END if over else super().ending(event)

    def bears_label(self, event: JSON) -> bool:
        return self.ending(event) is not Ending.GOES_ON

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> TranscriptDelivery:
        return TranscriptDelivery(prompt, exchange_id, created)


class TranscriptDelivery(ChatDelivery):
    """A transcript has no word for its being stopped, so it ends in an error."""

    def saying(self, like: JSON, text: str) -> list[JSON]:
        return []

    def stopped(self, notice: Notice) -> list[JSON]:
        return [bodies.content_filter_error(notice, "file")]


def _asked(prompt: Prompt) -> str:
    """The format that was asked for, where it is not JSON."""
    asked = prompt.body.get("response_format") if isinstance(prompt.body, dict) else None
    return asked if isinstance(asked, str) and asked in _IN_TEXT else ""


def _cue_frame(body: JSON) -> set[Path]:
    """The lines that only say where and when a cue stands. A number is one of them in front of the
    times alone: anywhere else it was heard, and may be somebody's."""
    given = body.get("lines") if isinstance(body, dict) else None
    rows = given if isinstance(given, list) else []
    said = [row.get("text") if isinstance(row, dict) else None for row in rows]
    lines = [text.rstrip("\r") if isinstance(text, str) else "" for text in said]
    frame = {number for number, line in enumerate(lines) if _TIMES.fullmatch(line)}
    frame |= {n - 1 for n in frame if n and _CUE_NUMBER.fullmatch(lines[n - 1])}
    if lines[:1] == ["WEBVTT"]:
        frame.add(0)
    return {("lines", number, "text") for number in frame}


def _request_segments(leaves: list[StringLeaf]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            leaf.text,
            Role.USER if leaf.path[0] == "prompt" else Role.FIELD,
            leaf.path,
            is_key=leaf.is_key,
        )
        for leaf in spoken_leaves(leaves, _GRAMMAR)
    )


def _kind(event: JSON) -> str:
    kind = event.get("type") if isinstance(event, dict) else None
    return kind if isinstance(kind, str) else ""


def _leaves(event: JSON) -> list[StringLeaf]:
    return string_leaves(event, _KEYS)


def _text(event: JSON, leaf: StringLeaf) -> Text:
    if leaf.is_key:
        return Text((0, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    path, kind = leaf.path, _kind(event)
    names = [step for step in path if isinstance(step, str)]
    if path == ("delta",) and kind == "transcript.text.delta":
        return Text((0, "text"), Role.ASSISTANT, path, leaf.text)
    if path == ("text",) and kind == "transcript.text.done":
        return Text((0, "text"), Role.ASSISTANT, path, leaf.text, again=True)
    if names[0] == "logprobs":
        return Text((0, f"{kind}.token"), Role.ASSISTANT, path, leaf.text)
    role = Role.ASSISTANT if names[-1] in _HEARD else Role.FIELD
    return Text((0, ".".join(names)), role, path, leaf.text, whole=True)


_REPEATING = frozenset({"logprobs", "words", "tokens"})


def _without_repeats(value: JSON) -> JSON:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in _REPEATING}
        return {key: _without_repeats(item) for key, item in kept.items()}
    return [_without_repeats(item) for item in value] if isinstance(value, list) else value
