"""What a streamed character costs as an answer grows: the curve must be flat.

    python -m benchmarks.stream_length [--json] [--repeats N]

CPU time of the whole stream path (split, read, screen, hold, label, render), for the default pack
with 20,000 further terms, from the first byte to the last. Socket and ledger are left out: they
see each piece once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from benchmarks.corpus import terms
from benchmarks.rig import LIST_TERMS, machine
from gateway.dialects.dialect import Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.editions import Edition, Selection, build_edition
from gateway.exchange import Exchange
from gateway.labels.aigc import AigcLabel, Mark
from gateway.labels.explicit import ExplicitText
from gateway.labels.streams import StreamLabel
from gateway.ledger.records import Mark as DeliveredMark
from gateway.relay import StreamRelay
from gateway.script import CHINESE, ENGLISH, pieces
from policies.types import Direction, Verdict

LENGTHS = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
PACK = "cn-interim-measures"
CHAT = OpenAIChat()
CHUNK = 1_400
"""Bytes that come at once, about what a packet holds."""


@dataclass(frozen=True, slots=True)
class Point:
    kind: str
    characters: int
    us_per_character: float


class NoRecord:
    """Stands for the recorder."""

    async def delivering(self, content: bytes, marks: tuple[DeliveredMark, ...] = ()) -> None: ...
    async def stopping(self, direction: Direction, verdict: Verdict) -> None:
        raise RuntimeError("a clean text was stopped")

    def held_back(self, seconds: float) -> None: ...


def edition() -> Edition:
    with TemporaryDirectory() as folder:
        listed = Path(folder) / "terms.txt"
        listed.write_text("\n".join(terms(LIST_TERMS)), encoding="utf-8")
        lists = {PACK: {"A.1.h": [listed]}}
        return build_edition(Selection((PACK,), (), lists, 2.0, 256))


def prose(text: str) -> Callable[[int], Iterator[dict[str, object]]]:
    def deltas(length: int) -> Iterator[dict[str, object]]:
        whole = (text * (length // len(text) + 1))[:length]
        for piece in pieces(whole):
            yield {"content": piece}

    return deltas


def arguments(length: int) -> Iterator[dict[str, object]]:
    """One tool call whose arguments are JSON within a string."""
    whole = json.dumps({"text": (ENGLISH * (length // len(ENGLISH) + 1))[: length - 12]})
    for piece in pieces(whole):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


KINDS = {"English": prose(ENGLISH), "Chinese": prose(CHINESE), "tool arguments": arguments}


def encoded(deltas: Iterator[dict[str, object]]) -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
    choices: list[dict[str, object]] = [{"index": 0, "delta": delta} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = (orjson.dumps({**head, "choices": [choice]}) for choice in choices)
    return b"".join(b"data: " + event + b"\n\n" for event in events) + b"data: [DONE]\n\n"


async def relayed(active: Edition, stream: bytes) -> int:
    """Bytes that left."""

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(stream), CHUNK):
            yield stream[at : at + CHUNK]

    label = AigcLabel("00119X000000000000000W1DEMO", "01J")
    exchange = Exchange("01J", "POST", "/", CHAT, active, label, 0.0, 0.0, "r", "t")
    delivery = CHAT.deliver(Prompt(None, (), "m", stream=True), "01J", 0)
    marks = StreamLabel(CHAT, delivery, Mark(label, explicit_label_required=True), ExplicitText())
    relay = StreamRelay(
        exchange, CHAT, NoRecord(), marks, event_bytes=1 << 20, output_chars=4_000_000
    )
    return sum([len(part) async for part in relay.released(chunks())])


def measured(active: Edition, kind: str, length: int, repeats: int) -> Point:
    """The best of several runs, since other work on the machine only adds."""
    stream = encoded(KINDS[kind](length))
    best = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        left = asyncio.run(relayed(active, stream))
        best = min(best, time.process_time() - began)
        if left < len(stream):
            raise RuntimeError("not all of a clean stream left")
    return Point(kind, length, round(best / length * 1e6, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    active = edition()
    curve = [
        measured(active, kind, length, options.repeats) for kind in KINDS for length in LENGTHS
    ]
    if options.json:
        print(json.dumps({"machine": machine(), "curve": [asdict(p) for p in curve]}, indent=1))
        return
    for point in curve:
        print(f"{point.kind:16} {point.characters:8,} {point.us_per_character:9.3f} us/character")


if __name__ == "__main__":
    main()
