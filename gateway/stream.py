"""Hold-back in streams: what may leave, and when. Pure; no clock, no socket, no setting.

A guard watches one growing text: one field of one choice. A frame leaves once every text it
carries is released by its guard, and frames leave in the order in which they came. Frames are
held whole, never split, so what leaves unchanged leaves as the bytes that came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from classifiers.types import Failure, Finding, Role, ScanStream
from classifiers.window import Window, WindowStream
from gateway.escapes import Unescaper
from gateway.leaves import Path
from gateway.redact import Span, mask
from gateway.seams import SeamReading
from gateway.sse import Frame
from gateway.strict_json import JSON

GuardKey = tuple[int, str]
"""(choice, field); choice is -1 for what stands outside the choices."""


class StreamGuard:
    """One growing text. Releases what scanners call safe and classifiers have approved."""

    def __init__(
        self,
        number: int,
        key: GuardKey,
        role: Role,
        scan: ScanStream,
        windows: WindowStream | None,
        *,
        inner: InnerReading | None = None,
        seam: SeamReading | None = None,
        sealed: bool = False,
    ) -> None:
        self.number = number
        """Its place among the guards of a stream: what a finding's `segment` refers to."""
        self.key = key
        self.role = role
        self.sealed = sealed
        """Whether the text may only leave whole and as it came, or not at all."""
        self.received = 0
        self.approved = 0
        """Up to where every classifier has judged the text; of no account without windows."""
        self.delivered = 0
        """Up to where the text has been sent to the client, in characters."""
        self.redactions: list[Span] = []
        self._scan: ScanStream | None = scan
        """None once the text has ended: nothing of it is live any more."""
        self._inner = inner
        """For JSON within a string: what it says once its escapes are read."""
        self._seam = seam
        """For an answer: what it says together with what it goes on from and runs into."""
        self._failures: Sequence[Failure] = ()
        self._windows = windows
        self._due: list[Window] = []
        self._told: set[tuple[str, str, int, int]] = set()

    def feed(self, text: str) -> list[Finding]:
        """Take more of the text; return what the scanners are now sure of."""
        self.received += len(text)
        if self._scan is None:
            raise RuntimeError("a text goes on after its end: this is a bug")
        found = self._scan.feed(text)
        if self._inner is not None:
            found += self._inner.feed(text)
            text = self._inner.text
        if self._seam is not None:
            found += self._seam.feed(text)
        if self._windows is not None:
            self._due += self._windows.feed(text)
        return self._found(found)

    def finish(self) -> list[Finding]:
        """The text ends here; nothing is live any more."""
        if self._scan is None:
            return []
        found = self._scan.finish()
        if self._inner is not None:
            found += self._inner.finish()
        if self._seam is not None:
            found += self._seam.finish()
        if self._windows is not None:
            if self._inner is not None:
                self._due += self._windows.feed(self._inner.text)
            self._due += self._windows.finish()
        self._failures = self.failures
        self._scan = None
        return self._found(found)

    @property
    def ended(self) -> bool:
        return self._scan is None

    @property
    def failures(self) -> Sequence[Failure]:
        """What the scanners could not read of it."""
        if self._scan is None:
            return self._failures
        others = [
            failure
            for reading in (self._inner, self._seam)
            if reading is not None
            for failure in reading.failures
        ]
        return [*self._scan.failures, *others] if others else self._scan.failures

    @property
    def has_due(self) -> bool:
        """Whether windows wait for the classifiers."""
        return bool(self._due)

    def take_due(self) -> list[Window]:
        """The windows that wait for the classifiers, handed out once."""
        due, self._due = self._due, []
        return due

    def approve(self, window: Window) -> None:
        """Every classifier has judged a window."""
        self.approved = max(self.approved, self.origin(window.end))

    def origin(self, offset: int) -> int:
        """Where in the text an offset of a window stands."""
        return offset if self._inner is None else self._inner.origin(offset)

    @property
    def releasable(self) -> int:
        """Text before this offset may leave; below 0, not even an event that has none of it."""
        if self.sealed and (self._scan is not None or self.scanned < self.received):
            return -1
        safe = self.received if self._scan is None else self._scan.safe
        if self._inner is not None and self._scan is not None:
            safe = min(safe, self._inner.safe)
        if self._seam is not None and self._scan is not None:
            safe = min(safe, self._seam.safe)
        return safe if self._windows is None else min(safe, self.approved)

    @property
    def scanned(self) -> int:
        """Characters that everyone has judged."""
        return self.received if self._windows is None else self.approved

    def _found(self, findings: list[Finding]) -> list[Finding]:
        found = [replace(f, segment=self.number) for f in findings]
        if self._inner is None:
            return found
        # Read twice, a text tells most things twice.
        new = [f for f in found if (f.category, f.rule, f.start, f.end) not in self._told]
        self._told |= {(f.category, f.rule, f.start, f.end) for f in new}
        return new


class InnerReading:
    """JSON within a growing string, read as whoever unpacks it will. Costs little until the first
    escape comes: up to there it says what the string says."""

    def __init__(self, open_scan: Callable[[], ScanStream]) -> None:
        self._open_scan = open_scan
        self._scan: ScanStream | None = None
        self._unescaper = Unescaper()
        self._before: list[str] = []
        """The text up to the first escape."""
        self._length = 0
        self.text = ""
        """What the last piece added."""

    def feed(self, text: str) -> list[Finding]:
        """Take more of the string; findings are in its offsets."""
        self._length += len(text)
        read = self.text = self._unescaper.feed(text)
        if self._scan is None:
            if "\\" not in text:
                self._before.append(text)
                return []
            self._scan = self._open_scan()
            read = "".join(self._before) + read
            self._before.clear()
        return self._found(self._scan.feed(read))

    def finish(self) -> list[Finding]:
        self.text = self._unescaper.finish()
        if self._scan is None:
            return []
        return self._found([*self._scan.feed(self.text), *self._scan.finish()])

    @property
    def safe(self) -> int:
        return self._length if self._scan is None else self.origin(self._scan.safe)

    @property
    def failures(self) -> Sequence[Failure]:
        return () if self._scan is None else self._scan.failures

    def origin(self, offset: int) -> int:
        return self._unescaper.origin(offset)

    def _found(self, findings: list[Finding]) -> list[Finding]:
        return [
            replace(finding, start=self.origin(finding.start), end=self.origin(finding.end))
            for finding in findings
        ]


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
    def dropped(self) -> bool:
        """Whether it belongs to a text that may not leave as it came, and may not be changed."""
        return any(piece.guard.sealed and piece.guard.redactions for piece in self.carried)

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
    def since(self) -> float | None:
        """When the frame came that has waited longest; None when none waits."""
        return self._frames[0].since if self._frames else None

    def drop(self) -> None:
        """Forget what is held: it must never leave."""
        self._frames.clear()
        self._bytes = 0


def mark_delivered(frames: Iterable[Held]) -> None:
    """Move each guard's delivered mark past the pieces that are about to leave."""
    for held in frames:
        for piece in held.carried:
            piece.guard.delivered = max(piece.guard.delivered, piece.end)
