"""The wire below the httpx API: an `httpx2` transport over aiohttp's connection pool.

httpx's own pool looks at every connection each time it hands one out, so its cost grows with the
square of the connections; aiohttp's does not (`docs/adr/0002-http-client.md` has the figures). The
seam stays httpx's, so a test may put `httpx2.MockTransport` or any other transport here.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from types import TracebackType

import aiohttp
import httpx2

_SKIP = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """Sends requests over pooled HTTP/1.1 connections.

    It follows no redirect, keeps no cookie, decompresses nothing and reads no proxy settings from
    the environment. Waiting is bounded by whoever calls; only connecting has a limit of its own.
    """

    def __init__(self, *, connections: int, connect_s: float, tls: ssl.SSLContext | None) -> None:
        self._connections = connections
        self._connect_s = connect_s
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> AiohttpTransport:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, ssl=self._tls if self._tls is not None else True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_SKIP,
            max_line_size=16_384,
            max_field_size=16_384,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._session is None:
            raise RuntimeError("the transport is used outside `async with`: this is a bug")
        try:
            response = await self._session.request(
                request.method,
                str(request.url),
                data=await request.aread() or None,
                headers=[(k.decode("ascii"), v.decode("latin-1")) for k, v in request.headers.raw],
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error) from error
        return httpx2.Response(
            response.status,
            headers=[(k, v) for k, v in response.raw_headers],
            stream=_Body(response),
            request=request,
        )


class _Body(httpx2.AsyncByteStream):
    """Chunks as they arrive. Closing it before its end closes the connection, so that the
    endpoint stops generating."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        self._response.close()


def _translated(error: BaseException) -> httpx2.TransportError:
    """aiohttp's errors in httpx's words. Their text may hold addresses, so none is kept."""
    for ours, theirs in _ERRORS:
        if isinstance(error, theirs):
            return ours(type(error).__name__)
    return httpx2.ReadError(type(error).__name__)


_ERRORS: tuple[tuple[type[httpx2.TransportError], tuple[type[BaseException], ...]], ...] = (
    (httpx2.ConnectTimeout, (aiohttp.ConnectionTimeoutError,)),
    (httpx2.ReadTimeout, (aiohttp.ServerTimeoutError, TimeoutError)),
    (httpx2.ConnectError, (aiohttp.ClientConnectorError,)),
    (httpx2.RemoteProtocolError, (aiohttp.ClientPayloadError, aiohttp.ClientResponseError)),
)
