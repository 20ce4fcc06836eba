"""Headers, both ways by allow-list: what is not named here does not pass.

So hop-by-hop headers, anything that `Connection` names, cookies and every vendor's control
headers stay where they are (RFC 9110, section 7.6.1; CVE-2025-66405 is what happens otherwise).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.errors import Refusal

RawHeaders = Iterable[tuple[bytes, bytes]]

_TO_UPSTREAM = frozenset({"traceparent", "tracestate"})
CREDENTIALS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")
"""Where the clients of one vendor or another put a key."""
_PASSED_THROUGH = frozenset({*CREDENTIALS, "openai-organization", "openai-project"})
_VERSIONS = ("anthropic-version", "anthropic-beta")
"""What its dialect cannot do without: dates and names of features."""
_NAMES = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,-]{0,511}")
_TO_CLIENT = frozenset(
    {
        *("openai-processing-ms", "retry-after", "retry-after-ms", "x-should-retry"),
        *(
            f"x-ratelimit-{what}-{of}"
            for what in ("limit", "remaining", "reset")
            for of in ("requests", "tokens")
        ),
        *(
            f"anthropic-ratelimit-{of}-{what}"
            for what in ("limit", "remaining")
            for of in ("requests", "tokens", "input-tokens", "output-tokens")
        ),
    }
)
_FIGURE = re.compile(r"true|false|[0-9][0-9.:+-]{0,31}(?:(?:ms|s|m|h|d)[0-9.]{0,12}){0,4}")
"""Numbers, times and yes or no: the only values let through, since nobody screens headers."""
_VISIBLE = re.compile(r"[\x20-\x7e\t]*")
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Headers:
    """A request's headers, names lower case. The first of several equal names counts."""

    def __init__(self, raw: RawHeaders, max_bytes: int) -> None:
        self._values: dict[str, str] = {}
        size = 0
        for name, value in raw:
            size += len(name) + len(value)
            self._values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        if size > max_bytes:
            raise Refusal(431, "headers_too_large", f"headers may have at most {max_bytes} bytes")
        if not all(map(_VISIBLE.fullmatch, self._values.values())):
            raise Refusal(400, "invalid_header", "header values must be visible ASCII")

    def get(self, name: str) -> str:
        """The value, or an empty string."""
        return self._values.get(name, "")

    @property
    def request_id(self) -> str:
        """The caller's `X-Request-ID` if it is one; empty otherwise."""
        given = self.get("x-request-id")
        return given if _REQUEST_ID.fullmatch(given) else ""

    @property
    def trace_id(self) -> str:
        """The trace of a valid W3C `traceparent`; empty otherwise."""
        match = _TRACEPARENT.fullmatch(self.get("traceparent"))
        return match[1] if match else ""


def to_upstream(
    given: Headers,
    request_id: str,
    *,
    api_key: str,
    credential: str = "authorization",
    pass_authorization: bool,
    content_type: str,
) -> dict[str, str]:
    """The headers of the request that goes upstream, built anew.

    `credential` names the header in which the upstream takes a key. `content_type` is empty where
    there is no body.
    """
    allowed = _TO_UPSTREAM if given.trace_id else frozenset()
    if pass_authorization:
        allowed |= _PASSED_THROUGH
    headers = {name: value for name in allowed if (value := given.get(name))}
    headers |= {name: v for name in _VERSIONS if _NAMES.fullmatch(v := given.get(name))}
    headers |= {
        "x-request-id": request_id,
        "accept": "application/json, text/event-stream, application/x-ndjson, */*;q=0.1",
        "accept-encoding": "identity",
        "user-agent": "stoplog",
    }
    if content_type:
        headers["content-type"] = content_type
    if api_key:
        bearer = credential == "authorization"
        headers[credential] = f"Bearer {api_key}" if bearer else api_key
    return headers


def to_client(given: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """What of an upstream's headers a client may see. Names come in lower case."""
    return [
        (name.encode(), value.encode("ascii"))
        for name, value in given
        if name in _TO_CLIENT and _FIGURE.fullmatch(value)
    ]
