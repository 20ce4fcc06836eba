"""The data plane: an ASGI application that carries exchanges on its routes and on no others."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from gateway.admission import OVERLOADED, Admission
from gateway.client import Client
from gateway.editions import Edition
from gateway.errors import ClientLeft, Refusal, UpstreamFault
from gateway.exchange import Exchange, new_exchange_id
from gateway.labels.aigc import AigcLabel
from gateway.ledger.config import LedgerUnavailable
from gateway.ledger.records import Outcome
from gateway.logs import logger
from gateway.proxy import Passage, Rules
from gateway.record import Records
from gateway.reply import JSON_TYPE
from gateway.routes import Opened, Routes
from gateway.strict_json import dump
from gateway.upstream import Upstream

_log = logger("plane")


class DataPlane:
    """Opens an exchange for each request, and tells its end where it ends badly."""

    def __init__(
        self,
        routes: Routes,
        rules: Rules,
        upstream: Upstream,
        records: Records,
        edition: Callable[[], Edition],
        admission: Admission,
    ) -> None:
        self._routes = routes
        self._rules = rules
        self._upstream = upstream
        self._records = records
        self._edition = edition
        self._admission = admission
        self._open: set[asyncio.Task[object]] = set()

    async def end_all(self, within_s: float) -> None:
        """Let open exchanges finish; after `within_s` seconds end them legally, and wait for that.

        To be called when no new request can come.
        """
        if self._open:
            await asyncio.wait(self._open, timeout=within_s)
        for task in self._open:
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("not inside a task: this is a bug")
        strain = self._admission.strain(len(self._open))
        if strain is not None:
            self._records.metrics.turned_away(strain.value)
            await self._turn_away(scope, send)
            return
        self._open.add(task)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._open.discard(task)

    async def _turn_away(self, scope: Scope, send: Send) -> None:
        """Say in the caller's dialect that there is no room; nothing of the request is read."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        opened = self._routes.find(scope["method"], path, scope.get("query_string", b""))
        dialect = opened.dialect if opened else self._routes.refusing(path)
        body = dump(dialect.refused(OVERLOADED, ""))
        headers = [
            (b"content-type", JSON_TYPE),
            (b"content-length", b"%d" % len(body)),
            (b"retry-after", b"%d" % OVERLOADED.retry_after_s),
        ]
        start = {"type": "http.response.start", "status": OVERLOADED.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = Client(scope, receive, send, write_s=self._rules.write_s)
        opened = self._routes.find(client.method, client.path, client.query)
        exchange = self._begin(client, opened)
        recorder = self._records.open(exchange)
        passage = Passage(exchange, client, recorder, self._rules, self._upstream)
        try:
            if client.version not in _VERSIONS:
                await passage.refuse(_OTHER_HTTP)
            elif client.wants_websocket:
                what = f"no websocket is opened: {self._routes.reason(client.path)}"
                await passage.refuse(Refusal(403, "websocket_refused", what))
            elif opened is None:
                reason = self._routes.reason(client.path)
                await passage.refuse(Refusal(404, "unknown_route", reason))
            else:
                await _carry_or_tell(passage)
        except ClientLeft:
            exchange.outcome = Outcome.CLIENT_LEFT
        except asyncio.CancelledError:
            # The gateway stops and has waited long enough; an open stream still ends legally.
            with contextlib.suppress(ClientLeft):
                await passage.refuse(_SHUTTING_DOWN)
        finally:
            await recorder.close(client.sent_bytes)

    def _begin(self, client: Client, opened: Opened | None) -> Exchange:
        now = time.time()
        exchange_id = new_exchange_id(int(now * 1000))
        return Exchange(
            id=exchange_id,
            method=client.method,
            route=opened.route.path if opened else UNKNOWN_ROUTE,
            target=client.target if opened else "",
            dialect=opened.dialect if opened else self._routes.refusing(client.path),
            edition=self._edition(),
            label=self._label(exchange_id),
            received_at=now,
            started=time.monotonic(),
            request_id=exchange_id,
            tenant=self._rules.identity.tenant,
        )

    def _label(self, exchange_id: str) -> AigcLabel:
        label = AigcLabel(self._rules.producer, exchange_id)
        return label if self._rules.signer is None else self._rules.signer.signed(label)


async def _carry_or_tell(passage: Passage) -> None:
    """Carry the exchange; where that ends early, tell the client why, as far as it still can be."""
    try:
        await passage.carry()
    except Refusal as refusal:
        await passage.refuse(refusal)
    except UpstreamFault as fault:
        await passage.fault(fault)
    except LedgerUnavailable:
        await passage.refuse(_NOT_RECORDED)
    except ClientLeft:
        raise
    except Exception:
        # The boundary of an exchange: a bug ends it, is told as one, and reaches no other.
        _log.exception("an exchange failed: this is a bug")
        await passage.refuse(Refusal(500, "internal_error", "the gateway failed"))


UNKNOWN_ROUTE = "unknown"
"""What records and metrics call a path that is on no route: never what the caller wrote."""

_VERSIONS = frozenset({"1.0", "1.1"})
_OTHER_HTTP = Refusal(400, "http_version", "only HTTP/1.1 and HTTP/1.0 are spoken here")
_SHUTTING_DOWN = Refusal(503, "shutting_down", "the gateway is stopping", retry_after_s=1)
_NOT_RECORDED = Refusal(
    503, "record_unavailable", "exchanges cannot be recorded, so none is carried", retry_after_s=5
)
