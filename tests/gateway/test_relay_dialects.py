"""Streams of every dialect: no text of any event slips out, and what is clean leaves as it came."""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from canaries import places, planted
from packs import STOPPED
from spoken import ACTIVE, RICH, SPOKEN, Heard, Spoken, relayed
from vendors import Turn

from classifiers.types import Segment
from gateway.screen import redactions, screen
from policies.types import Action, Direction

SOAK = bool(os.environ.get("STOPLOG_SOAK"))
ID_CARD = "11010519491231002X"
every_dialect = pytest.mark.parametrize("spoken", SPOKEN, ids=str)
with_calls = pytest.mark.parametrize(
    "spoken",
    [
        s
        for s in SPOKEN
        if s.vendor.name in {"openai.chat", "openai.responses", "anthropic.messages"}
    ],
    ids=str,
)


def leaked(heard: Heard, word: str) -> bool:
    return word in heard.text


@every_dialect
async def test_a_word_in_any_field_of_any_event_is_stopped(spoken: Spoken) -> None:
    """One by one, every string of every event of a rich answer, and a key of every object."""
    events = spoken.vendor.events(RICH)
    tried = 0
    for number, event in enumerate(events):
        variants = [planted(event, path, lambda t: f"{t} forbiddenword ") for path in places(event)]
        variants += [{**event, "forbiddenword": 1}, {**event, "x_vendor": ["forbiddenword"]}]
        for variant in variants:
            data = spoken.vendor.encoded([*events[:number], variant, *events[number + 1 :]])
            heard = await relayed(spoken, [data])
            # A word in the event's type makes a frame that nobody knows, which may be refused.
            assert heard.stopped or heard.broken, f"event {number}: {variant}"
            assert not leaked(heard, "forbidden"), f"event {number}: {variant}"
            tried += 1
    assert tried > 2 * len(events)


@every_dialect
async def test_a_number_in_any_field_of_any_event_is_masked_or_stopped(spoken: Spoken) -> None:
    """What has to be masked is gone, wherever it stands, and however often it is said again."""
    events = spoken.vendor.events(RICH)
    for number, event in enumerate(events):
        for path in places(event):
            variant = planted(event, path, lambda t: f"{t} {ID_CARD} ")
            data = spoken.vendor.encoded([*events[:number], variant, *events[number + 1 :]])
            heard = await relayed(spoken, [data])
            assert not leaked(heard, ID_CARD[:12]), f"event {number}: {variant}"


@every_dialect
async def test_clean_streams_leave_as_the_bytes_that_came(spoken: Spoken) -> None:
    """Whatever the chunks."""
    data = spoken.vendor.encoded(spoken.vendor.events(RICH))
    for size in (1, 7, 100, len(data)):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        heard = await relayed(spoken, chunks)
        expected = data[: -len(spoken.vendor.framing.closing) or None]
        assert expected == heard.raw, size


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
        "\u2028",
        "图书馆",
    ),
]
PLANTS = [
    *STOPPED,
    "FORBIDDENWORD",
    "违\u200b禁词示例",
    "ｆｏｒｂｉｄｄｅｎｗｏｒｄ",
    ID_CARD,
    "13800138000",
]


def sample(seed: int) -> tuple[list[str], random.Random]:
    """Pieces of a text, poisoned two times in three."""
    chance = random.Random(seed)
    pieces = [chance.choice(CLEAN) for _ in range(chance.randint(0, 20))]
    if seed % 3:
        pieces.insert(chance.randint(0, len(pieces)), chance.choice(PLANTS))
    text = "".join(pieces)
    edges = sorted({0, len(text), *(chance.randint(0, len(text)) for _ in range(12))})
    return [text[a:b] for a, b in itertools.pairwise(edges)], chance


SPEECH: dict[str, Callable[[dict[str, Any]], str]] = {
    "openai.chat": lambda e: e["choices"][0]["delta"].get("content", ""),
    "openai.completions": lambda e: e["choices"][0]["text"],
    "openai.responses": lambda e: e.get("delta", "") if e["type"].endswith("text.delta") else "",
    "anthropic.messages": lambda e: e.get("delta", {}).get("text", ""),
    "ollama.chat": lambda e: e["message"]["content"],
    "ollama.generate": lambda e: e["response"],
    "gemini.stream": lambda e: "".join(
        p.get("text", "") for p in e["candidates"][0]["content"]["parts"]
    ),
}


def said(spoken: Spoken, heard: Heard) -> str:
    return "".join(SPEECH[spoken.vendor.name](event) for event in heard.events)


@every_dialect
async def test_no_character_of_a_match_leaves_and_clean_text_leaves_whole(spoken: Spoken) -> None:
    """As if the text had been judged whole, however it was cut, in pieces and in bytes."""
    for seed in range(3_000 if SOAK else 150):
        pieces, chance = sample(seed)
        data = spoken.vendor.encoded(spoken.vendor.events(Turn(pieces)))
        edges = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(8))})
        heard = await relayed(spoken, [data[a:b] for a, b in itertools.pairwise(edges)])
        segment = Segment("".join(pieces))
        whole = await screen(ACTIVE, Direction.OUTPUT, [segment])
        masked = dict(redactions(whole, [segment])).get((), segment.text)
        blocks = [hit.finding.start for hit in whole.hits if hit.action is Action.BLOCK]
        assert heard.stopped == bool(blocks), f"seed {seed}: another verdict than for the whole"
        if blocks:
            assert masked[: min(blocks)].startswith(said(spoken, heard)), f"seed {seed}: leaked"
        else:
            assert masked == said(spoken, heard), f"seed {seed}: lost or changed"


