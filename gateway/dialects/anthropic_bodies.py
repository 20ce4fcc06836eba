"""The bodies we write ourselves in Anthropic's shape: errors, refusals, answers."""

from __future__ import annotations

from gateway.dialects.dialect import Notice, Prompt
from gateway.dialects.openai_bodies import reason
from gateway.strict_json import JSON

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def error(status: int, code: str, message: str, exchange_id: str) -> JSON:
    return {
        "type": "error",
        "error": {"type": _KINDS.get(status, "api_error"), "message": message},
        "request_id": exchange_id,
        "stoplog": {"exchange_id": exchange_id, "code": code},
    }


def blocked_error(notice: Notice) -> JSON:
    return {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": notice.sentence},
        "request_id": notice.exchange_id,
        "stoplog": reason(notice),
    }


def message(
    prompt: Prompt, exchange_id: str, content: list[JSON], stop_reason: str | None, usage: JSON
) -> dict[str, JSON]:
    return {
        "id": f"msg_{exchange_id}",
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
    }


def text_block(text: str) -> JSON:
    return {"type": "text", "text": text}


def stop_details(notice: Notice) -> JSON:
    """Why a message was refused. The vendor's categories are its own, so none is named."""
    return {"type": "refusal", "category": None, "explanation": notice.sentence}


def blocked(prompt: Prompt, body: JSON, notice: Notice) -> JSON:
    """A message in place of `body` that says nothing but why."""
    return {
        **message(prompt, notice.exchange_id, [], "refusal", tokens(body)),
        "stop_details": stop_details(notice),
        "stoplog": reason(notice),
    }


def tokens(body: JSON) -> dict[str, JSON]:
    """What a message says it used: numbers only, since nothing else of it may leave."""
    usage = body.get("usage") if isinstance(body, dict) else None
    given = usage if isinstance(usage, dict) else {}
    names = ("input_tokens", "output_tokens")
    return {name: n if isinstance(n := given.get(name), int) else 0 for name in names}
