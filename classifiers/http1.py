"""One HTTP/1.1 connection to a model endpoint: a request out, its answer in, and then the next.

llhttp reads the answers (through httptools). What this module adds is who may have the bytes: a
connection serves one request at a time, and is fit for another only if the last answer was read to
its end, nothing came behind it, and nobody gave up on the way (RFC 9112, section 9).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

import httptools

RawHeaders = list[tuple[bytes, bytes]]

MAX_HEAD_BYTES = 65_536
"""Of the status line and headers of an answer."""
_HIGH_BYTES = 262_144
"""Of an answer that nobody has taken yet; above, the endpoint is made to wait."""
_NO_BODY = frozenset({204, 304})


class WireError(Exception):
    """The connection or what came over it is no good. The text names the kind, never content."""


class ClosedError(WireError):
    """The connection ended before the answer did."""


class Wire(asyncio.Protocol):
    """A connection. Belongs to one event loop; never to two requests at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._problem: WireError | None = None
        self._asked = False
        """Whether a request is out whose answer has not been read to its end."""
        self._fresh = True
        """False once anything came that no request had asked for."""
        self._waiting: asyncio.Future[None] | None = None
        self._forget()

    def _forget(self) -> None:
        """Make ready for an answer."""
        self.status = 0
        self.headers: RawHeaders = []
        self._head_bytes = 0
        self._has_head = False
        self._framed = False
        """Whether the headers say where the body ends; without, the connection's end does."""
        self._complete = False
        self._keeps = False
        """Whether the endpoint will take another request on this connection."""
        self._parts: deque[bytes] = deque()
        self._held = 0
        self._paused = False

    # What the pool asks.

    @property
    def usable(self) -> bool:
        """Whether another request may go out on it."""
        return self._fresh and not self._asked and self._transport is not None

    def close(self) -> None:
        """Break off: whatever the endpoint was doing for us, it learns that nobody listens."""
        self._fresh = False
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, request: bytes, body: bytes) -> None:
        """Send a request and wait for the head of its answer. Raises WireError."""
        if not self.usable or self._transport is None:
            raise ClosedError("closed")
        self._forget()
        self._asked = True
        self._transport.writelines((request, body) if body else (request,))
        while not self._has_head:
            await self._news()

    async def part(self) -> bytes:
        """The next bytes of the body; empty at its end. Raises WireError where it is cut short."""
        while not self._parts and not self._complete:
            await self._news()
        if not self._parts:
            return b""
        part = self._parts.popleft() if len(self._parts) == 1 else self._all_parts()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return part

    def done(self) -> bool:
        """End the exchange; whether the connection may serve another."""
        whole = self._complete and self._keeps and not self._parts
        if whole and self._transport is not None and not self._transport.get_write_buffer_size():
            self._asked = False
        return self.usable

    def _all_parts(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole

    async def _news(self) -> None:
        """Wait until something comes. Raises what is wrong, if that is the news."""
        self._raise_problem()
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
        if not self._complete and not self._parts:
            self._raise_problem()

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    def _tell(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _break(self, problem: WireError) -> None:
        self._problem = self._problem or problem
        self._fresh = False
        if self._transport is not None:
            self._transport.abort()
        self._tell()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's, so nothing can be asked of them.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._asked or self._complete:
            self._break(WireError("unasked"))  # an answer to nobody, or more than one
            return
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._break(WireError("garbled"))
            return
        if not self._has_head and self._head_bytes > MAX_HEAD_BYTES:
            self._break(WireError("head too large"))
            return
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fresh = False
        if self._has_head and not self._framed and exc is None and self._problem is None:
            self._complete = True  # a body without length ends with its connection
        elif not self._complete:
            self._problem = self._problem or ClosedError("closed")
        self._tell()

    # What llhttp tells.

    def on_message_begin(self) -> None:
        if self._complete:
            raise WireError("unasked")  # ends the parser, which is told nothing more

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200:  # on the way, not yet the answer (RFC 9110, section 15.2)
            self.headers = []
            return
        names = {name for name, _ in self.headers}
        self.status = status
        self._framed = bool(names & {b"content-length", b"transfer-encoding"}) or status in _NO_BODY
        self._has_head = True

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)
        self._held += len(body)
        if self._held > _HIGH_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._has_head:
            self._complete = True
            self._keeps = self._framed and self._parser.should_keep_alive()
