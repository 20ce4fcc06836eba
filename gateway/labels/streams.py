"""The bytes of a streamed answer as it leaves: frames as they came, labels where they belong.

The implicit label stands in the first and the last events, the visible one by mode. Only frames
that bear a label, were edited, or stand behind one that was dropped change; every other frame
leaves as it came.
"""

from __future__ import annotations

from classifiers.types import Role
from gateway.dialects.dialect import Delivery, Notice, StreamedDialect
from gateway.labels.aigc import Mark
from gateway.labels.explicit import CodeFence, ExplicitText
from gateway.sse import Frame
from gateway.stream import Held
from gateway.strict_json import JSON, dump


class StreamLabel:
    """Turns the frames that may leave into bytes, in order, labels put in where they belong."""

    def __init__(
        self, dialect: StreamedDialect, delivery: Delivery, mark: Mark, explicit: ExplicitText
    ) -> None:
        self._dialect = dialect
        self._framing = dialect.framing
        self._delivery = delivery
        self._mark = mark
        self._explicit = explicit
        self._first = True
        self._lead = self._framing.opening
        """What has to stand before the next event."""
        self._spoken: dict[int, int] = {}
        """How much each choice has said."""
        self._fences: dict[int, CodeFence] = {}

    def rendered(self, held: Held, event: JSON) -> bytes:
        """The bytes of one frame. `event` is what it says now: its own, unless it was edited."""
        before = b"" if self._explicit.interface_owes else self._text_before(held, event)
        outgoing = self._delivery.outgoing(event)
        return before + self._bytes(outgoing, held.frame if outgoing is held.event else None)

    def drop(self, event: JSON) -> None:
        """An event does not leave."""
        self._delivery.dropped(event)

    def answered(self, answer: str) -> bytes:
        """An approved answer in place of the model's, up to a good end."""
        events = self._delivery.answered(answer)
        said = b"".join(self._lead_in() + self._encoded(self._mark.on(event)) for event in events)
        done = self._framing.done
        return said + (self._framing.encode(done, b"") if done else b"") + self.end()

    def stopped(self, notice: Notice) -> bytes:
        """The end of a stopped stream. `[DONE]` would say that all is well."""
        return self._last_events(self._delivery.stopped(notice))

    def broken(self, error: JSON) -> bytes:
        """The end of a stream that will not be whole."""
        return self._last_events(self._delivery.broken(error))

    def only(self, body: JSON) -> bytes:
        """A stream of one event."""
        return self._last_events([body])

    def end(self) -> bytes:
        """What has to stand behind the last event."""
        framing = self._framing
        untouched = self._lead == framing.opening
        return framing.opening + framing.closing if untouched else framing.closing

    def _last_events(self, events: list[JSON]) -> bytes:
        *before, last = events
        sent = [self._lead_in() + self._encoded(event) for event in before]
        return b"".join([*sent, self._lead_in(), self._encoded(self._mark.on(last)), self.end()])

    def _bytes(self, event: JSON, frame: Frame | None) -> bytes:
        """One event; `frame` is how it came, None where it is not what came."""
        marked, self._first = self._first or self._dialect.bears_label(event), False
        lead = self._lead_in()
        if not marked:
            return lead + (frame.raw if frame is not None else self._encoded(event))
        spliced = self._mark.spliced(frame, event) if frame is not None else None
        return lead + (spliced or self._encoded(self._mark.on(event)))

    def _lead_in(self) -> bytes:
        lead, self._lead = self._lead, self._framing.between
        return lead

    def _encoded(self, event: JSON) -> bytes:
        return self._framing.encode(dump(event), self._dialect.event_name(event))

    def _text_before(self, held: Held, event: JSON) -> bytes:
        """The visible label as events of its own, where it belongs before this frame."""
        speaks = self._begin_to_speak(held)
        if self._explicit.before:
            return self._text_events(event, self._explicit.before) if speaks else b""
        if not self._dialect.speech_ends(event) or any(f.inside for f in self._fences.values()):
            return b""
        return self._text_events(event, self._explicit.after) if self._spoken else b""

    def _begin_to_speak(self, held: Held) -> bool:
        begins = False
        for piece in held.carried:
            choice, field = piece.guard.key
            if piece.guard.role is not Role.ASSISTANT or field != self._dialect.spoken_field:
                continue
            begins = begins or choice not in self._spoken
            if piece.end > self._spoken.get(choice, -1):
                self._spoken[choice] = piece.end
                self._fences.setdefault(choice, CodeFence()).feed(piece.text)
        return begins

    def _text_events(self, like: JSON, text: str) -> bytes:
        events = self._delivery.saying(like, text)
        return b"".join(self._lead_in() + self._encoded(event) for event in events)
