"""A request that is under way at the model while its prompt is still being judged.

What comes back waits, bounded by the transport, until somebody takes it or gives it up; giving up
closes the connection, so that the model stops generating.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from gateway.upstream import Response


class HeadStart:
    """Owns the request from the moment it is made."""

    def __init__(self, asking: Coroutine[None, None, Response]) -> None:
        self._asking = asyncio.get_running_loop().create_task(asking)
        self._began = time.monotonic()
        self.ended = False
        """Whether it was taken or given up."""

    @asynccontextmanager
    async def response(self) -> AsyncIterator[Response]:
        """The answer, to be read within the block. Raises UpstreamFault."""
        try:
            response = await self._asking
            self.ended = True
        except BaseException:
            await self.give_up()
            raise
        try:
            yield response
        finally:
            await response.close()

    async def give_up(self) -> float:
        """End the request, whatever has come of it; how long it ran for nothing, in seconds.

        0 where it had ended before. What went wrong at the endpoint is of no account any more.
        """
        if self.ended:
            return 0.0
        self.ended = True
        ran_s = time.monotonic() - self._began
        if not self._asking.done():
            self._asking.cancel()
            await asyncio.wait([self._asking])
        if not self._asking.cancelled() and self._asking.exception() is None:
            await self._asking.result().close()
        return ran_s
