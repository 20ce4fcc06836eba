"""What every answer of the gateway carries on its head: ids, the decision, the label, the times."""

from __future__ import annotations

from gateway.exchange import Exchange
from policies.types import Direction

RawHeader = tuple[bytes, bytes]

JSON_TYPE = b"application/json"


def head(exchange: Exchange, content_type: bytes, passed_on: list[RawHeader]) -> list[RawHeader]:
    """The headers of one answer. `passed_on` is what the upstream's allow-listed headers said."""
    headers = [
        (b"content-type", content_type),
        (b"x-request-id", exchange.request_id.encode("ascii")),
        (b"x-stoplog-exchange-id", exchange.id.encode("ascii")),
        (b"x-stoplog-decision", exchange.decision.label.encode("ascii")),
        (b"x-stoplog-policy", exchange.active.named),
        (b"aigc", exchange.label.header),
        (b"server-timing", _timing(exchange)),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-cache"),
    ]
    if content_type is not JSON_TYPE:
        headers.append((b"x-accel-buffering", b"no"))
    return headers + passed_on


def _timing(exchange: Exchange) -> bytes:
    """Milliseconds, in the grammar of W3C Server Timing."""
    parts = [f"guard;dur={exchange.screen_s.get(Direction.PROMPT, 0.0) * 1000:.2f}"]
    if exchange.upstream_first_byte_s is not None:
        parts.append(f"upstream;dur={exchange.upstream_first_byte_s * 1000:.2f}")
    return ", ".join(parts).encode("ascii")
