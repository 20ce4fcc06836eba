"""A uvicorn server inside a running event loop, owned by an `async with`."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves signals to the process that owns it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one. Raises OSError where it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise OSError(error.errno, f"{host}:{port} is not to be had: {error.strerror}") from error
    sock.setblocking(False)
    return sock


def address(sock: socket.socket) -> str:
    """The base URL of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def listening(
    app: ASGIApp,
    sock: socket.socket,
    *,
    drain_s: float,
    ending: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[str]:
    """Serve `app` on a bound socket within the block; yields the base URL.

    On leaving, no connection is accepted any more; `ending` ends what is open, and the server
    drops what is still there after `drain_s` seconds.
    """
    url = address(sock)
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=math.ceil(drain_s),
        )
    )
    with contextlib.closing(sock):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve([sock]))
            await server.listens.wait()
            try:
                yield url
            finally:
                server.should_exit = True
                if ending is not None:
                    await ending()
