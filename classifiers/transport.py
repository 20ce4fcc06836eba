"""The wire below the httpx API: an `httpx2` transport over a pool of `classifiers.http1`
connections.

httpx's own pool looks at every connection each time it hands one out; a general client does many
things that a gateway which builds each request anew has no use for. What both cost stands in
`docs/adr/0002-http-client.md`. The seam stays httpx's: a test may put `httpx2.MockTransport` here.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

from classifiers.http1 import ClosedError, Wire, WireError

_IDLE_S = 15.0
"""How long a connection is kept for another request."""

Origin = tuple[bool, str, int]
"""Whether it speaks TLS, the host, the port."""


@dataclass(frozen=True, slots=True)
class _Idle:
    wire: Wire
    since: float
    """Loop time."""


class PoolTransport(httpx2.AsyncBaseTransport):
    """Sends requests over kept connections, the one that rested least first.

    It follows no redirect, keeps no cookie, decompresses nothing, retries nothing and reads no
    proxy settings. Waiting is bounded by whoever calls; only connecting has a limit of its own.
    """

    def __init__(self, *, connections: int, connect_s: float, tls: ssl.SSLContext | None) -> None:
        self._most = connections
        self._connect_s = connect_s
        self._tls = tls
        self._open = 0
        """Connections that serve, are being made, or rest."""
        self._idle: dict[Origin, list[_Idle]] = {}
        self._queue: deque[asyncio.Future[None]] = deque()
        """Callers who wait until a connection is free, in order."""
        self._closed = False
        self.lost = 0
        """Connections whose answer nobody closed, and which were taken back."""

    async def aclose(self) -> None:
        self._closed = True
        for resting in self._idle.values():
            for idle in resting:
                idle.wire.close()
        self._idle.clear()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        origin = _origin(request.url)
        body = await request.aread()
        wire = await self._take(origin)
        try:
            await wire.ask(_head(request, body), body)
        except WireError as error:
            self._give_back(origin, wire)
            raise _translated(error) from error
        except BaseException:
            self._give_back(origin, wire)
            raise
        return httpx2.Response(
            wire.status,
            headers=wire.headers,
            stream=_Body(self, origin, wire),
            request=request,
        )

    async def _take(self, origin: Origin) -> Wire:
        """A connection that nobody else has."""
        if self._closed:
            raise RuntimeError("the transport is used after its end: this is a bug")
        if self._queue:
            await self._wait()
        while True:
            if (wire := self._rested(origin)) is not None:
                return wire
            if self._open < self._most or self._drop_oldest():
                return await self._connect(origin)
            await self._wait()

    def _rested(self, origin: Origin) -> Wire | None:
        """The connection that was used last, if it is still good."""
        resting = self._idle.get(origin, [])
        oldest = asyncio.get_running_loop().time() - _IDLE_S
        while resting:
            idle = resting.pop()
            if idle.wire.usable and idle.since > oldest:
                return idle.wire
            self._forget(idle.wire)
        return None

    def _drop_oldest(self) -> bool:
        """Make room by ending a connection to elsewhere that rests; whether there was one."""
        for resting in self._idle.values():
            if resting:
                self._forget(resting.pop(0).wire)
                return True
        return False

    async def _wait(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with contextlib.suppress(ValueError):  # it may have been passed over already
                    self._queue.remove(turn)
            else:
                self._next()  # the turn came too late for us: it is somebody else's
            raise

    async def _connect(self, origin: Origin) -> Wire:
        secure, host, port = origin
        self._open += 1
        try:
            async with asyncio.timeout(self._connect_s):
                _, wire = await asyncio.get_running_loop().create_connection(
                    Wire, host, port, ssl=(self._tls or True) if secure else None
                )
        except TimeoutError as error:
            self._release()
            raise httpx2.ConnectTimeout("connect") from error
        except OSError as error:
            self._release()
            raise httpx2.ConnectError(type(error).__name__) from error
        except BaseException:
            self._release()
            raise
        return wire

    def _give_back(self, origin: Origin, wire: Wire) -> None:
        """The request on it has ended, well or not."""
        if wire.done() and not self._closed:
            idle = _Idle(wire, asyncio.get_running_loop().time())
            self._idle.setdefault(origin, []).append(idle)
            self._next()
        else:
            self._forget(wire)

    def _lose(self, wire: Wire) -> None:
        """Take back a connection that nobody holds any more."""
        self.lost += 1
        self._forget(wire)

    def _forget(self, wire: Wire) -> None:
        wire.close()
        self._release()

    def _release(self) -> None:
        self._open -= 1
        self._next()

    def _next(self) -> None:
        """Let the caller who has waited longest look again."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Body(httpx2.AsyncByteStream):
    """Parts as they arrive. Closing it before its end closes the connection, so that the endpoint
    stops generating."""

    def __init__(self, pool: PoolTransport, origin: Origin, wire: Wire) -> None:
        self._pool = pool
        self._origin = origin
        self._wire: Wire | None = wire
        self._loop = asyncio.get_running_loop()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while self._wire is not None and (part := await self._wire.part()):
                yield part
        except WireError as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        if self._wire is not None:
            wire, self._wire = self._wire, None
            self._pool._give_back(self._origin, wire)  # noqa: SLF001 - two halves of one thing

    def __del__(self) -> None:
        # The watchdog: a place in the pool that nobody can give back any more would be lost for
        # ever, until every caller waits on a healthy endpoint (httpcore #1093).
        if self._wire is not None and not self._loop.is_closed():
            # Any thread may collect it; the pool belongs to the loop's.
            self._loop.call_soon_threadsafe(self._pool._lose, self._wire)  # noqa: SLF001


def _origin(url: httpx2.URL) -> Origin:
    secure = url.scheme == "https"
    return secure, url.host, url.port or (443 if secure else 80)


def _head(request: httpx2.Request, body: bytes) -> bytes:
    """The request line and headers. What could end a line early never gets here as one line."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    if not any(name.lower() == b"host" for name, _ in request.headers.raw):
        lines.append(b"host: " + request.url.netloc)
    if body or request.method not in ("GET", "HEAD"):
        lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise ValueError("a header holds a line break: this is a bug")
    return head + b"\r\n\r\n"


def _translated(error: WireError) -> httpx2.TransportError:
    """In httpx's words."""
    if isinstance(error, ClosedError):
        return httpx2.ReadError("closed")
    return httpx2.RemoteProtocolError(str(error))
