"""JSON that every parser reads the same way, or a refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.strict_json import JSON, NotStrictJSON, dump, parse

values: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 2]))
def test_reads_what_any_other_writer_wrote(value: JSON, indent: int | None) -> None:
    """Spacing and escapes do not matter."""
    assert value == parse(json.dumps(value, indent=indent).encode())


@given(values)
def test_what_is_dumped_is_read_back(value: JSON) -> None:
    """Our own serialisation loses nothing."""
    assert value == parse(dump(value))


@pytest.mark.parametrize(
    "data",
    [
        b'{"content":"hi","content":"forbiddenword"}',
        b'{"a":{"b":1,"b":1}}',
        b'[{"content" : 1, "\\u0063ontent": 2}]',
        b'"\\ud83d"',
        b'{"\\udc00":1}',
        b"[NaN]",
        b"[Infinity]",
        b"[1e999]",
        b'{"a":1} {"b":2}',
        b'{"a":1,}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        "{}".encode("utf-16"),
        b"",
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b'{"n": 123456789012345678901234567890}',
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes) -> None:
    """Each of these is read differently, or not at all, by some parser in use."""
    with pytest.raises(NotStrictJSON):
        parse(data)


def test_the_deepest_nesting_that_is_allowed_passes() -> None:
    """64 levels are fine, the 65th is not."""
    data = b"[" * 64 + b"]" * 64

    assert data == dump(parse(data))


def test_errors_do_not_quote_the_body() -> None:
    """What a caller wrote does not come back in an error message."""
    with pytest.raises(NotStrictJSON) as caught:
        parse(b'{"secretword":1,"secretword":2}')

    assert "secretword" not in str(caught.value)
