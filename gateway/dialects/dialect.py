"""What an API surface must say of itself, so that one pipeline serves them all.

A dialect knows where text stands in its bodies and how to say no in its own words. It never
decides, waits, or touches a socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from classifiers.types import Role, Segment
from gateway.errors import Refusal, UpstreamFault
from gateway.leaves import Path
from gateway.ledger.records import Usage
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
    """A piece of text in an event of a stream. A named tuple for the reason of `StringLeaf`."""

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


class Dialect(Protocol):
    """One API surface."""

    @property
    def name(self) -> str:
        """As it stands on the record, such as `openai.chat`."""
        ...

    @property
    def spoken_field(self) -> str:
        """The field of a choice that people read: where a visible label may be written."""
        ...

    def read(self, body: bytes, limits: Limits) -> Prompt:
        """Read a request. Raises Refusal for what cannot be read in exactly one way."""
        ...

    def outputs(self, body: JSON) -> list[Segment]:
        """Every string leaf of a whole response."""
        ...

    def texts(self, event: JSON) -> list[Text]:
        """Every string leaf of one event of a stream, by the text that it continues."""
        ...

    def ends(self, event: JSON) -> bool:
        """Whether this event ends a choice, or stands behind the last one: it bears the label."""
        ...

    def finished(self, event: JSON) -> bool:
        """Whether the model says in this event that it has come to an end of its own."""
        ...

    def refused(self, refusal: Refusal, exchange_id: str) -> JSON:
        """The error body of a request that is not carried out."""
        ...

    def faulted(self, fault: UpstreamFault, exchange_id: str) -> JSON:
        """The error body, or the error event, of an answer that could not be had."""
        ...

    def blocked_prompt(self, notice: Notice) -> tuple[int, JSON]:
        """Status and body for a prompt that was stopped."""
        ...

    def blocked_output(self, prompt: Prompt, body: JSON, notice: Notice, created: int) -> JSON:
        """A response of our own in place of `body`: the reason, and of `body` only its numbers."""
        ...

    def stopped(self, last: JSON, choices: int, notice: Notice) -> JSON:
        """The event that legally ends a stopped stream. `last` is one that has left, or None."""
        ...

    def answered(self, prompt: Prompt, answer: str, exchange_id: str, created: int) -> JSON:
        """A whole response that says `answer`."""
        ...

    def answered_events(
        self, prompt: Prompt, answer: str, exchange_id: str, created: int
    ) -> list[JSON]:
        """The same as the events of a stream, the one that ends it last."""
        ...

    def text_event(self, like: JSON, text: str) -> JSON:
        """An event that adds `text` to every choice of `like`; for the visible label."""
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

    def without_logprobs(self, body: JSON) -> JSON:
        """A response or event without the token lists that would repeat what was masked."""
        ...
