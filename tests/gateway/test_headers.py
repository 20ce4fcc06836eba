"""Headers pass by allow-list, and what nobody screens carries no words."""

from __future__ import annotations

import pytest

from gateway.errors import Refusal
from gateway.headers import Headers, to_client, to_upstream

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def given(**headers: str) -> Headers:
    return Headers([(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()], 16_384)


@pytest.mark.parametrize(
    ("name", "value", "passes"),
    [
        ("retry-after", "7", True),
        ("retry-after-ms", "1500.5", True),
        ("x-should-retry", "false", True),
        ("x-ratelimit-limit-requests", "5000", True),
        ("x-ratelimit-reset-tokens", "6m0.25s", True),
        ("x-ratelimit-reset-requests", "17ms", True),
        ("openai-processing-ms", "812", True),
        ("retry-after", "forbiddenword", False),
        ("retry-after", "7 forbiddenword", False),
        ("x-ratelimit-reset-tokens", "6forbidden", False),
        ("x-note", "7", False),
        ("set-cookie", "7", False),
        ("openai-model", "m", False),
        ("location", "7", False),
    ],
)
def test_only_figures_come_back(name: str, value: str, passes: bool) -> None:
    """A response header is let through for its number, never for its words."""
    assert passes == bool(to_client([(name, value)]))


def test_the_upstream_gets_what_is_named_and_nothing_else() -> None:
    """Hop-by-hop, cookies and vendors' switches stay where they are."""
    headers = given(connection="authorization", cookie="c", x_litellm_tags="x", traceparent=TRACE)

    sent = to_upstream(
        headers, "r", api_key="k", pass_authorization=False, content_type="application/json"
    )

    names = {"traceparent", "x-request-id", "accept", "accept-encoding", "user-agent"}
    assert names | {"content-type", "authorization"} == set(sent)
    assert ("Bearer k", "identity") == (sent["authorization"], sent["accept-encoding"])


def test_a_callers_key_goes_on_only_where_that_was_asked_for() -> None:
    """And then it is the caller's, not ours."""
    headers = given(authorization="Bearer theirs")
    kept = to_upstream(headers, "r", api_key="", pass_authorization=False, content_type="")
    passed = to_upstream(headers, "r", api_key="", pass_authorization=True, content_type="")

    assert "authorization" not in kept
    assert "Bearer theirs" == passed["authorization"]


@pytest.mark.parametrize("value", ["a b", "x" * 129, "", "\x01"])
def test_a_request_id_that_is_none_is_not_taken(value: str) -> None:
    """Only a short run of printable characters stands in logs and records."""
    if value == "\x01":
        with pytest.raises(Refusal):
            given(x_request_id=value)
        return
    assert "" == given(x_request_id=value).request_id


@pytest.mark.parametrize(
    ("value", "trace"),
    [(TRACE, TRACE[3:35]), (TRACE[:-1], ""), ("00-" + "0" * 32 + TRACE[35:], ""), ("x", "")],
)
def test_only_a_valid_traceparent_is_a_trace(value: str, trace: str) -> None:
    """W3C Trace Context, version 00."""
    assert trace == given(traceparent=value).trace_id
