"""Streams of every dialect through the relay: screened, held, labelled, and read as they left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import vendors
from packs import active_pack
from vendors import Turn, Vendor

from gateway.dialects import gemini
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.dialect import Notice, Prompt, StreamedDialect
from gateway.dialects.ollama import OllamaChat, OllamaGenerate
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.editions import Edition
from gateway.errors import UpstreamFault
from gateway.exchange import Exchange
from gateway.labels.aigc import AigcLabel, Mark
from gateway.labels.explicit import ExplicitText
from gateway.labels.streams import StreamLabel
from gateway.ledger.records import Mark as DeliveredMark
from gateway.relay import Stopped, StreamRelay
from policies.types import Direction, Verdict

ACTIVE = active_pack()
PROMPT = Prompt(None, (), "m", stream=True)
LABEL = AigcLabel("00119X000000000000000W1DEMO", "01J")
NOTICE = Notice("01J", "block", "T.1", "名称", "name", "IM Art. 4(1)", "test@1")


@dataclass(frozen=True)
class Spoken:
    """A vendor's protocol and our dialect for it."""

    vendor: Vendor
    dialect: StreamedDialect

    def __str__(self) -> str:
        return f"{self.vendor.name} {self.vendor.framing.media_type}"


SPOKEN = [
    Spoken(vendors.CHAT, OpenAIChat()),
    Spoken(vendors.COMPLETIONS, OpenAICompletions()),
    Spoken(vendors.RESPONSES, OpenAIResponses()),
    Spoken(vendors.MESSAGES, AnthropicMessages()),
    Spoken(vendors.OLLAMA_CHAT, OllamaChat()),
    Spoken(vendors.OLLAMA_GENERATE, OllamaGenerate()),
    Spoken(vendors.GEMINI, gemini.streaming("m")),
    Spoken(vendors.GEMINI_ARRAY, gemini.streaming_array("m")),
]


@dataclass
class Notebook:
    """Stands for the recorder: remembers what was said to be about to leave."""

    delivered: bytes = b""

    async def delivering(self, content: bytes, marks: tuple[DeliveredMark, ...] = ()) -> None:
        self.delivered += content

    async def stopping(self, direction: Direction, verdict: Verdict) -> None:
        pass

    def held_back(self, seconds: float) -> None:
        pass


@dataclass
class Heard:
    """What came out of one stream."""

    events: list[dict[str, Any]]
    raw: bytes
    """As it left, labels taken out, up to any end of our own."""
    stopped: bool = False
    broken: bool = False

    @property
    def text(self) -> str:
        return orjson.dumps(self.events).decode()


async def relayed(
    spoken: Spoken,
    chunks: list[bytes],
    explicit: ExplicitText = ExplicitText(),  # noqa: B008
) -> Heard:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    dialect, notebook = spoken.dialect, Notebook()
    exchange = Exchange(
        "01J", "POST", "/", OpenAIChat(), Edition(ACTIVE), LABEL, 0.0, 0.0, "r", "t"
    )
    mark = Mark(LABEL, explicit_label_required=explicit.interface_owes)
    label = StreamLabel(dialect, dialect.deliver(PROMPT, "01J", 0), mark, explicit)
    relay = StreamRelay(
        exchange, dialect, notebook, label, event_bytes=1 << 20, output_chars=1 << 20
    )
    sent = b""
    stopped = broken = False
    try:
        async for released in relay.released(stream()):
            sent += released
        end = label.end()
    except Stopped:
        stopped, end = True, label.stopped(NOTICE)
    except UpstreamFault:
        broken, end = True, label.broken({"error": {"message": "broken"}})
    assert sent == notebook.delivered
    raw = sent.replace(b'"AIGC":%b,"explicit_label_required":true,' % LABEL.header, b"")
    return Heard(read(spoken, sent + end), raw, stopped, broken)


def read(spoken: Spoken, data: bytes) -> list[dict[str, Any]]:
    """The events of a stream, which must hold nothing else."""
    splitter = spoken.vendor.framing.splitter(1 << 24)
    frames = splitter.feed(data) + splitter.finish()
    done = spoken.vendor.framing.done
    return [orjson.loads(f.data or b"") for f in frames if not done or f.data != done]


RICH = Turn(
    ["The weather ", "is fine", ", they say."],
    ["Let me ", "think."],
    "search",
    ['{"query": ', '"a \\n', "b", '"}'],
)
