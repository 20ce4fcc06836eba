"""Labels on a stream: the implicit one on the first and the last events, the visible one by mode.

Only the frames that bear a label change; every other frame leaves as it came.
"""

from __future__ import annotations

from classifiers.types import Role
from gateway.dialects.dialect import Dialect
from gateway.labels.aigc import Mark
from gateway.labels.explicit import CodeFence, ExplicitText
from gateway.sse import Frame, encode
from gateway.stream import Held
from gateway.strict_json import JSON, dump


class StreamLabel:
    """Turns the frames that may leave into bytes, in order, labels put in where they belong."""

    def __init__(self, dialect: Dialect, mark: Mark, explicit: ExplicitText) -> None:
        self._dialect = dialect
        self._mark = mark
        self._explicit = explicit
        self._first = True
        self._spoken: set[int] = set()
        """Choices that have begun to say something."""
        self._fences: dict[int, CodeFence] = {}

    def rendered(self, held: Held, event: JSON, *, changed: bool) -> bytes:
        """The bytes of one frame. `event` is what it says now; `changed` if that is news."""
        before = self._text_before(held, event)
        frame = Frame(encode(dump(event)), b"") if changed else held.frame
        if self._first or self._dialect.ends(event):
            self._first = False
            return before + self._mark.on_frame(frame, event)
        return before + (frame.raw if frame.plain else encode(dump(event)))

    def _text_before(self, held: Held, event: JSON) -> bytes:
        """The visible label as an event of its own, where it belongs before this frame."""
        if self._explicit.interface_owes:
            return b""
        speaks = self._begin_to_speak(held)
        if self._explicit.before:
            return self._text_event(event, self._explicit.before) if speaks else b""
        if not self._dialect.finished(event) or any(f.inside for f in self._fences.values()):
            return b""
        return self._text_event(event, self._explicit.after) if self._spoken else b""

    def _begin_to_speak(self, held: Held) -> bool:
        begins = False
        for piece in held.carried:
            choice, field = piece.guard.key
            if piece.guard.role is Role.ASSISTANT and field == self._dialect.spoken_field:
                begins = begins or choice not in self._spoken
                self._spoken.add(choice)
                self._fences.setdefault(choice, CodeFence()).feed(piece.text)
        return begins

    def _text_event(self, like: JSON, text: str) -> bytes:
        return encode(dump(self._dialect.text_event(like, text)))
