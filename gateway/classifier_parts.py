"""What the gateway lends to classifiers: a wire, the metrics, and secrets by reference."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from classifiers.kinds import Parts
from classifiers.observing import UNOBSERVED, Observer
from classifiers.transport import PoolTransport
from gateway.secret_references import resolve

_CONNECTIONS = 128
"""To all servers of classifiers together; each has its own bound below that."""
_CONNECT_S = 1.0


@asynccontextmanager
async def classifier_parts(observer: Observer = UNOBSERVED) -> AsyncIterator[Parts]:
    """The parts, as long as the wire is open."""
    async with PoolTransport(
        connections=_CONNECTIONS, connect_s=_CONNECT_S, tls=ssl.create_default_context()
    ) as transport:
        yield Parts(transport, observer, _secret)


def _secret(reference: str) -> str:
    try:
        return resolve(reference, os.environ).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("the secret is not UTF-8 text") from None
