"""The second port: is it alive, has it started, is it ready, what has it counted.

None of it may be reached through the port that applications use, and none of it loads anything
from elsewhere: the generated API pages are off because they would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from gateway.metrics import Metrics
from gateway.readiness import Check, CheckResult, run_checks


@dataclass(frozen=True, slots=True)
class AdminState:
    """What the admin port tells of."""

    metrics: Metrics
    startup: Sequence[Check] = ()
    """Own state only: in a pod, the model's container starts after this one says it has."""
    readiness: Sequence[Check] = ()
    """May look at the upstream; a draining gateway fails one of these."""


def build_admin(state: AdminState) -> FastAPI:
    """The app of the admin port."""
    admin = FastAPI(title="stoplog", docs_url=None, redoc_url=None, openapi_url=None)

    @admin.get("/livez")
    @admin.get("/healthz")
    async def live() -> Response:
        return PlainTextResponse("ok\n")

    @admin.get("/startupz")
    async def started(request: Request) -> Response:
        return _answer(await run_checks(state.startup), request)

    @admin.get("/readyz")
    async def ready(request: Request) -> Response:
        return _answer(await run_checks(state.readiness), request)

    @admin.get("/metrics")
    async def metrics(request: Request) -> Response:
        body, content_type = await state.metrics.exposition(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    return admin


def _answer(results: Sequence[CheckResult], request: Request) -> Response:
    """200 or 503, with the failing checks, or all of them for `?verbose`."""
    failing = [result for result in results if result.failing]
    shown = results if "verbose" in request.query_params else failing
    lines = [*map(_line, shown), "not ready" if failing else "ok"]
    return PlainTextResponse("\n".join(lines) + "\n", 503 if failing else 200)


def _line(result: CheckResult) -> str:
    if result.problem is None:
        return f"[+] {result.name}"
    return f"[{'-' if result.failing else '!'}] {result.name}: {result.problem}"
