"""The whole stream path over real word lists and patterns: any text, any cutting of its bytes."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import orjson
import pytest
from packs import STOPPED, active_pack

from classifiers.types import Segment
from gateway.dialects.dialect import Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.editions import Edition
from gateway.exchange import Exchange
from gateway.labels.aigc import AigcLabel, Mark
from gateway.labels.explicit import ExplicitText
from gateway.labels.streams import StreamLabel
from gateway.ledger.records import Mark as DeliveredMark
from gateway.relay import Stopped, StreamRelay
from gateway.screen import redactions, screen
from gateway.sse import FrameSplitter
from policies.types import Action, Direction, Verdict

CASES = 20_000 if os.environ.get("STOPLOG_SOAK") else 2_000
ACTIVE = active_pack()
CHAT = OpenAIChat()
CLEAN = [
    *("hello", " there", "的", "天气", "很好", ", ", ". ", "\n", "1101", "sk-", "for", "bidden"),
    *(
        "forbidden",
        "words",
        "违禁",
        "词",
        "示例",
        "two",
        " ",
        "\u200b",
        "é",
        "😀",
        "library",
        "图书馆",
    ),
]
PLANTS = [*STOPPED, "FORBIDDENWORD", "违\u200b禁词示例", "ｆｏｒｂｉｄｄｅｎｗｏｒｄ"]
MASKED = ["11010519491231002X", "13800138000"]


@dataclass
class Notebook:
    """Stands for the recorder: remembers what was said to be about to leave."""

    delivered: list[bytes] = field(default_factory=list)
    marks: tuple[DeliveredMark, ...] = ()
    stopped: Verdict | None = None

    async def delivering(self, content: bytes, marks: tuple[DeliveredMark, ...] = ()) -> None:
        self.delivered.append(content)
        self.marks = marks

    async def stopping(self, direction: Direction, verdict: Verdict) -> None:
        self.stopped = verdict

    def held_back(self, seconds: float) -> None:
        pass


@dataclass
class Heard:
    """What came out of one stream."""

    sent: bytes
    notebook: Notebook
    relay: StreamRelay
    stopped: bool

    @property
    def text(self) -> str:
        splitter = FrameSplitter(1 << 20)
        frames = splitter.feed(self.sent) + splitter.finish()
        events = [orjson.loads(f.data) for f in frames if f.data and f.data != b"[DONE]"]
        return "".join(c["delta"].get("content", "") for e in events for c in e["choices"])


def sse(pieces: list[str]) -> bytes:
    """A stream that says the pieces, one event each."""
    head = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
    choices: list[dict[str, object]] = [
        {"index": 0, "delta": {"content": piece}, "finish_reason": None} for piece in pieces
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = [{**head, "choices": [choice]} for choice in choices]
    return b"".join(b"data: " + orjson.dumps(e) + b"\n\n" for e in events) + b"data: [DONE]\n\n"


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    """The bytes in chunks that end anywhere."""
    count = chance.choice([0, 1, 3, 10, 40])
    edges = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(count))})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


async def relayed(chunks: list[bytes]) -> Heard:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    label = AigcLabel("00119X000000000000000W1DEMO", "01J")
    exchange = Exchange("01J", "POST", "/", CHAT, Edition(ACTIVE), label, 0.0, 0.0, "r", "t")
    notebook = Notebook()
    delivery = CHAT.deliver(Prompt(None, (), "m", stream=True), "01J", 0)
    mark = Mark(label, explicit_label_required=True)
    marks = StreamLabel(CHAT, delivery, mark, ExplicitText())
    relay = StreamRelay(exchange, CHAT, notebook, marks, event_bytes=1 << 20, output_chars=1 << 20)
    sent = b""
    try:
        async for released in relay.released(stream()):
            sent += released
    except Stopped:
        return Heard(sent, notebook, relay, stopped=True)
    return Heard(sent, notebook, relay, stopped=False)


def sample(seed: int) -> tuple[list[str], random.Random]:
    """Pieces of a text: clean, poisoned, or holding something to mask, by turns."""
    chance = random.Random(seed)
    pieces = [chance.choice(CLEAN) for _ in range(chance.randint(0, 30))]
    if seed % 3:
        plant = chance.choice(PLANTS if seed % 3 == 1 else MASKED)
        pieces.insert(chance.randint(0, len(pieces)), plant)
    text = "".join(pieces)
    edges = sorted({0, len(text), *(chance.randint(0, len(text)) for _ in range(20))})
    return [text[a:b] for a, b in itertools.pairwise(edges)], chance


async def test_no_character_of_a_match_leaves_and_clean_text_leaves_whole() -> None:
    """2,000 texts x chunkings: as if the text had been judged whole, and nothing slips out."""
    for seed in range(CASES):
        pieces, chance = sample(seed)
        data = sse(pieces)
        heard = await relayed(cut(data, chance))
        segment = Segment("".join(pieces))
        whole = await screen(ACTIVE, Direction.OUTPUT, [segment])
        _check(seed, heard, segment, whole, data)


def _check(seed: int, heard: Heard, segment: Segment, whole: Verdict, data: bytes) -> None:
    blocks = [hit.finding for hit in whole.hits if hit.action is Action.BLOCK]
    assert heard.stopped == bool(blocks), f"seed {seed}: another verdict than for the whole text"
    assert b"".join(heard.notebook.delivered) == heard.sent, f"seed {seed}: not all on record"
    masked = dict(redactions(whole, [segment])).get(segment.path, segment.text)
    if blocks:
        first = min(finding.start for finding in blocks)
        assert masked[:first].startswith(heard.text), f"seed {seed}: part of a match left"
        return
    assert heard.text == masked, f"seed {seed}: text was lost or changed"
    assert _findings(heard.relay.verdict) == _findings(whole), f"seed {seed}: other findings"
    if masked == segment.text:
        assert _unlabelled(heard.sent) == data, f"seed {seed}: clean bytes were changed"


def _findings(verdict: Verdict) -> set[tuple[str, int, int]]:
    return {(hit.leaf.id, hit.finding.start, hit.finding.end) for hit in verdict.hits}


def _unlabelled(sent: bytes) -> bytes:
    label = AigcLabel("00119X000000000000000W1DEMO", "01J")
    return sent.replace(b'"AIGC":%b,"explicit_label_required":true,' % label.header, b"")


@pytest.mark.parametrize("word", [*STOPPED])
async def test_every_split_of_a_word_over_two_chunks(word: str) -> None:
    """Each byte of the stream as the edge between two chunks."""
    data = sse(["Well, ", *word, " and so on"])
    for edge in range(1, len(data)):
        heard = await relayed([data[:edge], data[edge:]])
        assert (True, True) == (heard.stopped, "Well, ".startswith(heard.text)), edge
