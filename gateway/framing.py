"""How the events of a streamed answer stand in its bytes: SSE, JSON lines, or one JSON array.

Each cutter works on bytes and looks at each byte once, so a chunk may end anywhere, inside a
character too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.sse import DONE, EventTooLarge, Frame, FrameSplitter
from gateway.sse import encode as encode_sse


class Splitter(Protocol):
    """Cuts the bytes of one answer into frames."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take more bytes; return the events that are now whole. Raises EventTooLarge."""
        ...

    def finish(self) -> list[Frame]:
        """The answer ended; return what only its end makes whole."""
        ...


@dataclass(frozen=True, slots=True)
class Framing:
    """One way of putting events into bytes."""

    media_type: str
    """What an upstream calls it."""
    content_type: bytes
    """What we call it."""
    splitter: Callable[[int], Splitter]
    """Opens a cutter, given the size of the largest event."""
    encode: Callable[[bytes, bytes], bytes]
    """One event of our own from its data and its name."""
    done: bytes = b""
    """The data of a last event that is no JSON; empty where the last event is one."""
    comment: bytes = b""
    """Bytes that say nothing and keep a connection alive; empty where there are none."""
    opening: bytes = b""
    between: bytes = b""
    closing: bytes = b""
    """What stands before the first event, between two, and behind the last."""


class LineSplitter:
    """JSON lines: an event per line. Lines end in LF; a CR before it is white space to JSON."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[Frame]:
        scan = len(self._rest)
        self._rest += chunk
        if self._rest.find(b"\n", scan) < 0:
            lines = []
        else:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
        if len(self._rest) > self._max_bytes or any(len(ln) > self._max_bytes for ln in lines):
            raise EventTooLarge
        return [_line(line) for line in lines if line.strip()]

    def finish(self) -> list[Frame]:
        line = bytes(self._rest)
        self._rest.clear()
        return [_line(line)] if line.strip() else []


def _line(line: bytes) -> Frame:
    return Frame(line + b"\n", line, at=0)


class ArraySplitter:
    """One JSON array, an event per element. What is not an array of objects comes out whole, to
    be found unreadable."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._scan = 0
        """Where the next look at `_rest` begins."""
        self._depth = 0
        self._in_string = False
        self._open = False
        """Whether the array has begun."""
        self._closed = False

    def feed(self, chunk: bytes) -> list[Frame]:
        self._rest += chunk
        frames: list[Frame] = []
        begin = 0
        while (match := _TOKEN.search(self._rest, self._scan)) is not None:
            if match.group() == b"\\":
                if match.end() == len(self._rest):
                    self._scan = match.start()
                    break
                self._scan = match.end() + 1
                continue
            self._scan = match.end()
            begin = self._take(match.group(), match.start(), begin, frames)
        else:
            self._scan = len(self._rest)
        del self._rest[:begin]
        self._scan -= begin
        if len(self._rest) > self._max_bytes or any(len(f.raw) > self._max_bytes for f in frames):
            raise EventTooLarge
        return frames

    def _take(self, token: bytes, at: int, begin: int, frames: list[Frame]) -> int:
        """Note one token; return where what is not yet handed out begins."""
        if token == b'"':
            self._in_string = not self._in_string
        elif self._in_string:
            return begin
        elif token in b"[{":
            self._depth += 1
            if self._depth == 1 and token == b"[" and not self._open:
                self._open = True
                return at + 1 if not self._rest[begin:at].strip() else begin
        elif token in b"]}":
            self._depth -= 1
            if self._depth == 1 and self._open:
                return self._element(begin, at + 1, frames)
            if self._depth == 0 and self._open and not self._rest[begin:at].strip():
                self._closed = True
                return at + 1
        return begin

    def _element(self, begin: int, end: int, frames: list[Frame]) -> int:
        raw = bytes(self._rest[begin:end]).lstrip(b" \t\r\n,")
        frames.append(Frame(raw, raw, at=0))
        return end

    def finish(self) -> list[Frame]:
        rest = bytes(self._rest).strip()
        self._rest.clear()
        whole = self._closed and not rest
        return [] if whole else [Frame(rest, rest or b"[", at=0)]


_TOKEN = re.compile(rb'["\\{}\[\]]')


def _bare(data: bytes, _: bytes) -> bytes:
    return data


def _on_a_line(data: bytes, _: bytes) -> bytes:
    return data + b"\n"


_SSE_TYPE = b"text/event-stream; charset=utf-8"
_HOLD = b": hold\n\n"

SSE = Framing("text/event-stream", _SSE_TYPE, FrameSplitter, encode_sse, comment=_HOLD)
"""Server-sent events whose last one says so itself: Responses, Anthropic, Gemini."""
SSE_DONE = Framing("text/event-stream", _SSE_TYPE, FrameSplitter, encode_sse, DONE, _HOLD)
"""Server-sent events that end in `[DONE]`: OpenAI chat and completions."""
NDJSON = Framing("application/x-ndjson", b"application/x-ndjson", LineSplitter, _on_a_line)
"""A JSON object per line: Ollama."""
JSON_ARRAY = Framing(
    "application/json",
    b"application/json; charset=utf-8",
    ArraySplitter,
    _bare,
    opening=b"[",
    between=b",\r\n",
    closing=b"]",
)
"""One array whose elements come one by one: Gemini without `alt=sse`."""
