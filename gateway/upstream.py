"""The model endpoint: one request out, one answer back, every wait bounded.

What the transport raises is translated here, once, into `UpstreamFault`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from classifiers.transport import PoolTransport
from gateway.errors import FaultKind, UpstreamFault

_SETTLE_S = 0.1
_SETTLE_BYTES = 4_096
_MOST_URLS = 256


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each stage may take, in seconds."""

    connect_s: float
    first_byte_s: float
    idle_s: float
    total_s: float


class Response:
    """What the endpoint answers: a status, headers, and a body still to be read."""

    def __init__(
        self, response: httpx2.Response, waits: Waits, waited_s: float, deadline: float
    ) -> None:
        self.status = response.status_code
        self.headers = [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in response.headers.raw
        ]
        """As they came, names lower case. Decoded here: httpx would guess a charset for each."""
        self.waited_s = waited_s
        """Time spent waiting for the endpoint so far, in seconds."""
        self._response = response
        self._waits = waits
        self._deadline = deadline

    @property
    def content_type(self) -> str:
        """The media type, lower case, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """The first value of a header, or an empty string."""
        return next((value for known, value in self.headers if known == name), "")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Ends without an error only if the transport says it is whole."""
        stream = self._response.stream
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("the transport gave a stream that cannot be awaited: this is a bug")
        parts = stream.__aiter__()
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            idle = began + self._waits.idle_s
            try:
                async with asyncio.timeout_at(min(idle, self._deadline)):
                    chunk = await anext(parts, None)
            except TimeoutError:
                late = FaultKind.TOTAL_TIMEOUT if idle > self._deadline else FaultKind.IDLE_TIMEOUT
                raise UpstreamFault(late) from None
            except httpx2.TransportError as error:
                raise UpstreamFault(FaultKind.CUT) from error
            finally:
                self.waited_s += loop.time() - began
            if chunk is None:
                return
            yield chunk

    async def settle(self) -> None:
        """Read what little is left behind the last event, so that the connection can serve again.

        Gives up quietly: leaving the exchange then closes the connection.
        """
        with contextlib.suppress(TimeoutError, UpstreamFault):
            async with asyncio.timeout(_SETTLE_S):
                await self.read(_SETTLE_BYTES)

    async def close(self) -> None:
        """Give the connection back, or close it where the answer was not read to its end."""
        await self._response.aclose()

    async def read(self, max_bytes: int) -> bytes:
        """The whole body. Raises UpstreamFault above `max_bytes`."""
        parts: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > max_bytes:
                raise UpstreamFault(FaultKind.TOO_LARGE)
            parts.append(chunk)
        return b"".join(parts)


class Upstream:
    """One model endpoint behind the transport seam."""

    def __init__(self, url: str, transport: httpx2.AsyncBaseTransport, waits: Waits) -> None:
        self._base = url.rstrip("/")
        self._urls: dict[str, httpx2.URL] = {}
        """Read once per path, since reading a URL is dear; as many as there may be models."""
        self._transport = transport
        self._waits = waits

    @asynccontextmanager
    async def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[Response]:
        """Send one request. Leaving the block closes the answer, read or not.

        Raises UpstreamFault; never retries, since a model may have begun to work.
        """
        response = await self.ask(method, path, headers, body)
        try:
            yield response
        finally:
            await response.close()

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """As `exchange`, for whoever closes the answer himself."""
        # As a stream, so that httpx adds no headers of its own.
        request = httpx2.Request(
            method, self._url(path), headers=headers, stream=httpx2.ByteStream(body)
        )
        started = asyncio.get_running_loop().time()
        response = await self._send(request)
        waited = asyncio.get_running_loop().time() - started
        ours = Response(response, self._waits, waited, started + self._waits.total_s)
        if ours.header("content-encoding").lower() not in ("", "identity"):
            # We asked for identity; what we cannot read we cannot screen.
            await ours.close()
            raise UpstreamFault(FaultKind.UNREADABLE)
        return ours

    def _url(self, path: str) -> httpx2.URL:
        url = self._urls.get(path)
        if url is None:
            url = httpx2.URL(self._base + path)
            if len(self._urls) < _MOST_URLS:
                self._urls[path] = url
        return url

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            async with asyncio.timeout(self._waits.first_byte_s):
                return await self._transport.handle_async_request(request)
        except TimeoutError:
            raise UpstreamFault(FaultKind.FIRST_BYTE_TIMEOUT) from None
        except httpx2.ConnectTimeout as error:
            raise UpstreamFault(FaultKind.CONNECT_TIMEOUT) from error
        except httpx2.PoolTimeout as error:
            raise UpstreamFault(FaultKind.BUSY) from error
        except httpx2.ReadTimeout as error:
            raise UpstreamFault(FaultKind.FIRST_BYTE_TIMEOUT) from error
        except httpx2.ConnectError as error:
            raise UpstreamFault(FaultKind.CONNECT) from error
        except httpx2.TransportError as error:
            raise UpstreamFault(FaultKind.CUT) from error


@asynccontextmanager
async def open_upstream(url: str, waits: Waits, connections: int) -> AsyncIterator[Upstream]:
    """The endpoint over the real wire, certificates verified."""
    tls = ssl.create_default_context() if url.startswith("https:") else None
    async with PoolTransport(
        connections=connections, connect_s=waits.connect_s, tls=tls
    ) as transport:
        yield Upstream(url, transport, waits)
