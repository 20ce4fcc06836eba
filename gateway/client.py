"""The client's side of one exchange: its request as it comes in, our answer as it goes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope, Send

from gateway.errors import ClientLeft, Refusal

RawHeader = tuple[bytes, bytes]


class Client:
    """Reads a bounded body, writes an answer with a deadline, and notices when nobody listens."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, write_s: float) -> None:
        self.method: str = scope["method"]
        self.path: bytes = scope.get("raw_path") or scope["path"].encode()
        self.query: bytes = scope.get("query_string", b"")
        self.raw_headers: list[RawHeader] = scope["headers"]
        self.version: str = scope["http_version"]
        self.started = False
        """Whether the status line has left: from here on an error can only be an event."""
        self.sent_bytes = 0
        self._receive = receive
        self._send = send
        self._write_s = write_s
        self._left = False
        self._turn = asyncio.Lock()
        """Held by whoever is sending: two tasks may."""
        self._wrote_at = time.monotonic()

    @property
    def wants_websocket(self) -> bool:
        """Whether it asks to go on in another protocol that we would have to relay unread."""
        return any(
            name == b"upgrade" and b"websocket" in value.lower() for name, value in self.raw_headers
        )

    @property
    def target(self) -> str:
        """Path and query, as they came."""
        return (self.path + b"?" + self.query if self.query else self.path).decode("latin-1")

    async def body(self, max_bytes: int) -> bytes:
        """The whole request body. Raises Refusal above the limit, ClientLeft if it never ends."""
        parts: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > max_bytes:
                raise Refusal(
                    413, "request_too_large", f"a body may have at most {max_bytes} bytes"
                )
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Run the block while the client listens; raise ClientLeft out of it once it leaves.

        To be entered when the body has been read: from then on the only message is its leaving.
        Works as `asyncio.timeout` does; a TaskGroup would wrap the block's own errors.
        """
        owner = asyncio.current_task()
        if owner is None:
            raise RuntimeError("not inside a task: this is a bug")
        watch = asyncio.get_running_loop().create_task(self._cancel_once_it_leaves(owner))
        try:
            yield
        except asyncio.CancelledError:
            if self._left and owner.uncancel() == 0:
                raise ClientLeft from None
            raise
        finally:
            watch.cancel()

    async def _cancel_once_it_leaves(self, owner: asyncio.Task[object]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True
        owner.cancel()

    @asynccontextmanager
    async def kept_alive(
        self,
        comment: bytes,
        every_s: float,
        held_since: Callable[[], float | None],
        begin: Callable[[], Awaitable[None]],
    ) -> AsyncIterator[None]:
        """Within the block, send `comment` whenever something was held and nothing sent so long.

        `held_since` is monotonic, None while nothing waits; `begin` sends the status line if that
        has not left. A comment is no part of the answer, and counts nowhere. To be entered while
        the client is listened to; where `comment` is empty nothing is sent.
        """
        owner = asyncio.current_task()
        if owner is None:
            raise RuntimeError("not inside a task: this is a bug")
        if not comment:
            yield
            return
        telling = asyncio.get_running_loop().create_task(
            self._tell(comment, every_s, held_since, begin, owner)
        )
        try:
            yield
        finally:
            telling.cancel()

    async def _tell(
        self,
        comment: bytes,
        every_s: float,
        held_since: Callable[[], float | None],
        begin: Callable[[], Awaitable[None]],
        owner: asyncio.Task[object],
    ) -> None:
        while True:
            now = time.monotonic()
            since = held_since()
            due = max(self._wrote_at, now if since is None else since) + every_s
            if now < due:
                await asyncio.sleep(due - now)
                continue
            try:
                await begin()
                await self._write(
                    {"type": "http.response.body", "body": comment, "more_body": True}
                )
            except ClientLeft:
                self._left = True
                owner.cancel()
                return

    async def start(self, status: int, headers: list[RawHeader]) -> None:
        self.started = True
        # Kept by the server until the first part of the body, so there is nothing to wait for.
        async with self._turn:
            await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, body: bytes) -> None:
        """Send a part of the body. Raises ClientLeft if the client does not take it in time."""
        self.sent_bytes += len(body)
        await self._write({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes = b"") -> None:
        self.sent_bytes += len(body)
        await self._write({"type": "http.response.body", "body": body, "more_body": False})

    async def _write(self, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(self._write_s), self._turn:
                await self._send(message)
                self._wrote_at = time.monotonic()
        except TimeoutError:
            raise ClientLeft from None
        except OSError:
            raise ClientLeft from None
