"""What an API surface must say of itself, so that one pipeline serves them all.

A dialect knows where text stands in its bodies and how to say no in its own words. It never
decides, waits, or touches a socket.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from classifiers.types import Role, Segment
from gateway.errors import Refusal, UpstreamFault
from gateway.forms import Part
from gateway.framing import Framing
from gateway.leaves import Path
from gateway.ledger.records import Usage
from gateway.seams import Around
from gateway.stream import GuardKey
from gateway.strict_json import JSON

KEYS_FIELD = "keys"
"""The field under which all object keys run: text that can be stopped but not masked."""


class Media(StrEnum):
    """What becomes of images, audio and files, which nobody here can read."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 - a choice, not a password


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be; threats on single requests, vLLM CVE-2026-34756 among them."""

    depth: int = 64
    leaves: int = 10_000
    messages: int = 2_000
    string_chars: int = 524_288
    choices: int = 8
    tools: int = 128
    media: Media = Media.REFUSE
    stored: Media = Media.REFUSE
    """What becomes of references to text that only the upstream has."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request body, read: what will be screened and what the pipeline must know of it."""

    body: JSON
    segments: tuple[Segment, ...]
    model: str
    stream: bool = False
    include_usage: bool = False
    choices: int = 1
    structured: bool = False
    """The answer is for a machine (JSON mode, tools): no visible label may be written into it."""
    files: tuple[bytes, ...] | None = None
    """The files of a form, by their numbers in `body`; None where the request is JSON."""
    around: Around | None = None
    """What answers go on from and run into, where they are no turns of their own; None in talks."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a client may learn of a verdict: the clause and where to appeal, never the words."""

    exchange_id: str
    action: str
    leaf: str
    name_zh: str
    name_en: str
    article: str
    pack: str

    @property
    def sentence(self) -> str:
        """For people, in both languages of the pack."""
        what = f"{self.leaf} {self.name_zh} ({self.name_en}), {self.article}" if self.leaf else ""
        reason = f"policy {self.pack}: {what}" if what else f"policy {self.pack}"
        return (
            f"Stopped under {reason}. 该内容已按规则停止。 "
            f"To appeal, quote exchange {self.exchange_id}. 申诉请提供此编号。"
        )


class Text(NamedTuple):
    """A piece of text in an event of a stream. A named tuple for the reason of `StringLeaf`.

    An empty one ties its event to a text: the event leaves when that text may.
    """

    key: GuardKey
    role: Role
    path: Path
    text: str
    whole: bool = False
    """True where the text is complete in this event: nothing that follows continues it."""
    repeats: bool = False
    """True for fields that say the same in every event: only a change is new text."""
    is_key: bool = False
    """True for the object key that `path` ends in: it cannot be masked, only stopped."""
    again: bool = False
    """True where an event sums up the text of `key` as it has come so far."""
    nested: bool = False
    """True for JSON within a string, which somebody will unpack."""
    sealed: bool = False
    """True for text under a signature: it may leave as it came, or not at all."""


class Ending(StrEnum):
    """Whether a streamed answer is over behind an event."""

    GOES_ON = "goes on"
    MAY_END = "may end"
    """The model has come to its end; more may follow, such as a count of tokens."""
    CLOSED = "closed"
    """The last event there can be: nothing behind it is read."""
    FAILED = "failed"
    """The last event, in which the endpoint says that it failed."""


class Delivery(Protocol):
    """One streamed answer as it leaves: it has seen what left, so it knows what may follow."""

    def outgoing(self, event: JSON) -> JSON:
        """What leaves for an event: the event itself, unless places or numbers have shifted."""
        ...

    def dropped(self, event: JSON) -> None:
        """An event that does not leave, though what stands around it does."""
        ...

    def saying(self, like: JSON, text: str) -> list[JSON]:
        """Events that add `text` where `like` is about to leave; for the visible label."""
        ...

    def answered(self, answer: str) -> list[JSON]:
        """Events that say `answer` in place of the model, and end the stream."""
        ...

    def stopped(self, notice: Notice) -> list[JSON]:
        """Events that legally end a stopped stream."""
        ...

    def broken(self, error: JSON) -> list[JSON]:
        """Events that end a stream which will not be whole. `error` is an error body."""
        ...


