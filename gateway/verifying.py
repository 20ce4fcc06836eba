"""`GET /aigc/verify`: whether this service made something, and when. For anybody, and slowly.

It takes `produce_id` or `sha256`, tells no content, no user and no verdict, and is no exchange.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.ledger.config import LedgerUnusable, Place
from gateway.ledger.lookup import Made, made_as, made_with
from gateway.ledger.reader import Damaged

PATH = "/aigc/verify"
_PRODUCE_ID = re.compile(r"[\x21-\x7e]{1,128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 4
_ADDRESSES = 4_096
_MINUTE_S = 60.0


class Pace:
    """How often each address asks. Forgets the one it has not heard of for longest."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._asked: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """By address, when its minute began and how often it has asked since."""

    def takes(self, address: str) -> bool:
        """Count a question; False where it is one too many."""
        now = self._clock()
        began, count = self._asked.pop(address, (now, 0))
        if now - began >= _MINUTE_S:
            began, count = now, 0
        self._asked[address] = began, count + 1
        if len(self._asked) > _ADDRESSES:
            self._asked.popitem(last=False)
        return count < self._per_minute


@dataclass(frozen=True, slots=True)
class Service:
    """Who answers, as it stands in the answers."""

    producer: str
    public_key: bytes
    """Of the key that signs labels; empty where none does."""


class Verifying:
    """Answers on one path, and passes everything else on."""

    def __init__(
        self,
        otherwise: ASGIApp,
        place: Place,
        fingerprint: Callable[[bytes], str],
        service: Service,
        pace: Pace,
    ) -> None:
        self._otherwise = otherwise
        self._place = place
        self._fingerprint = fingerprint
        self._service = service
        self._pace = pace
        self._busy = asyncio.Semaphore(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._otherwise(scope, receive, send)
            return
        status, body = await self._answer(scope)
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        if status == 429:
            headers.append((b"retry-after", b"%d" % _MINUTE_S))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(body)})

    async def _answer(self, scope: Scope) -> tuple[int, dict[str, object]]:
        if scope["method"] != "GET":
            return 405, {"error": "ask with GET"}
        address = scope["client"][0] if scope.get("client") else ""
        if not self._pace.takes(address):
            return 429, {"error": "too many questions; ask again in a minute"}
        asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        produce_id, sha256 = asked.get("produce_id", ""), asked.get("sha256", "").lower()
        if _PRODUCE_ID.fullmatch(produce_id) and not sha256:
            return await self._found(lambda: made_as(self._place, produce_id))
        if _SHA256.fullmatch(sha256) and not produce_id:
            print_ = self._fingerprint(bytes.fromhex(sha256))
            return await self._found(lambda: made_with(self._place, print_))
        return 400, {"error": "give produce_id, or sha256 as 64 hex digits"}

    async def _found(self, look: Callable[[], Made | None]) -> tuple[int, dict[str, object]]:
        try:
            async with self._busy:
                made = await asyncio.to_thread(look)
        except (LedgerUnusable, Damaged):
            return 503, {"error": "the record cannot be read now"}
        if made is None:
            return 200, {"made": False}
        body: dict[str, object] = {
            "made": True,
            "producer": self._service.producer,
            "produce_id": made.exchange,
            "time": datetime.fromtimestamp(made.time_ms // 1000, UTC).isoformat(),
        }
        if self._service.public_key:
            body["public_key"] = self._service.public_key.hex()
        return 200, body
