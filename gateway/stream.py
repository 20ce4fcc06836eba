"""Hold-back in streams: what may leave, and when. Pure; no clock, no socket, no setting.

A guard watches one growing text: one field of one choice. A frame leaves once every text it
carries is released by its guard, and frames leave in the order in which they came. Frames are
held whole, never split, so what leaves unchanged leaves as the bytes that came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from classifiers.types import Failure, Finding, Role, ScanStream
from classifiers.window import Window, WindowStream
from gateway.leaves import Path
from gateway.redact import Span, mask
from gateway.sse import Frame
from gateway.strict_json import JSON

GuardKey = tuple[int, str]
"""(choice, field); choice is -1 for what stands outside the choices."""


class StreamGuard:
    """One growing text. Releases what scanners call safe and classifiers have approved."""

    def __init__(
        self, number: int, key: GuardKey, role: Role, scan: ScanStream, windows: WindowStream | None
    ) -> None:
        self.number = number
        """Its place among the guards of a stream: what a finding's `segment` refers to."""
        self.key = key
        self.role = role
        self.received = 0
        self.approved = 0
        """Up to where every classifier has judged the text; of no account without windows."""
        self.delivered = 0
        """Up to where the text has been sent to the client, in characters."""
        self.redactions: list[Span] = []
        self._scan: ScanStream | None = scan
        """None once the text has ended: nothing of it is live any more."""
        self._failures: Sequence[Failure] = ()
        self._windows = windows
        self._due: list[Window] = []

    def feed(self, text: str) -> list[Finding]:
        """Take more of the text; return what the scanners are now sure of."""
        self.received += len(text)
        if self._windows is not None:
            self._due += self._windows.feed(text)
        if self._scan is None:
            raise RuntimeError("a text goes on after its end: this is a bug")
        return self._found(self._scan.feed(text))

    def finish(self) -> list[Finding]:
        """The text ends here; nothing is live any more."""
        if self._scan is None:
            return []
        if self._windows is not None:
            self._due += self._windows.finish()
        found = self._found(self._scan.finish())
        self._failures = self._scan.failures
        self._scan = None
        return found

    @property
    def failures(self) -> Sequence[Failure]:
        """What the scanners could not read of it."""
        return self._failures if self._scan is None else self._scan.failures

    def take_due(self) -> list[Window]:
        """The windows that wait for the classifiers, handed out once."""
        due, self._due = self._due, []
        return due

    @property
    def releasable(self) -> int:
        """Text before this offset may leave."""
        safe = self.received if self._scan is None else self._scan.safe
        return safe if self._windows is None else min(safe, self.approved)

    @property
    def scanned(self) -> int:
        """Characters that everyone has judged."""
        return self.received if self._windows is None else self.approved

    def _found(self, findings: list[Finding]) -> list[Finding]:
        return [replace(finding, segment=self.number) for finding in findings]


@dataclass(frozen=True, slots=True)
class Carried:
    """A piece of a guard's text within a frame."""

    guard: StreamGuard
    start: int
    end: int
    path: Path
    text: str

    @property
    def released(self) -> bool:
        return self.guard.releasable >= self.end

    @property
    def edited(self) -> str:
        """The piece as it may leave: redactions masked."""
        return mask(self.text, self.guard.redactions, offset=self.start)


@dataclass(slots=True)
class Held:
    """A frame that waits, and the texts it waits for."""

    frame: Frame
    event: JSON
    carried: tuple[Carried, ...]
    since: float = 0.0
    """When it came, by the caller's clock."""

    @property
    def released(self) -> bool:
        return all(piece.released for piece in self.carried)

    @property
    def edits(self) -> list[tuple[Path, str]]:
        """The strings that must change before it leaves; none in clean traffic."""
        return [
            (piece.path, edited)
            for piece in self.carried
            if piece.guard.redactions and (edited := piece.edited) != piece.text
        ]


@dataclass(slots=True)
class HoldBack:
    """Frames in the order they came, each waiting for its guards."""

    max_bytes: int
    _frames: deque[Held] = field(default_factory=deque)
    _bytes: int = 0

    def push(self, held: Held) -> bool:
        """Queue a frame. False when more is held than the bound allows: stop the stream."""
        self._frames.append(held)
        self._bytes += len(held.frame.raw)
        return self._bytes <= self.max_bytes

    def pop_released(self) -> list[Held]:
        """The frames that may leave now, in order."""
        ready: list[Held] = []
        while self._frames and self._frames[0].released:
            held = self._frames.popleft()
            self._bytes -= len(held.frame.raw)
            ready.append(held)
        return ready

    @property
    def empty(self) -> bool:
        return not self._frames

    def drop(self) -> None:
        """Forget what is held: it must never leave."""
        self._frames.clear()
        self._bytes = 0


def mark_delivered(frames: Iterable[Held]) -> None:
    """Move each guard's delivered mark past the pieces that are about to leave."""
    for held in frames:
        for piece in held.carried:
            piece.guard.delivered = max(piece.guard.delivered, piece.end)
