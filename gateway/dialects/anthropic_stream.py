"""One streamed message as it leaves: its blocks are numbered without gaps, and end before it does.

message_start, (content_block_start, content_block_delta*, content_block_stop)*,
message_delta, message_stop; `ping` and `error` anywhere
"""

from __future__ import annotations

from gateway.dialects import anthropic_bodies as bodies
from gateway.dialects.dialect import Notice, Prompt
from gateway.dialects.openai_bodies import reason
from gateway.strict_json import JSON


class MessagesDelivery:
    """What may follow in one stream."""

    def __init__(self, prompt: Prompt, exchange_id: str) -> None:
        self._prompt = prompt
        self._exchange_id = exchange_id
        self._started = False
        self._next = 0
        """The number of the next block."""
        self._open: int | None = None
        """The block that has begun and not ended."""
        self._speaking = False
        """Whether that one is a block of text."""
        self._shift = 0
        """By how much blocks are numbered otherwise than they came."""
        self._labelled = False

    def outgoing(self, event: JSON) -> JSON:
        if not isinstance(event, dict):
            return event
        index = event.get("index")
        if self._shift and type(index) is int:
            event = {**event, "index": index + self._shift}
        match event:
            case {"type": "message_start"}:
                self._started = True
            case {"type": "content_block_start", "index": int(number), "content_block": block}:
                self._open, self._next = number, number + 1
                self._speaking = isinstance(block, dict) and block.get("type") == "text"
            case {"type": "content_block_stop"}:
                self._open = None
        return event

    def dropped(self, event: JSON) -> None:
        if isinstance(event, dict) and event.get("type") == "content_block_start":
            self._shift -= 1

    def saying(self, like: JSON, text: str) -> list[JSON]:
        """In the block that begins to speak, or in one of its own; once in a message."""
        if self._labelled:
            return []
        self._labelled = True
        if isinstance(like, dict) and like.get("type") == "content_block_delta":
            index = like.get("index")
            return [_delta(index + self._shift if type(index) is int else 0, text)]
        self._shift += 1
        return self._block(text)

    def answered(self, answer: str) -> list[JSON]:
        said = self._beginning()
        if self._open is not None and self._speaking:
            said += [_delta(self._open, answer), *self._closing()]
        else:
            said += [*self._closing(), *self._block(answer)]
        delta: JSON = {"stop_reason": "end_turn", "stop_sequence": None}
        return [*said, *self._ending({"delta": delta})]

    def stopped(self, notice: Notice) -> list[JSON]:
        delta: JSON = {
            "stop_reason": "refusal",
            "stop_sequence": None,
            "stop_details": bodies.stop_details(notice),
        }
        last: dict[str, JSON] = {"delta": delta, "stoplog": reason(notice)}
        return [*self._beginning(), *self._closing(), *self._ending(last)]

    def broken(self, error: JSON) -> list[JSON]:
        return [error]

    def _beginning(self) -> list[JSON]:
        if self._started:
            return []
        self._started = True
        message = bodies.message(self._prompt, self._exchange_id, [], None, bodies.tokens(None))
        return [{"type": "message_start", "message": message}]

    def _closing(self) -> list[JSON]:
        number, self._open = self._open, None
        return [] if number is None else [{"type": "content_block_stop", "index": number}]

    def _block(self, text: str) -> list[JSON]:
        number = self._next
        self._next += 1
        return [
            {
                "type": "content_block_start",
                "index": number,
                "content_block": bodies.text_block(""),
            },
            _delta(number, text),
            {"type": "content_block_stop", "index": number},
        ]

    def _ending(self, last: dict[str, JSON]) -> list[JSON]:
        return [
            {"type": "message_delta", **last, "usage": {"output_tokens": 0}},
            {"type": "message_stop"},
        ]


def _delta(number: int, text: str) -> JSON:
    return {
        "type": "content_block_delta",
        "index": number,
        "delta": {"type": "text_delta", "text": text},
    }
