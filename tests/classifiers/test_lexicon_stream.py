"""A stream says what a scan says, and lets nothing go that it may yet have to hold."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.types import Finding, Segment

HELD, FREE = "held", "free"
TERMS = [
    Term("forbiddenword", HELD),
    Term("bid", HELD),
    Term("违禁词示例", HELD),
    Term("禁词", FREE),
    Term("hoppzzle", FREE),
    Term("词abc", HELD),
    Term("spam", HELD),
]
LEXICON = Lexicon.compile(TERMS)
PIECES = [
    *(
        "forbiddenword",
        "for",
        "bid",
        "den",
        "word",
        "f",
        "o",
        "r",
        "违禁词示例",
        "违",
        "禁",
        "词",
        "示例",
    ),
    *(
        " ",
        "  ",
        "*",
        ".",
        "，",
        "。",
        "\u200b",
        "\u0336",
        "\n",
        "词abc",
        "ＦＯＲ",
        "s p a m",
        "hopp",
        "zzle",
    ),
    *("天气", "hello", "-", "😀", "違禁", "a", "🅵", "\U000e0066"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def whole(text: str) -> set[Finding]:
    return set(LEXICON.scan([Segment(text)]).findings)


def cut(text: str, sizes: list[int]) -> list[str]:
    chunks = []
    for size in sizes:
        chunks.append(text[:size])
        text = text[size:]
    return [*chunks, text]


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 6), max_size=40))
def test_any_cutting_says_what_the_whole_says(text: str, sizes: list[int]) -> None:
    """Findings and spans do not depend on where the text was cut."""
    stream = LEXICON.stream(frozenset({HELD}))

    found = [finding for chunk in cut(text, sizes) for finding in stream.feed(chunk)]
    found += stream.finish()

    assert whole(text) == set(found)
    assert len(found) == len(set(found))
    assert len(text) == stream.safe


@settings(max_examples=600, deadline=None)
@example("forbiddenword🅵fforbiddenword违禁词示例", [])
@given(TEXTS, st.lists(st.integers(0, 6), max_size=40))
def test_safe_never_passes_a_held_finding_still_to_come(text: str, sizes: list[int]) -> None:
    """What was let go belongs to no held finding told later, and safe never falls."""
    stream = LEXICON.stream(frozenset({HELD}))
    before = 0

    for chunk in cut(text, sizes):
        told = stream.feed(chunk)
        assert all(before <= f.start for f in told if f.category == HELD)
        assert before <= stream.safe
        before = stream.safe

    assert all(before <= f.start for f in stream.finish() if f.category == HELD)


def test_clean_text_leaves_at_once() -> None:
    """Where nothing is begun, nothing is held."""
    stream = LEXICON.stream(frozenset({HELD}))

    stream.feed("今天天气很好")

    assert 6 == stream.safe


def test_a_category_not_held_holds_nothing() -> None:
    """Only the named categories keep text back."""
    stream = LEXICON.stream(frozenset())

    stream.feed("违禁词")

    assert 3 == stream.safe
