"""JSON lines and JSON arrays: any cutting of the bytes gives the events of the whole."""

from __future__ import annotations

import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.framing import JSON_ARRAY, NDJSON, Framing
from gateway.sse import EventTooLarge, Frame

values = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "[", '"', "\\", "}"]),
        st.sampled_from(["x", "]", '"', "\\", '{"', "违\u2028", [], [{}], {"a": ["]"]}]),
        max_size=3,
    ),
    max_size=5,
)
cuts = st.lists(st.integers(min_value=0), max_size=12)


def frames(framing: Framing, data: bytes, edges: list[int], limit: int = 1 << 20) -> list[Frame]:
    splitter = framing.splitter(limit)
    places = [0, *sorted(edge % (len(data) + 1) for edge in edges), len(data)]
    found = [f for a, b in itertools.pairwise(places) for f in splitter.feed(data[a:b])]
    return found + splitter.finish()


def read(found: list[Frame]) -> list[object]:
    return [orjson.loads(frame.data or b"") for frame in found]


@given(values, cuts, st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_lines(events: list[dict[str, object]], edges: list[int], end: bytes) -> None:
    """An object per line; blank lines are nothing."""
    data = b"".join(orjson.dumps(event) + end for event in events)

    assert events == read(frames(NDJSON, data, edges))
    assert events == read(frames(NDJSON, data.rstrip(), edges))


@given(values, cuts, st.sampled_from([b",", b",\r\n", b"\n,\n"]))
def test_arrays(events: list[dict[str, object]], edges: list[int], between: bytes) -> None:
    """An element is an event, as the bytes that came."""
    data = b" [" + between.join(orjson.dumps(event, option=2) for event in events) + b"\n]\n"
    found = frames(JSON_ARRAY, data, edges)

    assert events == read(found)
    assert all(frame.raw in data for frame in found)


@pytest.mark.parametrize(
    "data", [b'[{"a":1}', b'[{"a":1}] x', b'["a",{"b":1}]', b'{"a":1', b"[1]", b"", b"<html>"]
)
def test_what_is_no_array_of_objects_is_never_taken_for_one(data: bytes) -> None:
    """It comes out as something that does not parse."""
    with pytest.raises(orjson.JSONDecodeError):
        read(frames(JSON_ARRAY, data, []))


@pytest.mark.parametrize("framing", [NDJSON, JSON_ARRAY])
def test_an_event_over_the_limit_is_refused(framing: Framing) -> None:
    """Ended or not."""
    for data in (b'[{"a":"' + b"x" * 200, b'[{"a":"' + b"x" * 200 + b'"}\n'):
        with pytest.raises(EventTooLarge):
            framing.splitter(100).feed(data)
