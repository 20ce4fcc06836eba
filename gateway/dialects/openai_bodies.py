"""The bodies we write ourselves in OpenAI's chat shape: errors, refusals, answers, endings."""

from __future__ import annotations

from collections.abc import Callable

from gateway.dialects.dialect import Notice, Prompt
from gateway.leaves import objects
from gateway.ledger.records import Usage
from gateway.strict_json import JSON

CONTENT_FILTER = "content_filter"
"""The code that openai, LangChain and LiteLLM know for a stop by policy."""


def error(kind: str, code: str, message: str, param: str | None, exchange_id: str) -> JSON:
    return {
        "error": {"message": message, "type": kind, "param": param, "code": code},
        "stoplog": {"exchange_id": exchange_id},
    }


def content_filter_error(notice: Notice, param: str = "messages") -> JSON:
    return {
        "error": {
            "message": notice.sentence,
            "type": "invalid_request_error",
            "param": param,
            "code": CONTENT_FILTER,
        },
        "stoplog": reason(notice),
    }


def reason(notice: Notice) -> JSON:
    """The machine-readable reason that goes beside every refusal of ours."""
    return {
        "exchange_id": notice.exchange_id,
        "action": notice.action,
        "leaf": notice.leaf,
        "category": {"zh": notice.name_zh, "en": notice.name_en},
        "article": notice.article,
        "pack": notice.pack,
    }


def blocked(prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
    """A response in place of `body`: every choice ends in `content_filter`, nothing is said."""
    message: dict[str, JSON] = {"role": "assistant", "content": None, "refusal": notice.sentence}
    return {
        **_own_envelope(prompt, notice.exchange_id, created, "chat.completion"),
        "choices": [
            {"index": i, "message": message, "logprobs": None, "finish_reason": CONTENT_FILTER}
            for i in range(prompt.choices)
        ],
        "usage": tokens(body),
        "stoplog": reason(notice),
    }


def stopped(last: JSON, choices: int, notice: Notice) -> JSON:
    """The last event of a stream that was stopped: it ends every choice."""
    source = last if isinstance(last, dict) else {}
    return {
        **_envelope(source, notice.exchange_id, "chat.completion.chunk"),
        "choices": [
            {"index": i, "delta": {}, "logprobs": None, "finish_reason": CONTENT_FILTER}
            for i in range(choices)
        ],
        "stoplog": reason(notice),
    }


def answered(prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
    """A whole response that says `answer` in every choice that was asked for."""
    return {
        **_own_envelope(prompt, exchange_id, created, "chat.completion"),
        "choices": [
            {
                "index": i,
                "message": {"role": "assistant", "content": answer, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
            for i in range(prompt.choices)
        ],
        "usage": _no_tokens(),
    }


def answered_events(prompt: Prompt, answer: str, exchange_id: str, created: int) -> list[JSON]:
    """The same as a stream: the text, the end, and the usage where it was asked for."""
    head = _own_envelope(prompt, exchange_id, created, "chat.completion.chunk")
    said: dict[str, JSON] = {"role": "assistant", "content": answer}
    events: list[JSON] = [
        {**head, "choices": _chunk_choices(prompt.choices, said, None)},
        {**head, "choices": _chunk_choices(prompt.choices, {}, "stop")},
    ]
    if prompt.include_usage:
        events.append({**head, "choices": [], "usage": _no_tokens()})
    return events


def text_event(like: JSON, text: str) -> JSON:
    """An event that adds `text` to every choice of `like`."""
    source = like if isinstance(like, dict) else {}
    numbers = [choice.get("index", i) for i, choice in enumerate(objects(source.get("choices")))]
    return {
        **_envelope(source, "", "chat.completion.chunk"),
        "choices": [
            {"index": number, "delta": {"content": text}, "finish_reason": None}
            for number in numbers
        ],
    }


def with_text(body: JSON, before: str, after: str) -> JSON:
    """A whole response with text added around what every choice says, where it says anything."""

    def around(choice: dict[str, JSON]) -> dict[str, JSON]:
        message = choice.get("message")
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            return choice
        return {**choice, "message": {**message, "content": f"{before}{message['content']}{after}"}}

    return _each_choice(body, around)


def spoken(body: JSON) -> list[str]:
    """What every choice of a whole response says."""
    choices = objects(body.get("choices")) if isinstance(body, dict) else ()
    messages = [choice.get("message") for choice in choices]
    said = [message.get("content") for message in messages if isinstance(message, dict)]
    return [text for text in said if isinstance(text, str)]


def usage(body: JSON) -> Usage | None:
    """The token counts, where a body has them."""
    given = body.get("usage") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        return None
    asked, said = given.get("prompt_tokens"), given.get("completion_tokens")
    return Usage(
        prompt_tokens=asked if isinstance(asked, int) else None,
        completion_tokens=said if isinstance(said, int) else None,
    )


def without_logprobs(body: JSON) -> JSON:
    """The same without the token lists, which would repeat what was masked."""

    def stripped(choice: dict[str, JSON]) -> dict[str, JSON]:
        return {**choice, "logprobs": None} if choice.get("logprobs") else choice

    return _each_choice(body, stripped)


def _each_choice(body: JSON, change: Callable[[dict[str, JSON]], dict[str, JSON]]) -> JSON:
    if not isinstance(body, dict) or not isinstance(body.get("choices"), list):
        return body
    choices: list[JSON] = [change(choice) for choice in objects(body["choices"])]
    return {**body, "choices": choices}


def identity(last: JSON) -> dict[str, JSON]:
    """Who speaks, as an event that has left told it."""
    source = last if isinstance(last, dict) else {}
    names = {"id": str, "created": int, "model": str}
    return {n: v for n, kind in names.items() if isinstance(v := source.get(n), kind)}


def _envelope(source: dict[str, JSON], exchange_id: str, kind: str) -> dict[str, JSON]:
    """Identity of a response, carried over where the endpoint gave one that is of its type."""
    given, created, model = source.get("id"), source.get("created"), source.get("model")
    return {
        "id": given if isinstance(given, str) else f"chatcmpl-{exchange_id}",
        "object": kind,
        "created": created if isinstance(created, int) else 0,
        "model": model if isinstance(model, str) else "",
    }


def _own_envelope(prompt: Prompt, exchange_id: str, created: int, kind: str) -> dict[str, JSON]:
    return {
        "id": f"chatcmpl-{exchange_id}",
        "object": kind,
        "created": created,
        "model": prompt.model,
    }


def _chunk_choices(count: int, delta: dict[str, JSON], finish: str | None) -> list[JSON]:
    return [
        {"index": i, "delta": delta, "logprobs": None, "finish_reason": finish}
        for i in range(count)
    ]


def _no_tokens() -> JSON:
    return dict.fromkeys(_USAGE, 0)


def tokens(body: JSON) -> JSON:
    """What a response says it used: numbers only, since nothing else of it may leave."""
    usage = body.get("usage") if isinstance(body, dict) else None
    given = usage if isinstance(usage, dict) else {}
    return {name: n if isinstance(n := given.get(name), int) else 0 for name in _USAGE}


_USAGE = ("prompt_tokens", "completion_tokens", "total_tokens")
