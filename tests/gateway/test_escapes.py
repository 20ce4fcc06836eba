"""Escapes of JSON within a string: read however the string is cut, with the way back."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.escapes import Unescaper, unescaped

pieces = st.lists(
    st.sampled_from(
        [
            *("a", "违", " ", "\\n", "\\/", '\\"', "\\\\", "\\u0066", "\\u8fdd", "😀"),
            *("\\ud83d\\ude00", "\\ud83d", "\\", "\\q", "\\u00", "u0066", "\\ud83d\\u0041"),
        ]
    ),
    max_size=12,
)


@given(pieces, st.lists(st.integers(min_value=0), max_size=8))
def test_any_cutting_reads_the_same(parts: list[str], cuts: list[int]) -> None:
    """An escape may be cut anywhere."""
    text = "".join(parts)
    reader = Unescaper()
    edges = [0, *sorted(c % (len(text) + 1) for c in cuts), len(text)]

    read = "".join(reader.feed(text[a:b]) for a, b in itertools.pairwise(edges)) + reader.finish()

    assert unescaped(text)[0] == read


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_reads_what_json_writes(text: str) -> None:
    """As a parser reads the inside of a string, whatever was escaped."""
    for ascii_only in (True, False):
        written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        read, reader = unescaped(written)

        assert text == read
        spans = [(reader.origin(i), reader.origin(i + 1)) for i in range(len(text))]
        assert text == "".join(json.loads(f'"{written[a:b]}"') for a, b in spans)


@pytest.mark.parametrize(
    ("given_text", "offset", "origin"),
    [("ab", 1, 1), ("a\\u0062c", 1, 1), ("a\\u0062c", 2, 7), ("\\n\\nx", 2, 4)],
)
def test_an_offset_leads_back(given_text: str, offset: int, origin: int) -> None:
    """A character of what was read stands where its escape begins."""
    assert origin == unescaped(given_text)[1].origin(offset)
