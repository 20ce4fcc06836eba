"""Word lists: what counts as a term."""

from __future__ import annotations

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
