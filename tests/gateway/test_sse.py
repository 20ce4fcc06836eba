"""The frame splitter: any cutting of a stream gives the frames of the whole."""

from __future__ import annotations

import itertools

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sse import EventTooLarge, Frame, FrameSplitter, encode

ENDS = [b"\n", b"\r\n", b"\r"]

lines = st.sampled_from(
    [
        b"data: {}",
        b"data:x",
        b"data",
        b"data:  two",
        b": note",
        b"event: ping",
        b"id: 7",
        b"retry: 1",
        "data: 今天\u2028天气".encode(),
        b"data: a\x0bb\x0c\x85",
        b"other: field",
    ]
)
streams = st.lists(st.tuples(st.lists(lines, max_size=4), st.sampled_from(ENDS)), max_size=6)


def render(events: list[tuple[list[bytes], bytes]]) -> bytes:
    return b"".join(b"".join(line + end for line in ls) + end for ls, end in events)


def split(stream: bytes, cuts: list[int]) -> list[Frame]:
    splitter = FrameSplitter(1 << 20)
    edges = [0, *sorted(c % (len(stream) + 1) for c in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    return [f for piece in pieces for f in splitter.feed(piece)] + splitter.finish()


@given(streams, st.lists(st.integers(min_value=0), max_size=12))
def test_any_cutting_gives_the_same_events(
    events: list[tuple[list[bytes], bytes]], cuts: list[int]
) -> None:
    """Chunk edges are nobody's business, between CR and LF and inside a character too."""
    stream = render(events)

    whole = [(f.data, f.event) for f in split(stream, [])]

    assert whole == [(f.data, f.event) for f in split(stream, cuts)]


@given(streams)
def test_agrees_with_the_http_client_library(events: list[tuple[list[bytes], bytes]]) -> None:
    """What we read as an event's data is what a client reads."""
    stream = render(events)
    response = httpx2.Response(
        200,
        content=stream,
        headers={"content-type": "text/event-stream"},
        request=httpx2.Request("GET", "http://upstream.test/"),
    )
    theirs = [e.data for e in httpx2.EventSource(response) if e.data]

    ours = [f.data.decode(errors="replace") for f in split(stream, []) if f.data]

    assert theirs == ours


@given(streams, st.lists(st.integers(min_value=0), max_size=12))
def test_frames_hold_every_byte_that_came(
    events: list[tuple[list[bytes], bytes]], cuts: list[int]
) -> None:
    """Relaying the raw frames relays the stream, but for blank lines around it."""
    stream = render(events)

    relayed = b"".join(f.raw for f in split(stream, cuts))

    assert _without_blank_ends(stream) == _without_blank_ends(relayed)


def _without_blank_ends(stream: bytes) -> bytes:
    return stream.strip(b"\r\n")


def test_only_data_lines_are_plain() -> None:
    """A frame with a comment, an id or a retry must not be relayed as it came."""
    frames = split(b"data: a\n\n: note\ndata: b\n\nid: 1\ndata: c\n\nretry: 5\ndata: d\n\n", [])

    assert [True, False, False, False] == [f.plain for f in frames]


def test_a_byte_order_mark_is_skipped() -> None:
    """A leading BOM is no part of the first field's name."""
    frames = split(b"\xef\xbb\xbfdata: a\n\n", [1, 2])

    assert [b"a"] == [f.data for f in frames]


def test_an_unended_last_event_is_flushed_by_finish() -> None:
    """Upstreams that forget the last blank line still mean what they said."""
    splitter = FrameSplitter(100)
    early = splitter.feed(b"data: [DONE]")

    assert ([], [b"data: [DONE]\n\n"]) == (early, [f.raw for f in splitter.finish()])


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 200, b"data: " + b"x" * 200 + b"\n\n"])
def test_an_event_over_the_limit_is_refused(stream: bytes) -> None:
    """Ended or not, an event above the cap raises."""
    with pytest.raises(EventTooLarge):
        FrameSplitter(100).feed(stream)


def test_our_own_events_are_one_line() -> None:
    """No text of ours can open a second field."""
    with pytest.raises(ValueError, match="one line"):
        encode(b"a\nevent: forged")
    assert [b"{}"] == [f.data for f in split(encode(b"{}"), []) if f.data]
