"""Asking a server: one JSON question, one checked answer, every wait bounded.

What goes wrong on the wire is translated here, once, into `BackendFault`. An answer of another
shape than was agreed is a fault like any other: it is never read as "nothing found".
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import orjson
from pydantic import TypeAdapter, ValidationError

from classifiers.breaker import Breaker, RetryBudget
from classifiers.kinds import Parts, Server, UnusableClassifier
from classifiers.observing import Step
from classifiers.scoring import BackendFault
from classifiers.types import FailureReason

T = TypeVar("T")

_MOST_BYTES = 4 * 2**20
_PAUSE_S = 0.02
"""Before another attempt."""
_WAITING = 16
"""Callers that may wait for each one that is being served."""
_AGAIN = frozenset({500, 502, 503, 504})
"""Statuses after which the same question may get an answer."""


class Wire:
    """One server. Belongs to one event loop."""

    def __init__(self, name: str, server: Server, parts: Parts) -> None:
        """Raises UnusableClassifier for an address or a key that is not there."""
        self._name = name
        self._server = server
        self._observer = parts.observer
        self._transport = parts.transport
        self._url = checked_url(server.url, parts.secret)
        self._headers = {"content-type": "application/json", "accept": "application/json"}
        self._headers["accept-encoding"] = "identity"
        if server.api_key:
            self._headers["authorization"] = f"Bearer {_looked_up(server.api_key, parts.secret)}"
        self._breaker = Breaker()
        self._budget = RetryBudget()
        self._slots = asyncio.Semaphore(server.at_once)
        self._waiting = 0

    async def ask(self, path: str, question: object, answer: TypeAdapter[T]) -> T:
        """Post a question below the server's address. Raises BackendFault."""
        if self._waiting >= _WAITING * self._server.at_once:
            raise BackendFault(FailureReason.OVERLOADED, "waiting")
        self._waiting += 1
        try:
            async with self._slots:
                return await self._guarded(path, orjson.dumps(question), answer)
        finally:
            self._waiting -= 1

    async def _guarded(self, path: str, body: bytes, answer: TypeAdapter[T]) -> T:
        loop = asyncio.get_running_loop()
        if not self._breaker.allows(loop.time()):
            raise BackendFault(FailureReason.UNAVAILABLE, "circuit open")
        began = loop.time()
        settled = False
        try:
            found = await self._attempts(path, body, answer)
            self._breaker.succeeded()
            settled = True
        except BackendFault:
            self._breaker.failed(loop.time(), began)
            settled = True
            raise
        finally:
            if not settled:
                self._breaker.left()
            self._observer.step(self._name, Step.REMOTE, loop.time() - began)
        return found

    async def _attempts(self, path: str, body: bytes, answer: TypeAdapter[T]) -> T:
        self._budget.called()
        left = self._server.retries
        while True:
            try:
                return _read(await self._attempt(path, body), answer)
            except _AgainError as error:
                if left < 1 or not self._budget.take():
                    raise error.fault from error
                left -= 1
                await asyncio.sleep(_PAUSE_S)

    async def _attempt(self, path: str, body: bytes) -> bytes:
        """One request. Raises _AgainError where another may fare better."""
        if self._transport is None:
            raise BackendFault(FailureReason.UNAVAILABLE, "no transport")
        request = httpx2.Request(
            "POST", self._url + path, headers=self._headers, stream=httpx2.ByteStream(body)
        )
        try:
            async with asyncio.timeout(self._server.timeout_s):
                response = await self._transport.handle_async_request(request)
                try:
                    return await _body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise BackendFault(FailureReason.TIMEOUT) from None
        except httpx2.TimeoutException as error:
            raise BackendFault(FailureReason.TIMEOUT, type(error).__name__) from None
        except httpx2.TransportError as error:
            fault = BackendFault(FailureReason.UNAVAILABLE, type(error).__name__)
            raise _AgainError(fault) from None


class _AgainError(Exception):
    """A fault that may be gone at the next attempt."""

    def __init__(self, fault: BackendFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


async def _body(response: httpx2.Response) -> bytes:
    status = response.status_code
    if status == 429:
        raise BackendFault(FailureReason.OVERLOADED, "429")
    if status in _AGAIN:
        raise _AgainError(BackendFault(FailureReason.UNAVAILABLE, str(status)))
    if status != 200:
        raise BackendFault(FailureReason.ERROR, str(status))
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BackendFault(FailureReason.MALFORMED, "encoding")
    if not isinstance(response.stream, httpx2.AsyncByteStream):
        raise TypeError("the transport gave a stream that cannot be awaited: this is a bug")
    parts: list[bytes] = []
    size = 0
    async for part in response.stream:
        size += len(part)
        if size > _MOST_BYTES:
            raise BackendFault(FailureReason.MALFORMED, "too large")
        parts.append(part)
    return b"".join(parts)


def _read(body: bytes, answer: TypeAdapter[T]) -> T:
    try:
        return answer.validate_json(body)
    except ValidationError as error:
        # The place and kind of the mistake; its input may be what somebody wrote.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"] if not isinstance(step, str))
        raise BackendFault(FailureReason.MALFORMED, f"{first['type']} {where}".strip()) from None


def checked_url(given: str, secret: Callable[[str], str]) -> str:
    """An address without its final slash. Raises UnusableClassifier."""
    url = _looked_up(given, secret) if given.startswith(("env:", "file:")) else given
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UnusableClassifier("`url` is no address; write http://HOST[:PORT], or env:NAME")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UnusableClassifier("`url` holds more than an address; give a key with `api_key`")
    return url.rstrip("/")


def _looked_up(reference: str, secret: Callable[[str], str]) -> str:
    try:
        return secret(reference)
    except ValueError as error:
        raise UnusableClassifier(str(error)) from None


def digest_of(*parts: str) -> str:
    """`sha256:` over what decides the scores of a model that we cannot see: its description."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return f"sha256:{total.hexdigest()}"
