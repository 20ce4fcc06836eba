"""The canonical view: what is folded, and the way home."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text.view import ViewStream, canonical

FOLDS = [
    ("Hello, World", "hello, world"),
    ("ＡＢＣ１２３", "abc123"),
    ("𝐟𝐨𝐫 ⓕⓞⓡ", "for for"),
    ("🅵🅾🆁 ꜰᴏʀ", "for for"),
    ("f̵ó", "fo"),
    ("a\u200bb\u00adc", "abc"),
    ("违🈲词⽰例", "违禁词示例"),
    ("国际⻔票", "国际门票"),
    ("藍色獨角獸", "蓝色独角兽"),
    ("İı", "ii"),
    ("天气，很好。", "天气，很好。"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDS)
def test_fold(text: str, folded: str) -> None:
    """Disguised characters read as the ones they stand for."""
    assert folded == canonical(text).text


@given(st.text(), st.lists(st.integers(0, 5)))
def test_stream_view_is_the_whole_view(text: str, sizes: list[int]) -> None:
    """The pieces of a stream's view join to the view of the whole, places and all."""
    stream, rest, views = ViewStream(), text, []
    for size in sizes:
        views.append(stream.feed(rest[:size]))
        rest = rest[size:]
    views += [stream.feed(rest), stream.finish()]

    whole = canonical(text)

    assert whole.text == "".join(view.text for view in views)
    assert list(whole.begins) == [at for view in views for at in view.begins]
    assert list(whole.ends) == [at for view in views for at in view.ends]


@given(st.text(min_size=1))
def test_every_place_maps_into_the_text(text: str) -> None:
    """A span of the view is a span of the original, and the original folds to it."""
    view = canonical(text)

    for at, char in enumerate(view.text):
        start, end = view.span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert char in canonical(text[start:end]).text
