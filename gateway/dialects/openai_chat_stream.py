"""One streamed chat answer as it leaves: chunks stand alone, so only the last one is remembered."""

from __future__ import annotations

from gateway.dialects import openai_bodies as bodies
from gateway.dialects.dialect import Notice, Prompt
from gateway.strict_json import JSON


class ChatDelivery:
    """What may follow in one stream."""

    def __init__(self, prompt: Prompt, exchange_id: str, created: int) -> None:
        self._prompt = prompt
        self._exchange_id = exchange_id
        self._created = created
        self._last: JSON = None
        """An event that has left, for the shape of the one that ends the stream."""

    def outgoing(self, event: JSON) -> JSON:
        self._last = event
        return event

    def dropped(self, event: JSON) -> None:
        pass

    def saying(self, like: JSON, text: str) -> list[JSON]:
        return [bodies.text_event(like, text)]

    def answered(self, answer: str) -> list[JSON]:
        return bodies.answered_events(self._prompt, answer, self._exchange_id, self._created)

    def stopped(self, notice: Notice) -> list[JSON]:
        return [bodies.stopped(self._last, self._prompt.choices, notice)]

    def broken(self, error: JSON) -> list[JSON]:
        return [error]