class StreamedDialect(Protocol):
    """How the answers of a surface stream."""

    @property
    def framing(self) -> Framing: ...

    @property
    def repeats(self) -> bool:
        """Whether events sum up what earlier ones said."""
        ...

    @property
    def spoken_field(self) -> str:
        """The field of a choice that people read: where a visible label may be written."""
        ...

    def event_name(self, event: JSON) -> bytes:
        """The name its frame must bear; empty where frames have none."""
        ...

    def texts(self, event: JSON) -> list[Text]:
        """Every string leaf of one event of a stream, by the text that it continues."""
        ...

    def ended(self, event: JSON) -> int | None:
        """The choice whose texts end with this event; None where none does."""
        ...

    def ending(self, event: JSON) -> Ending:
        """Whether the answer is over."""
        ...

    def bears_label(self, event: JSON) -> bool:
        """Whether this event ends something, so that it carries the label too."""
        ...

    def speech_ends(self, event: JSON) -> bool:
        """Whether what people read comes to an end here: a visible label stands before it."""
        ...

    def usage(self, event: JSON) -> Usage | None:
        """Tokens as the upstream counted them; None where an event does not say."""
        ...

    def redacted(self, event: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """The event with strings replaced, and without what would repeat what was masked."""
        ...

    def deliver(self, prompt: Prompt, exchange_id: str, created: int) -> Delivery:
        """Open one answer."""
        ...


class Dialect(Protocol):
    """One API surface."""

    @property
    def name(self) -> str:
        """As it stands on the record, such as `openai.chat`."""
        ...

    @property
    def credential(self) -> str:
        """The header in which its upstreams take a key."""
        ...

    @property
    def streamed(self) -> StreamedDialect | None:
        """How its answers stream; None where they only come whole."""
        ...

    @property
    def speaks(self) -> bool:
        """Whether its answers are turns of a talk: only there can an approved one stand in."""
        ...

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        ...

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        ...

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        """The error body of a request that is not carried out."""
        ...

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        """The error body of an answer that could not be had."""
        ...

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        """Status and body for a prompt that was stopped."""
        ...

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        """A response of our own in place of `body`: the reason, and of `body` only its numbers."""
        ...

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        """A whole response that says `answer`."""
        ...

    def with_text(self, body: JSON, *, before: str = "", after: str = "") -> JSON:
        """A whole response with text added around every choice; for the visible label."""
        ...

    def spoken(self, body: JSON) -> list[str]:
        """What people read of a whole response, a text per choice."""
        ...

    def usage(self, body: JSON) -> Usage | None:
        """Tokens as the upstream counted them; None where a body does not say."""
        ...

    def redacted(self, body: JSON, edits: Sequence[tuple[Path, str]]) -> JSON:
        """A response with strings replaced, and without what would repeat what was masked."""
        ...


class TakesForms(ABC):
    """A dialect whose requests are multipart forms."""

    @abstractmethod
    def read_form(self, parts: Sequence[Part], limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""


class AnswersInText(ABC):
    """A dialect whose answers may be something else than JSON that is read as text."""

    @abstractmethod
    def parse_answer(self, prompt: Prompt, kind: str, data: bytes) -> JSON:
        """A whole answer of a media type, as what is screened. Raises NotStrictJSON."""

    @abstractmethod
    def write_answer(self, prompt: Prompt, body: JSON) -> tuple[bytes, bytes]:
        """Content type and bytes of what `parse_answer` made, as it may leave."""


class AnswersInMedia(ABC):
    """A dialect whose answers are files that say what was asked for, and no text."""

    @abstractmethod
    def is_medium(self, prompt: Prompt, kind: str, data: bytes) -> bool:
        """Whether an answer of a media type is such a file; anything else goes nowhere."""
