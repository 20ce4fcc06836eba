"""Word lists over whole texts: what is seen, where, and what is left alone."""

from __future__ import annotations

import pytest

from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.types import Report, Scanner, Segment

LEXICON = Lexicon.compile(
    [Term("forbiddenword", "a"), Term("违禁词示例", "b"), Term("spam", "a"), Term("禁用词", "b")]
)


def spans(text: str) -> list[tuple[int, int]]:
    return [(f.start, f.end) for f in LEXICON.scan([Segment(text)]).findings]


HITS = [
    ("x forbiddenword y", (2, 15)),
    ("FORBIDDENWORD", (0, 13)),
    ("ｆｏｒｂｉｄｄｅｎｗｏｒｄ", (0, 13)),
    ("for\u200bbid\u2060den\ufeffword.", (0, 16)),
    ("f̵o̵r̵b̵i̵d̵d̵e̵n̵w̵o̵r̵d̵", (0, 26)),
    ("f o r b i d d e n w o r d", (0, 25)),
    ("for bid den word", (0, 16)),
    ("s.p.a.m", (0, 7)),
    ("看违禁词示例吧", (1, 6)),
    ("違禁詞示例", (0, 5)),
    ("违 禁 词 示 例", (0, 9)),
    ("违*禁*词示例", (0, 7)),
    ("违🌟禁🌟词示例", (0, 7)),
    ("违禁 词示例", (0, 6)),
]
MISSES = [
    "forbiddenwords",
    "xforbiddenword",
    "spa m",
    "spamming",
    "他违反了禁令，词典里有示范和例句",
    "这种行为是严禁。用词请礼貌",
    "违禁，词示例",
    "before bidden words",
]


@pytest.mark.parametrize(("text", "span"), HITS)
def test_entry_is_seen_where_it_stands(text: str, span: tuple[int, int]) -> None:
    """The span covers the disguise and nothing else."""
    assert [span] == spans(text)


@pytest.mark.parametrize("text", MISSES)
def test_likeness_is_left_alone(text: str) -> None:
    """What only resembles an entry is no hit."""
    assert [] == spans(text)


def test_segments_are_told_apart() -> None:
    """A hit names its segment, and no word spans two of them."""
    segments = [
        Segment("hello"),
        Segment(""),
        Segment("a spam"),
        Segment("forbidden"),
        Segment("word"),
    ]

    report = LEXICON.scan(segments)

    assert [(2, 2, 6)] == [(f.segment, f.start, f.end) for f in report.findings]
    assert report.scanned == report.total == sum(len(s.text) for s in segments)


def test_finding_never_tells_the_word() -> None:
    """The rule is an id that may be shown."""
    (finding,) = LEXICON.scan([Segment("forbiddenword")]).findings

    assert "a" == finding.category
    assert "forbidden" not in finding.rule
    assert finding.rule.startswith("a#")


async def test_lexicon_is_classifier_as_well_as_scanner() -> None:
    """`classify` says what `scan` says."""
    segments = [Segment("spam")]

    assert isinstance(LEXICON, Scanner)
    assert LEXICON.scan(segments) == await LEXICON.classify(segments)


def test_empty_list_finds_nothing() -> None:
    """A lexicon without entries is a lexicon."""
    assert Report(scanned=4, total=4) == Lexicon.compile([]).scan([Segment("text")])
