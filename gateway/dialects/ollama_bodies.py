"""The bodies we write ourselves in Ollama's shape: errors, endings, heads."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.dialects.dialect import Notice
from gateway.dialects.openai_bodies import CONTENT_FILTER, reason
from gateway.strict_json import JSON


def error(message: str, code: str, exchange_id: str) -> JSON:
    return {"error": message, "stoplog": {"exchange_id": exchange_id, "code": code}}


def blocked_error(notice: Notice) -> JSON:
    return {"error": notice.sentence, "stoplog": reason(notice)}


def stopped(notice: Notice) -> dict[str, JSON]:
    """What says of an answer that it was stopped. `done_reason` is any word in this protocol."""
    return {"done": True, "done_reason": CONTENT_FILTER, "stoplog": reason(notice)}


def head(model: str, created: int) -> dict[str, JSON]:
    at = datetime.fromtimestamp(created, UTC).isoformat().replace("+00:00", "Z")
    return {"model": model, "created_at": at}


def counts(body: JSON) -> dict[str, JSON]:
    """What a body says it used: numbers only, since nothing else of it may leave."""
    given = body if isinstance(body, dict) else {}
    return {name: n if isinstance(n := given.get(name), int) else 0 for name in _COUNTS}


_COUNTS = (
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
)
