"""What a classifier is given and what it says: text in, findings out.

Offsets are Python string indices (code points) into the *original* text of a segment, never into
a canonical view of it. Nothing here decides anything; deciding is what `policies` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Role(StrEnum):
    """Who speaks in a segment, whatever the API calls it."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    REASONING = "reasoning"
    TOOL = "tool"
    FIELD = "field"
    """Any other string of a body: keys, names, metadata, schema text."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text and where it stood in the body."""

    text: str
    role: Role = Role.USER
    path: tuple[str | int, ...] = ()
    """The way from the root of the body to the string leaf."""
    is_key: bool = False
    """True when the text is the object key that `path` ends in, not the value under it."""
    offset: int = 0
    """Where `text` begins within its leaf, in characters; above 0 for windows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a classifier saw. Evidence, never a decision."""

    classifier: str
    category: str
    score: float
    """0 to 1. Word lists and patterns, which cannot be unsure, say 1.0."""
    start: int
    end: int
    """`[start, end)` in the segment's text, in original characters."""
    segment: int = 0
    """Index into the batch that was classified."""
    rule: str = ""
    """Which entry fired, as an id that may be shown to an auditor: never the matched words."""
    view: str = "plain"
    """The reading of the text in which it was seen (`classifiers.text`)."""


class FailureReason(StrEnum):
    """Why a classifier gave no answer."""

    TIMEOUT = "timeout"
    ERROR = "error"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Failure:
    """A classifier that did not do its work. Data, so that a policy can judge it."""

    classifier: str
    reason: FailureReason
    detail: str = ""
    """An exception's type or a status code. Never prompt text."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known about a batch of segments once every classifier has spoken."""

    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()
    scanned: int = 0
    """Characters that every classifier has read; below `total`, something was not screened."""
    total: int = 0

    @classmethod
    def merge(cls, reports: Iterable[Report]) -> Report:
        """Join the reports of several classifiers over the same batch.

        A character counts as scanned only if each of them scanned it, so the smallest figure wins.
        """
        reports = tuple(reports)
        return cls(
            findings=tuple(f for r in reports for f in r.findings),
            failures=tuple(f for r in reports for f in r.failures),
            scanned=min((r.scanned for r in reports), default=0),
            total=max((r.total for r in reports), default=0),
        )


class Classifier(Protocol):
    """Judges a batch of segments. May wait; must not block the event loop."""

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> frozenset[str]:
        """Every category a finding of this classifier can carry."""
        ...

    async def classify(self, segments: Sequence[Segment]) -> Report: ...


@runtime_checkable
class Scanner(Protocol):
    """A classifier quick enough to run between two chunks of a stream: pure and synchronous."""

    @property
    def name(self) -> str: ...

    @property
    def categories(self) -> frozenset[str]: ...

    def scan(self, segments: Sequence[Segment]) -> Report:
        """Judge whole texts. Microseconds per kilobyte; the caller picks the thread."""
        ...

    def stream(self, hold: frozenset[str]) -> ScanStream:
        """Open one growing text. `hold` names the categories whose matches must not leak."""
        ...


class ScanStream(Protocol):
    """One growing text under one scanner. Fed any cutting of a text, it says what `scan` says."""

    def feed(self, delta: str) -> list[Finding]:
        """Take more text; return what has become certain, in offsets of the whole text."""
        ...

    def finish(self) -> list[Finding]:
        """The text ends here; return what only its end makes certain."""
        ...

    @property
    def safe(self) -> int:
        """How far the text may leave.

        No text before this offset can be part of a held category's finding that was not yet
        returned. Never falls; equals the length of the text after `finish`.
        """
        ...

    @property
    def failures(self) -> Sequence[Failure]:
        """What the scanner could not read of the text so far. Only grows."""
        ...
