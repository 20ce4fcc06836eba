"""The admin port: probes, metrics, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from gateway.admin import AdminState, build_admin
from gateway.listening import bind, listening
from gateway.metrics import Metrics
from gateway.readiness import condition


class Upstream:
    reachable = True


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def client(upstream: Upstream) -> AsyncIterator[httpx2.AsyncClient]:
    state = AdminState(
        metrics=Metrics(),
        startup=(condition("pack", lambda: True, "not loaded"),),
        readiness=(
            condition("pack", lambda: True, "not loaded"),
            condition("upstream", lambda: upstream.reachable, "refuses connections"),
        ),
    )
    async with (
        listening(build_admin(state), bind("127.0.0.1", 0), drain_s=0) as url,
        httpx2.AsyncClient(base_url=url) as client,
    ):
        yield client


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/startupz", "/readyz"])
async def test_a_healthy_gateway_says_ok(client: httpx2.AsyncClient, path: str) -> None:
    """All probes pass."""
    answer = await client.get(path)

    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_an_unreachable_upstream_takes_readiness_only(
    client: httpx2.AsyncClient, upstream: Upstream
) -> None:
    """A startup probe that waited for the model would keep the model's container from starting."""
    upstream.reachable = False
    statuses = {
        path: (await client.get(path)).status_code for path in ("/livez", "/startupz", "/readyz")
    }

    assert statuses == {"/livez": 200, "/startupz": 200, "/readyz": 503}


async def test_a_failing_check_is_named(client: httpx2.AsyncClient, upstream: Upstream) -> None:
    """With the passing ones beside it where asked."""
    upstream.reachable = False

    assert (await client.get("/readyz")).text == "[-] upstream: refuses connections\nnot ready\n"
    assert (await client.get("/readyz?verbose")).text == (
        "[+] pack\n[-] upstream: refuses connections\nnot ready\n"
    )


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/plain"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
    ],
)
async def test_metrics_come_in_the_format_that_was_asked_for(
    client: httpx2.AsyncClient, accept: str, content_type: str
) -> None:
    """OpenMetrics for those who read it, Prometheus text for all others."""
    answer = await client.get("/metrics", headers={"accept": accept})

    assert answer.headers["content-type"].startswith(content_type)
    assert "stoplog_exchanges_in_flight 0.0" in answer.text


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/v1/models"])
async def test_nothing_else_is_there(client: httpx2.AsyncClient, path: str) -> None:
    """No page that loads scripts from elsewhere, and no way to the model."""
    assert (await client.get(path)).status_code == 404
