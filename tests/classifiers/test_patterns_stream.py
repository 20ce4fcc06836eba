"""Patterns in growing texts: the same findings as for whole texts, and nothing leaves too early."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.patterns import FAMILIES, Family, Patterns
from classifiers.types import Finding, Segment

SOAK = bool(os.environ.get("STOPLOG_SOAK"))

PATTERNS = Patterns(FAMILIES)
HOLDS = [
    frozenset[str](),
    frozenset({"cn_id_card", "bank_card", "cn_mobile"}),
    frozenset({"openai_key", "aws_access_key", "jwt", "private_key", "cn_uscc"}),
    PATTERNS.categories,
]
PLANTS = [
    "11010519491231002X",
    "110105-19491231-0021",
    "1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2 X",
    "１１０１０５１９４９１２３１００２Ｘ",
    "1101\u200b0519491231002x",
    "4111 1111 1111 1111",
    "4111111111111112",
    "13800138000",
    "+86 138-0013-8000",
    "91350100M000100Y43",
    "a.b-c@mail.example.com",
    "sk-" + "a1b2" * 10,
    "sk-proj-" + "Zz9_" * 8,
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJlc2ln",
    "-----BEGIN PRIVATE KEY-----\n" + "MIIE" * 8 + "\n-----END PRIVATE KEY-----",
    "GB82 WEST 1234 5698 7654 32",
    "8.8.8.8",
    "2001:4860:4860::8888",
    "京A12345",
    "护照E12345678",
    "北京市朝阳区建国路88号3号楼201室",
    "+1 650-253-0000",
    "电话2345 6789",
]
JOINTS = ["", " ", "，", "a", "7", "-", ".", "+", "\n", "号码", "the ", "\u200b", "e\u0301", "😀"]

pieces = st.lists(
    st.one_of(
        st.sampled_from(PLANTS),
        st.sampled_from(JOINTS),
        st.text(alphabet="0123456789 -.@:+abskAKIeyJ天京北", max_size=12),
    ),
    max_size=10,
)


def cut(text: str, seed: int) -> list[str]:
    """The text in deltas of random lengths, some of them empty."""
    dice = random.Random(seed)
    deltas: list[str] = []
    while text:
        size = dice.choice((0, 1, 1, 2, 3, 4, 9, 40, 400))
        deltas.append(text[:size])
        text = text[size:]
    return deltas


def in_order(findings: list[Finding]) -> list[tuple[int, int, str]]:
    return sorted((f.start, f.end, f.category) for f in findings)


@settings(max_examples=20_000 if SOAK else 400, deadline=None)
@given(parts=pieces, seed=st.integers(0, 2**32), hold=st.sampled_from(HOLDS))
def test_a_stream_says_what_the_whole_text_says(
    parts: list[str], seed: int, hold: frozenset[str]
) -> None:
    """However the text is cut, findings are the same, and text of a held one has not left."""
    text = "".join(parts)
    stream = PATTERNS.stream(hold)
    found: list[Finding] = []
    released = fed = 0
    for delta in cut(text, seed):
        new = stream.feed(delta)
        fed += len(delta)
        assert all(f.start >= released for f in new if f.category in hold)
        assert released <= stream.safe <= fed
        released, found = stream.safe, found + new
    last = stream.finish()

    assert all(f.start >= released for f in last if f.category in hold)
    assert stream.safe == len(text)
    assert in_order(list(PATTERNS.scan([Segment(text)]).findings)) == in_order(found + last)


@settings(max_examples=5_000 if SOAK else 150, deadline=None)
@given(parts=pieces, hold=st.sampled_from(HOLDS))
def test_nothing_is_held_that_can_be_no_match(parts: list[str], hold: frozenset[str]) -> None:
    """Held text is no longer than the longest match, and ends when a character rules it out."""
    stream = PATTERNS.stream(hold)
    fed = 0
    for char in "".join(parts):
        stream.feed(char)
        fed += 1
        assert fed - stream.safe <= PATTERNS.longest * 2  # two: invisible characters are held too
    stream.feed("。。")

    assert stream.safe == fed + 2


@pytest.mark.parametrize(
    "text", ["the weather in May is fine, thanks ", "今天天气很好，我们去公园"]
)
def test_ordinary_text_is_released_at_once(text: str) -> None:
    """Numbers and keys that are held cost ordinary sentences no delay."""
    stream = PATTERNS.stream(frozenset({"cn_id_card", "bank_card", "cn_mobile", "cn_uscc"}))
    for end in range(4, len(text), 4):
        stream.feed(text[end - 4 : end])

        assert stream.safe == end


def test_a_number_is_held_until_it_is_decided() -> None:
    """A complete number waits for the character after it, which may belong to it."""
    stream = PATTERNS.stream(frozenset({"cn_id_card"}))

    assert ([], 2) == (stream.feed("号码11010519491231002X"), stream.safe)
    assert [(2, 20)] == [(f.start, f.end) for f in stream.feed("，")]
    assert 21 == stream.safe


def test_a_category_that_is_not_held_holds_nothing() -> None:
    """An e-mail address under way is followed, and let go."""
    stream = PATTERNS.stream(frozenset({"cn_id_card"}))
    stream.feed("write to someone@exam")

    assert 21 == stream.safe
    assert ["email"] == [f.category for f in [*stream.feed("ple.com"), *stream.finish()]]


@pytest.mark.parametrize(
    ("expression", "text", "held"),
    [
        ("case-[a-z]{4}-(?:x|yz){2}", "see case-abcd-yzx", 4),
        ("case-[a-z]{4}-(?:x|yz){2}", "see case-abcd-yzz", 17),
        ("工单[0-9]{6}", "请看工单12", 2),
        ("工单[0-9]{6}", "请看工单12a", 7),
    ],
)
def test_an_operators_expression_holds_as_ours_do(expression: str, text: str, held: int) -> None:
    """What may still become a match is derived from any expression."""
    stream = Patterns([Family("ticket", expression)]).stream(frozenset({"ticket"}))
    stream.feed(text)

    assert held == stream.safe
