"""Word lists: what counts as a term."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from classifiers.terms import Term, TermKind
from policies.errors import PackError
from policies.words import MAX_TERM, read_words


def words(data: bytes) -> list[Term]:
    return read_words(data, "f.txt", "pack/S.1", TermKind.WORD, "f.txt")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"# a comment\n\n  \n", []),
        (b"forbiddenword\n", ["forbiddenword"]),
        (b"  forbiddenword \r\n", ["forbiddenword"]),
        (b"two words\nforbiddenword", ["two words", "forbiddenword"]),
        (b"forbiddenword\nforbiddenword\n", ["forbiddenword"]),
        (b"c# in the middle\n", ["c# in the middle"]),
        ("\ufeff违禁词示例\n".encode(), ["违禁词示例"]),
        (b"x" * MAX_TERM, ["x" * MAX_TERM]),
    ],
)
def test_a_term_is_a_line(data: bytes, expected: list[str]) -> None:
    """Trimmed, each once, in the order of the list; comments and empty lines are none."""
    assert [term.text for term in words(data)] == expected


def test_a_term_knows_its_leaf_and_its_list() -> None:
    """So that a count can say who brought it."""
    (term,) = words(b"forbiddenword")

    assert (term.category, term.kind, term.source) == ("pack/S.1", TermKind.WORD, "f.txt")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"forbiddenword\nx\n", 2),
        ("杀\n".encode(), 1),
        ("\uff41\n".encode(), 1),
        (b"x" * (MAX_TERM + 1), 1),
        (b"# fine\n\nforbidden\x00word\n", 3),
        (b"fine\nforbidden\xffword\n", 2),
        ("forbidden\U000e0fffword\n".encode(), 1),
    ],
    ids=["letter", "ideograph", "wide letter", "long", "control", "not UTF-8", "unassigned"],
)
def test_a_line_that_is_no_term_is_named_by_its_number(data: bytes, line: int) -> None:
    """And never quoted."""
    with pytest.raises(PackError) as caught:
        words(data)

    assert [problem.line for problem in caught.value.problems] == [line]
    assert "word" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("forbiddenword", Term("forbiddenword", "pack/S.1", source="f.txt")),
        ("forbiddenword\texact", Term("forbiddenword", "pack/S.1", kind=TermKind.EXACT)),
        ("for[a-z]{1,9}\tregex", Term("for[a-z]{1,9}", "pack/S.1", kind=TermKind.REGEX)),
        ("fine words\tallow", Term("fine words", "pack/S.1", kind=TermKind.ALLOW)),
        ("违禁词示例\tphonetic=no", Term("违禁词示例", "pack/S.1", phonetic=False)),
        ("forbiddenword\tseverity=0.4", Term("forbiddenword", "pack/S.1", severity=0.4)),
        ("forbiddenword\tleaf=S.2", Term("forbiddenword", "pack/S.2")),
        ("forbiddenword\tsource=order 1", Term("forbiddenword", "pack/S.1", source="order 1")),
        (
            "forbiddenword\t expires = 2031-05-01 \texact",
            Term("forbiddenword", "pack/S.1", kind=TermKind.EXACT, expires=date(2031, 5, 1)),
        ),
    ],
)
def test_options_stand_behind_tabs(line: str, expected: Term) -> None:
    """How an entry is looked for, and how it counts."""
    (term,) = words(line.encode())

    assert replace(expected, source=expected.source or "f.txt") == term


@pytest.mark.parametrize(
    "options",
    [
        "shiny",
        "exact=yes",
        "severity=0",
        "severity=1.5",
        "severity=much",
        "phonetic=perhaps",
        "expires=tomorrow",
        "leaf",
        "leaf=S.9",
        "exact\tregex",
        "severity=0.1\tseverity=0.2",
    ],
)
def test_an_option_that_cannot_be_read_is_a_problem(options: str) -> None:
    """And not an entry that counts otherwise than was meant."""
    line = f"forbiddenword\t{options}".encode()

    with pytest.raises(PackError) as caught:
        read_words(line, "f.txt", "pack/S.1", TermKind.WORD, "f.txt", {"S.1", "S.2"})

    assert "forbidden" not in str(caught.value)


@pytest.mark.parametrize("expression", ["a.*", "(unclosed", "^forbidden", "a|"])
def test_an_expression_that_has_no_bound_is_refused(expression: str) -> None:
    """As in a pack's patterns, since a stream has to know how long a match may be."""
    with pytest.raises(PackError) as caught:
        words(f"{expression}\tregex".encode())

    assert expression not in str(caught.value)
