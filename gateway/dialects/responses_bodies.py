"""The bodies we write ourselves in the Responses shape: refusals, answers, items."""

from __future__ import annotations

from gateway.dialects.dialect import Notice, Prompt
from gateway.dialects.openai_bodies import reason
from gateway.strict_json import JSON


def blocked_error(notice: Notice) -> JSON:
    return {
        "error": {
            "message": notice.sentence,
            "type": "invalid_request_error",
            "param": "input",
            "code": "content_filter",
        },
        "stoplog": reason(notice),
    }


def response(
    prompt: Prompt, exchange_id: str, created: int, *, status: str, output: list[JSON]
) -> dict[str, JSON]:
    return {
        "id": f"resp_{exchange_id}",
        "object": "response",
        "created_at": created,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": prompt.model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
    }


def incomplete(notice: Notice) -> dict[str, JSON]:
    """What says of a response that it was stopped."""
    return {
        "status": "incomplete",
        "incomplete_details": {"reason": "content_filter"},
        "stoplog": reason(notice),
    }


def message(exchange_id: str, text: str, status: str = "completed") -> dict[str, JSON]:
    return {
        "id": f"msg_{exchange_id}",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [part(text)] if text else [],
    }


def part(text: str) -> JSON:
    return {"type": "output_text", "text": text, "annotations": []}


def tokens(body: JSON) -> JSON:
    """What a response says it used: numbers only, since nothing else of it may leave."""
    usage = body.get("usage") if isinstance(body, dict) else None
    given = usage if isinstance(usage, dict) else {}
    names = ("input_tokens", "output_tokens", "total_tokens")
    counted: dict[str, JSON] = {
        name: n if isinstance(n := given.get(name), int) else 0 for name in names
    }
    return {
        **counted,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
