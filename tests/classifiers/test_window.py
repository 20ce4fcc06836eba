"""Windows: every character in one, matches whole in one, the same however the text arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.window import Window, WindowStream, windows

texts = st.text(alphabet="ab好。.\n ", max_size=400)


@given(text=texts, size=st.integers(4, 60), cuts=st.lists(st.integers(0, 30), max_size=60))
def test_a_growing_text_is_cut_as_the_whole(text: str, size: int, cuts: list[int]) -> None:
    """Windows depend on the text, not on its deltas."""
    stream = WindowStream(size)
    got: list[Window] = []
    rest = text
    for cut in cuts:
        got += stream.feed(rest[:cut])
        rest = rest[cut:]
    got += stream.feed(rest)

    assert windows(text, size) == got + stream.finish()


@given(text=texts, size=st.integers(4, 60))
def test_windows_cover_the_text(text: str, size: int) -> None:
    """Each begins no later than the one before ends, none is too long, each is what it says."""
    reached = 0
    for window in windows(text, size):
        assert window.start <= reached < window.end <= window.start + size
        assert text[window.start : window.end] == window.text
        reached = window.end

    assert len(text) == reached


@given(text=texts, size=st.integers(8, 60), data=st.data())
def test_what_fits_the_overlap_stands_whole_in_a_window(
    text: str, size: int, data: st.DataObject
) -> None:
    """A payload across the edge of one window is inside the next."""
    overlap = size // 2
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + overlap)))

    assert start == end or any(
        window.start <= start and end <= window.end for window in windows(text, size, overlap)
    )


def test_a_window_ends_at_the_end_of_a_sentence() -> None:
    """Classifiers read sentences better than their halves."""
    text = "今天天气很好。我们去公园吧！" * 20

    assert {"。", "！"} == {window.text[-1] for window in windows(text, 64)[3:]}


def test_the_first_windows_are_small() -> None:
    """The beginning of a stream does not wait for a full window."""
    lengths = [window.end - window.start for window in windows("x" * 1000, 128)]

    assert [3, 9, 21, 45, 80] == lengths[:5]


def test_an_empty_text_has_no_window() -> None:
    """Nothing to judge is nothing to ask for."""
    assert [] == windows("", 64)


@pytest.mark.parametrize("overlap", [-1, 64, 100])
def test_an_overlap_must_leave_room(overlap: int) -> None:
    """A window that brings nothing new would never end."""
    with pytest.raises(ValueError, match="below the size 64"):
        WindowStream(64, overlap)