SSE_TYPE = "text/event-stream"
STYLES: dict[str, Callable[[bytes], bytes]] = {
    "LF": lambda data: data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "CR": lambda data: data.replace(b"\n", b"\r"),
    "mixed": lambda data: data.replace(b"\n\n", b"\r\n\r").replace(b"}\n", b"}\r"),
    "BOM and comments": lambda data: b"\xef\xbb\xbf: forbiddenword\n\n" + data,
}


def styles_of(spoken: Spoken) -> list[str]:
    """The line endings that its streams may have."""
    return list(STYLES) if spoken.vendor.framing.media_type == SSE_TYPE else ["LF", "CRLF"]


@every_dialect
async def test_every_split_point_of_a_text_in_every_line_ending(spoken: Spoken) -> None:
    """Each character as the edge between two events, and the bytes cut anywhere as well."""
    # In the long run 300 texts, each in the protocol whose turn it is.
    for seed in range(SPOKEN.index(spoken), 300, len(SPOKEN)) if SOAK else range(3):
        pieces, chance = sample(seed)
        text = "".join(pieces)
        segment = Segment(text)
        whole = await screen(ACTIVE, Direction.OUTPUT, [segment])
        masked = dict(redactions(whole, [segment])).get((), text)
        blocks = [hit.finding.start for hit in whole.hits if hit.action is Action.BLOCK]
        for edge, style in itertools.product(range(len(text) + 1), styles_of(spoken)):
            turn = Turn([text[:edge], text[edge:]])
            data = STYLES[style](spoken.vendor.encoded(spoken.vendor.events(turn)))
            edges = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(3))})
            heard = await relayed(spoken, [data[a:b] for a, b in itertools.pairwise(edges)])
            where = (seed, edge, style)
            assert heard.stopped == bool(blocks), where
            spoke = said(spoken, heard)
            if blocks:
                assert masked[: min(blocks)].startswith(spoke), where
            else:
                assert masked == spoke, where


@every_dialect
async def test_every_split_point_of_the_bytes_in_every_line_ending(spoken: Spoken) -> None:
    """Each byte of a stream as the edge between two chunks."""
    for number, style in itertools.product(range(4 if SOAK else 1), styles_of(spoken)):
        pieces, _ = sample(3 * number + 4)
        plain = spoken.vendor.encoded(spoken.vendor.events(Turn(pieces[:6])))
        data = STYLES[style](plain)
        whole = await relayed(spoken, [data])
        for edge in range(1, len(data), 1 if SOAK else 7):
            heard = await relayed(spoken, [data[:edge], data[edge:]])
            assert (whole.stopped, said(spoken, whole)) == (heard.stopped, said(spoken, heard))
            assert not leaked(heard, "forbiddenw")


ESCAPED = [
    json.dumps("forbiddenword"),
    '"\\u0066\\u006fr\\u0062iddenword"',
    '"forbidden\\u0077ord"',
    json.dumps("违禁词示例"),
    json.dumps({"a": "forbidden\\u0077ord"}),
    json.dumps(json.dumps({"deep": "违禁词示例"})),
    '"for\\u200bbiddenword"',
    '"违\\/禁词示例"',
]


@with_calls
@pytest.mark.parametrize("value", ESCAPED)
async def test_arguments_are_read_as_whoever_unpacks_them_will(spoken: Spoken, value: str) -> None:
    """Escaped, nested, and cut anywhere: not a character of the word leaves in any spelling."""
    before, text = '{"query": ', f'{{"query": {value}}}'
    for edge in range(len(text)):
        turn = Turn(tool="search", arguments=[text[:edge], text[edge:]])
        events = spoken.vendor.events(turn)
        heard = await relayed(spoken, [spoken.vendor.encoded(events)])
        assert heard.stopped, edge
        calls = "".join(_arguments(event) for event in heard.events)
        assert f"{before}{value}"[: len(before) + 4].startswith(calls), (edge, calls)


def _arguments(event: dict[str, Any]) -> str:
    if event.get("choices"):
        calls = event["choices"][0]["delta"].get("tool_calls", [])
        return "".join(call["function"]["arguments"] for call in calls)
    if str(event.get("type", "")).endswith("arguments.delta"):
        return str(event["delta"])
    delta = event.get("delta")
    return str(delta.get("partial_json", "")) if isinstance(delta, dict) else ""


@with_calls
async def test_what_is_masked_in_arguments_stays_json(spoken: Spoken) -> None:
    """Escapes within the masked span go with it; the rest parses as before."""
    text = '{"query": "id 1101051949\\u00312\\u0033\\u0031002X, \\"quoted\\""}'
    for edge in range(len(text)):
        turn = Turn(tool="search", arguments=[text[:edge], text[edge:]])
        heard = await relayed(spoken, [spoken.vendor.encoded(spoken.vendor.events(turn))])
        calls = "".join(_arguments(event) for event in heard.events)
        assert not heard.stopped
        query = json.loads(calls)["query"]
        assert (query[:3], query[-10:]) == ("id ", ', "quoted"'), edge
        assert set(query[3:-10]) == {"*"}, edge
