"""Server-sent events: bytes to frames and back, keeping the bytes.

Follows the WHATWG grammar (HTML standard, section 9.2.6): lines end in LF, CRLF or CR and in
nothing else, whatever Unicode thinks of U+2028; a blank line ends an event. Parsing is on bytes,
so a chunk may be cut anywhere, inside a character or between CR and LF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"
_CR = 0x0D

DONE = b"[DONE]"


class EventTooLarge(Exception):
    """An event grew past its limit without ending."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it came."""

    raw: bytes
    """The very bytes, blank line included: what leaves when nothing has to change."""
    data: bytes | None
    """The data lines joined by LF; None when the event has none."""
    event: bytes = b""
    """The event's name; empty where it has none."""
    plain: bool = True
    """True when `raw` holds nothing but data and at most one name, so that relaying it relays only
    what `data` and `event` say. Comments, `id`, `retry` and unknown fields nobody screens."""
    at: int = -1
    """Where `data` stands in `raw`; -1 where it is spread over several lines."""


class FrameSplitter:
    """Cuts a byte stream into frames, whatever its chunks. Looks at each byte once."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()
        self._at_start = True
        self._line = 0
        """Where the line that is being read begins in the buffer."""
        self._has_text = False
        """Whether the frame that is being read has a line with text in it."""

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take more bytes; return the events that are now whole.

        Raises EventTooLarge when one exceeds the limit, ended or not.
        """
        scan = len(self._buffer)
        self._buffer += chunk
        if self._at_start and not self._skip_bom():
            return []
        frames = [_frame(raw) for raw in self._cut(min(scan, len(self._buffer)))]
        if len(self._buffer) > self._max_bytes or any(len(f.raw) > self._max_bytes for f in frames):
            raise EventTooLarge
        return frames

    def finish(self) -> list[Frame]:
        """The stream ended. Some upstreams forget the last blank line; what they meant is whole.

        Call it only where the transport says that the body is complete.
        """
        tail = bytes(self._buffer).rstrip(b"\r\n")
        self._buffer.clear()
        return [_frame(tail.lstrip(b"\r\n") + b"\n\n")] if tail else []

    def _skip_bom(self) -> bool:
        """Drop a leading byte-order mark; False while it is not yet clear if there is one."""
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return False
        if self._buffer.startswith(_BOM):
            del self._buffer[: len(_BOM)]
        self._at_start = False
        return True

    def _cut(self, scan: int) -> list[bytes]:
        buffer = self._buffer
        raws: list[bytes] = []
        begin = 0
        # Step back one byte: a CR that waited there may be the first half of CRLF.
        for match in _LINE_END.finditer(buffer, max(self._line, scan - 1)):
            blank = match.start() == self._line
            ends_frame = blank and self._has_text
            if match.end() == len(buffer) and buffer[-1] == _CR and not ends_frame:
                break
            self._line = match.end()
            self._has_text = not ends_frame and (self._has_text or not blank)
            if ends_frame:
                raws.append(bytes(buffer[begin : match.end()]))
                begin = match.end()
        del buffer[:begin]
        self._line -= begin
        return raws


def _frame(raw: bytes) -> Frame:
    one_line = raw.endswith(b"\n\n") and raw.find(b"\n") == len(raw) - 2 and b"\r" not in raw
    if one_line and raw.startswith(b"data: "):
        return Frame(raw, raw[6:-2], at=6)
    return _parse_lines(raw)


def _parse_lines(raw: bytes) -> Frame:
    data: list[bytes] = []
    events: list[bytes] = []
    plain = True
    at = end = 0
    for line in _LINE_END.split(raw):
        begin = raw.index(line, end)
        end = begin + len(line)
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
            at = end - len(value)
        elif name == b"event":
            events.append(value)
        else:
            plain = plain and not line
    return Frame(
        raw,
        b"\n".join(data) if data else None,
        events[-1] if events else b"",
        plain and len(events) < 2,
        at if len(data) == 1 else -1,
    )


def encode(data: bytes, event: bytes = b"") -> bytes:
    """One event. Both must be a single line (our own JSON and event names always are)."""
    if _BREAKS.search(data) or _BREAKS.search(event):
        raise ValueError("an event's data must be one line: this is a bug")
    named = b"event: " + event + b"\n" if event else b""
    return named + b"data: " + data + b"\n\n"


_BREAKS = re.compile(rb"[\r\n\0]")
