"""The bodies we write ourselves in Gemini's shape: errors, refusals, answers."""

from __future__ import annotations

from gateway.dialects.dialect import Notice, Prompt
from gateway.dialects.openai_bodies import reason
from gateway.strict_json import JSON

_STATUS = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_PROHIBITED = "PROHIBITED_CONTENT"
"""Stands for a policy's word lists and rules, in finish reasons and in block reasons alike."""


def error(status: int, code: str, message: str, exchange_id: str) -> JSON:
    told: JSON = {"code": status, "message": message, "status": _STATUS.get(status, "INTERNAL")}
    return {"error": told, "stoplog": {"exchange_id": exchange_id, "code": code}}


def blocked_prompt(notice: Notice) -> JSON:
    """No candidate, and why: Gemini's own way of refusing a prompt, with status 200."""
    return {
        "promptFeedback": {"blockReason": _PROHIBITED, "blockReasonMessage": notice.sentence},
        "usageMetadata": counts(None),
        "stoplog": reason(notice),
    }


def stopped(prompt: Prompt, body: JSON, notice: Notice) -> dict[str, JSON]:
    """Every candidate ends here and says nothing."""
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": []},
                "finishReason": _PROHIBITED,
                "finishMessage": notice.sentence,
                "index": index,
            }
            for index in range(prompt.choices)
        ],
        "usageMetadata": counts(body),
        "modelVersion": prompt.model,
        "stoplog": reason(notice),
    }


def said(prompt: Prompt, text: str, numbers: list[JSON], finish: str | None) -> dict[str, JSON]:
    """A response in which the candidates of these numbers say a text."""
    ending: dict[str, JSON] = {} if finish is None else {"finishReason": finish}
    candidates: list[JSON] = [
        {"content": {"role": "model", "parts": [{"text": text}]}, "index": number, **ending}
        for number in numbers
    ]
    return {"candidates": candidates, "modelVersion": prompt.model}


def counts(body: JSON) -> JSON:
    """What a response says it used: numbers only, since nothing else of it may leave."""
    usage = body.get("usageMetadata") if isinstance(body, dict) else None
    given = usage if isinstance(usage, dict) else {}
    names = ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")
    return {name: n if isinstance(n := given.get(name), int) else 0 for name in names}
