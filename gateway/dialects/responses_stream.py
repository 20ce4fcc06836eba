"""One streamed response as it leaves: numbered without gaps, and summed up as it was said."""

from __future__ import annotations

from gateway.dialects import responses_bodies as bodies
from gateway.dialects.dialect import Notice, Prompt
from gateway.dialects.openai_bodies import reason
from gateway.leaves import objects
from gateway.strict_json import JSON

_Place = tuple[JSON, JSON]
"""Numbers of an item and of a part within it."""


class ResponsesDelivery:
    """What may follow in one stream."""

    def __init__(self, prompt: Prompt, exchange_id: str, created: int) -> None:
        self._prompt = prompt
        self._exchange_id = exchange_id
        self._created = created
        self._next = 0
        """The sequence number of the next event."""
        self._shift = 0
        """By how much events are numbered otherwise than they came."""
        self._response: dict[str, JSON] | None = None
        """The response as its first event told it; None while none has left."""
        self._items: list[JSON] = []
        """Items that have left whole."""
        self._item_number = 0
        """The number of the next item."""
        self._open: dict[str, JSON] = {}
        """The part of spoken text that has begun and not ended: where it stands."""
        self._labelled: dict[_Place, tuple[str, str]] = {}
        """What was said before and behind a part, by us."""

    def outgoing(self, event: JSON) -> JSON:
        if not isinstance(event, dict):
            return event
        if self._labelled:
            event = self._relabelled(event)
        number = event.get("sequence_number")
        if type(number) is int:
            if self._shift:
                event = {**event, "sequence_number": number + self._shift}
            self._next = number + self._shift + 1
        self._note(event)
        return event

    def dropped(self, event: JSON) -> None:
        self._shift -= 1

    def saying(self, like: JSON, text: str) -> list[JSON]:
        """As one more piece of the part that begins or ends; once at each end of a response."""
        if not isinstance(like, dict):
            return []
        ahead = like.get("type") != "response.output_text.done"
        if ahead and self._labelled:
            return []
        place = like.get("output_index"), like.get("content_index")
        self._labelled[place] = (text, "") if ahead else ("", text)
        event: dict[str, JSON] = {
            "type": "response.output_text.delta",
            "item_id": like.get("item_id", ""),
            "output_index": place[0],
            "content_index": place[1],
            "delta": text,
            "logprobs": [],
        }
        self._shift += 1
        return [self._numbered(event)]

    def answered(self, answer: str) -> list[JSON]:
        item = bodies.message(self._exchange_id, answer)
        number, begun = self._item_number, bodies.message(self._exchange_id, "", "in_progress")
        at: dict[str, JSON] = {"item_id": item["id"], "output_index": number, "content_index": 0}
        opening: list[dict[str, JSON]] = [
            {"type": "response.output_item.added", "output_index": number, "item": begun},
            {"type": "response.content_part.added", **at, "part": bodies.part("")},
        ]
        if self._open:
            opening, at = [], self._open
            item = {**item, "id": at["item_id"]}
        part, text = bodies.part(answer), "response.output_text"
        whole = {**self._envelope(), "status": "completed", "output": [*self._items, item]}
        events: list[dict[str, JSON]] = [
            *opening,
            {"type": f"{text}.delta", **at, "delta": answer, "logprobs": []},
            {"type": f"{text}.done", **at, "text": answer, "logprobs": []},
            {"type": "response.content_part.done", **at, "part": part},
            {
                "type": "response.output_item.done",
                "output_index": at["output_index"],
                "item": item,
            },
            {"type": "response.completed", "response": {**whole, "usage": bodies.tokens(None)}},
        ]
        return [*self._beginning(), *map(self._numbered, events)]

    def stopped(self, notice: Notice) -> list[JSON]:
        whole = {**self._envelope(), **bodies.incomplete(notice), "output": [*self._items]}
        last: dict[str, JSON] = {
            "type": "response.incomplete",
            "response": {**whole, "usage": bodies.tokens(None)},
            "stoplog": reason(notice),
        }
        return [*self._beginning(), self._numbered(last)]

    def broken(self, error: JSON) -> list[JSON]:
        told = error.get("error") if isinstance(error, dict) else None
        fields = told if isinstance(told, dict) else {}
        event: dict[str, JSON] = {
            "type": "error",
            "code": fields.get("code"),
            "message": fields.get("message"),
            "param": fields.get("param"),
            "error": fields,
        }
        return [self._numbered(event)]

    def _note(self, event: dict[str, JSON]) -> None:
        match event:
            case {"response": dict(response)}:
                self._response = response
            case {"type": "response.output_item.added", "output_index": int(number)}:
                self._item_number = number + 1
            case {"type": "response.content_part.added", "part": {"type": "output_text"}}:
                names = ("item_id", "output_index", "content_index")
                self._open = {name: event.get(name) for name in names}
            case {"type": "response.output_item.done", "item": item}:
                self._items.append(item)
                self._open = {}

    def _beginning(self) -> list[JSON]:
        if self._response is not None:
            return []
        response = self._envelope()
        return [self._numbered({"type": "response.created", "response": response})]

    def _envelope(self) -> dict[str, JSON]:
        own = bodies.response(
            self._prompt, self._exchange_id, self._created, status="in_progress", output=[]
        )
        return own if self._response is None else {**self._response, "output": []}

    def _numbered(self, event: dict[str, JSON]) -> JSON:
        number, self._next = self._next, self._next + 1
        return {**event, "sequence_number": number}

    # What sums up a part says what we have said in it.

    def _relabelled(self, event: dict[str, JSON]) -> dict[str, JSON]:
        place = event.get("output_index"), event.get("content_index")
        match event:
            case {"type": "response.output_text.done", "text": str(text)}:
                return {**event, "text": self._around(place, text)}
            case {"type": "response.content_part.done", "part": dict(part)}:
                return {**event, "part": self._part(place, part)}
            case {"type": "response.output_item.done", "item": dict(item)}:
                return {**event, "item": self._item(place[0], item)}
            case {"response": dict(response)} if response.get("output"):
                items: list[JSON] = [
                    self._item(number, item)
                    for number, item in enumerate(objects(response["output"]))
                ]
                return {**event, "response": {**response, "output": items}}
        return event

    def _item(self, number: JSON, item: dict[str, JSON]) -> JSON:
        if item.get("type") != "message" or not isinstance(item.get("content"), list):
            return item
        parts = enumerate(objects(item["content"]))
        content: list[JSON] = [self._part((number, place), part) for place, part in parts]
        return {**item, "content": content}

    def _part(self, place: _Place, part: dict[str, JSON]) -> JSON:
        text = part.get("text")
        return {**part, "text": self._around(place, text)} if isinstance(text, str) else part

    def _around(self, place: _Place, text: str) -> str:
        before, after = self._labelled.get(place, ("", ""))
        return f"{before}{text}{after}"
