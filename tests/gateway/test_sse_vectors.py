"""Vectors of the server-sent-events grammar (HTML standard, section 9.2), in each line ending.

Written with LF; every one is tried with LF, CRLF and CR, and cut at every byte.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
import pytest

from gateway.sse import Frame, FrameSplitter

Said = list[tuple[str, str]]
"""Name and data of each event that a client is told of."""


@dataclass(frozen=True)
class Vector:
    stream: str
    said: Said
    plain: bool = True
    """Whether every frame may leave as the bytes that came."""

    def __str__(self) -> str:
        return repr(self.stream)[:60]


def one(data: str, name: str = "") -> Said:
    return [(name, data)]


VECTORS = [
    # Values, and the one space that may stand before them.
    Vector("data: a\n\n", one("a")),
    Vector("data:a\n\n", one("a")),
    Vector("data:  a\n\n", one(" a")),
    Vector("data:\ta\n\n", one("\ta")),
    Vector("data: a \n\n", one("a ")),
    Vector("data: \n\n", one("")),
    Vector("data:\n\n", one("")),
    Vector("data\n\n", one("")),
    Vector("data: :\n\n", one(":")),
    Vector("data: a:b\n\n", one("a:b")),
    Vector("data::a\n\n", one(":a")),
    Vector("data: data: a\n\n", one("data: a")),
    Vector('data: {"a":"b"}\n\n', one('{"a":"b"}')),
    Vector("data: [DONE]\n\n", one("[DONE]")),
    Vector("data: 天气\n\n", one("天气")),
    Vector("data: 😀é\n\n", one("😀é")),
    # Several lines are one event.
    Vector("data: a\ndata: b\n\n", one("a\nb")),
    Vector("data: a\ndata\n\n", one("a\n")),
    Vector("data\ndata\n\n", one("\n")),
    Vector("data\ndata\ndata\n\n", one("\n\n")),
    Vector("data:\ndata: b\n\n", one("\nb")),
    Vector("data: a\ndata: b\ndata: c\n\n", one("a\nb\nc")),
    # Several events.
    Vector("data: a\n\ndata: b\n\n", [("", "a"), ("", "b")]),
    Vector("data: a\n\n\ndata: b\n\n", [("", "a"), ("", "b")]),
    Vector("\n\ndata: a\n\n", one("a")),
    Vector("\n\n\n\ndata: a\n\n\n\n", one("a")),
    # Names.
    Vector("event: n\ndata: a\n\n", one("a", "n")),
    Vector("event:n\ndata: a\n\n", one("a", "n")),
    Vector("data: a\nevent: n\n\n", one("a", "n")),
    Vector("event: m\nevent: n\ndata: a\n\n", one("a", "n"), plain=False),
    Vector("event: n\ndata: a\n\ndata: b\n\n", [("n", "a"), ("", "b")]),
    Vector("event: n\n\n", []),
    Vector("event: n\n\ndata: a\n\n", one("a")),
    Vector("event\ndata: a\n\n", one("a")),
    Vector("event:\ndata: a\n\n", one("a")),
    # Comments, which nobody is told of.
    Vector(": c\n\n", [], plain=False),
    Vector(":\n\n", [], plain=False),
    Vector(": c\ndata: a\n\n", one("a"), plain=False),
    Vector("data: a\n: c\n\n", one("a"), plain=False),
    Vector("data: a\n:data: b\n\n", one("a"), plain=False),
    Vector(":event: n\ndata: a\n\n", one("a"), plain=False),
    Vector("data: a\n:c\ndata: b\n\n", one("a\nb"), plain=False),
    # Other fields, which say nothing of an event's data.
    Vector("id: 7\ndata: a\n\n", one("a"), plain=False),
    Vector("id\ndata: a\n\n", one("a"), plain=False),
    Vector("id: x\0y\ndata: a\n\n", one("a"), plain=False),
    Vector("retry: 10\ndata: a\n\n", one("a"), plain=False),
    Vector("retry: soon\ndata: a\n\n", one("a"), plain=False),
    Vector("retry: 10\n\n", [], plain=False),
    Vector("other: x\ndata: a\n\n", one("a"), plain=False),
    Vector("forbiddenword\ndata: a\n\n", one("a"), plain=False),
    # Names of fields are exact.
    Vector("Data: a\n\n", [], plain=False),
    Vector("DATA: a\n\n", [], plain=False),
    Vector(" data: a\n\n", [], plain=False),
    Vector("data : a\n\n", [], plain=False),
    Vector("\tdata: a\n\n", [], plain=False),
    Vector("ｄata: a\n\n", [], plain=False),
    Vector("datas: a\n\n", [], plain=False),
    Vector("dat: a\n\n", [], plain=False),
    # What Unicode calls a line break is none.
    Vector("data: a\u2028data: b\n\n", one("a\u2028data: b")),
    Vector("data: a\u2029\u2029data: b\n\n", one("a\u2029\u2029data: b")),
    Vector("data: a\x85data: b\n\n", one("a\x85data: b")),
    Vector("data: a\x0b\x0c\x1c\x1d\x1eb\n\n", one("a\x0b\x0c\x1c\x1d\x1eb")),
    Vector("data: a\0b\n\n", one("a\0b")),
    # A byte-order mark is one at the start only.
    Vector("\ufeffdata: a\n\n", one("a")),
    Vector("\ufeff\ufeffdata: a\n\n", [], plain=False),
    Vector("data: a\n\n\ufeffdata: b\n\n", one("a"), plain=False),
    Vector("data: \ufeffa\n\n", one("\ufeffa")),
    Vector("\ufeff\n\ndata: a\n\n", one("a")),
]
ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}
CASES = [(vector, end) for vector in VECTORS for end in ENDS]


def encoded(vector: Vector, end: str) -> bytes:
    return vector.stream.encode().replace(b"\n", ENDS[end])


def frames(chunks: list[bytes]) -> list[Frame]:
    splitter = FrameSplitter(1 << 20)
    return [frame for chunk in chunks for frame in splitter.feed(chunk)] + splitter.finish()


def told(found: list[Frame]) -> Said:
    return [(f.event.decode(), f.data.decode()) for f in found if f.data is not None]


def test_there_are_enough_vectors() -> None:
    """More than 150, no two alike."""
    assert len({encoded(*case) for case in CASES}) == len(CASES) >= 150


@pytest.mark.parametrize(("vector", "end"), CASES, ids=str)
def test_a_vector_says_what_the_standard_says(vector: Vector, end: str) -> None:
    """Whole, and cut in two at every byte."""
    stream = encoded(vector, end)
    for edge in range(len(stream)):
        found = frames([stream[:edge], stream[edge:]])
        assert vector.said == told(found), edge
        assert vector.plain is all(frame.plain for frame in found), edge


@pytest.mark.parametrize(
    ("vector", "end"), [c for c in CASES if not c[0].stream.startswith("\ufeffdata")], ids=str
)
def test_a_client_library_reads_the_same(vector: Vector, end: str) -> None:
    """`httpx2.EventSource`, but for empty events, which it leaves out, and a byte-order mark at
    the start, which it takes for text and the standard does not."""
    response = httpx2.Response(
        200,
        content=encoded(vector, end),
        headers={"content-type": "text/event-stream"},
        request=httpx2.Request("GET", "http://upstream.test/"),
    )
    theirs = [e.data for e in httpx2.EventSource(response) if e.data]

    assert theirs == [data for _, data in vector.said if data]
