"""The records of an exchange: what is asked, what is about to leave, how it ended.

    Intent      before a byte goes upstream
    Delivered   before the text it covers goes to the client; none, one or many
    Stopping    before a verdict that ends the exchange is acted on; none or one
    Final       once, whatever happened

What people do to a ledger afterwards is on record too (gateway.ledger.orders).

Everything here is already decided: a record is a picture, and no record points back into the
gateway or the policies. Content is the only part that quotes anybody, and it is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

VERSION = 1
"""Of the written form; a reader refuses one it does not know."""


class Outcome(StrEnum):
    """How an exchange ended."""

    COMPLETED = "completed"
    """The model's answer was delivered; the verdicts say whether it was masked or labelled."""
    ANSWERED = "answered"
    """An approved answer stood in for the model's."""
    BLOCKED_PROMPT = "blocked_prompt"
    BLOCKED_OUTPUT = "blocked_output"
    REFUSED = "refused"
    """A request we do not carry: malformed, unknown route, too large, too many."""
    UPSTREAM_ERROR = "upstream_error"
    CLIENT_LEFT = "client_left"
    FAILED = "failed"
    """A fault of ours."""
    ABORTED = "aborted"
    """The process ended first; written when the ledger is next opened."""


class Kind(StrEnum):
    """What a written record is."""

    INTENT = "intent"
    DELIVERED = "delivered"
    STOPPING = "stopping"
    FINAL = "final"
    READ = "read"
    """Somebody is about to read content."""
    RESTRICT = "restrict"
    """Content is kept only because it must be, and ends when it need not."""
    SHRED = "shred"
    """Data keys were destroyed, and on whose word."""
    HOLD = "hold"
    """Nothing of a user's is to be destroyed."""
    RELEASE = "release"
    """The hold is over."""
    CORRECT = "correct"
    """A user says what is wrong in an exchange of theirs; the text is sealed."""
    SUPPLEMENT = "supplement"
    """A user adds to an exchange of theirs; the text is sealed."""


@dataclass(frozen=True, slots=True)
class PackRecord:
    """A pack, by a digest of all its files."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class WaiverRecord:
    """On what grounds an answer leaves without a visible label (Labelling Measures Art. 9)."""

    id: str
    agreement: str
    """Version of the agreement in which the recipient takes over the duty to label."""
    recipient: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Intent:
    exchange: str
    time_ms: int
    """Wall clock, Unix milliseconds; the order of records is their sequence, not their time."""
    route: str
    dialect: str
    request_id: str = ""
    trace_id: str = ""
    tenant: str = ""
    user_key: str = ""
    """Pseudonym of the caller; empty for nobody known."""
    model: str = ""
    stream: bool = False
    packs: tuple[PackRecord, ...] = ()
    """Those that judge, in order of precedence."""
    profile: str = ""
    """To whom the service is offered, as the operator declares; packs apply by it."""
    service_tier: str = ""
    upstream: str = ""
    prompt_chars: int = 0
    stripped: tuple[str, ...] = ()
    """Switches that the caller sent to weaken what is checked; they did not go upstream."""
    waiver: WaiverRecord | None = None
    """None where the visible label is owed."""
    content: bytes = b""
    """The request body as it came."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far one text of the answer has been let go, in characters from its start."""

    choice: int
    field: str
    upto: int


@dataclass(frozen=True, slots=True)
class Delivered:
    exchange: str
    time_ms: int
    marks: tuple[Mark, ...] = ()
    content: bytes = b""
    """What is about to leave, as the client will get it; after a crash, up to one of these may
    be on the record without having been sent."""


@dataclass(frozen=True, slots=True)
class HitRecord:
    """A finding that a leaf recognised. `start` and `end` are characters of the segment."""

    leaf: str
    article: str
    detector: str
    rule: str
    score: float
    threshold: float
    action: str
    segment: int = 0
    start: int = 0
    end: int = 0
    view: str = ""
    pack: str = ""
    """Whose leaf it is."""


@dataclass(frozen=True, slots=True)
class FailureRecord:
    detector: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RulingRecord:
    """What one pack said."""

    pack: str
    action: str


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    action: str
    """The strictest of the rulings."""
    hits: tuple[HitRecord, ...] = ()
    failures: tuple[FailureRecord, ...] = ()
    scanned: int = 0
    total: int = 0
    """Characters; `scanned` below `total` means that something was not screened."""
    rulings: tuple[RulingRecord, ...] = ()
    """Of every pack, the strictest first."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """A verdict that ends the exchange: on record before the upstream is closed (Art. 14)."""

    exchange: str
    time_ms: int
    direction: str
    verdict: VerdictRecord


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the upstream counted them; None where it did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def updated(self, later: Usage) -> Usage:
        """What was said later counts, where it was said."""
        asked, said = later.prompt_tokens, later.completion_tokens
        return Usage(
            self.prompt_tokens if asked is None else asked,
            self.completion_tokens if said is None else said,
        )


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds; None for a step that did not take place."""

    total: float | None = None
    prompt_screen: float | None = None
    output_screen: float | None = None
    upstream_first_byte: float | None = None
    upstream: float | None = None
    first_text: float | None = None
    upstream_forgone: float | None = None
    """For how long the model, asked ahead, worked on a prompt that was then stopped or changed."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A picture, sound or document of the answer."""

    medium: str
    label: str
    """`written` here, `kept` from somebody else, or `none`."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Final:
    exchange: str
    time_ms: int
    outcome: Outcome
    status: int = 0
    """The HTTP status that the client was sent; 0 where nothing was."""
    fault: str = ""
    """The code of the refusal or fault that ended it."""
    prompt: VerdictRecord | None = None
    """None where the prompt was never judged."""
    output: VerdictRecord | None = None
    """None where no output was judged."""
    label_id: str = ""
    """`ProduceID` of the AIGC label."""
    files: tuple[FileRecord, ...] = ()
    prints: tuple[str, ...] = ()
    """Keyed fingerprints of the texts and files that left, in hex (gateway.ledger.prints)."""
    answer_id: str = ""
    upstream_called: bool = False
    finish_reason: str = ""
    delivered_chars: int = 0
    delivered_bytes: int = 0
    marks: tuple[Mark, ...] = ()
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)


Record = Intent | Delivered | Stopping | Final
