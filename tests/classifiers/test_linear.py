"""RE2 with types."""

from __future__ import annotations

import time

import pytest

from classifiers.linear import AnyOf, RefusedError, Search, Shape, characters


def test_a_search_gives_bytes() -> None:
    """Spans are of the UTF-8 text, and letter case is ignored."""
    assert (3, 5) == Search("ab").span("好AB".encode())
    assert None is Search("ab").span(b"AB", 1)


def test_a_match_can_be_asked_for_at_a_place() -> None:
    """Where it ends, if it begins there."""
    assert (4, None) == ((found := Search("ab")).end(b"xxab", 2), found.end(b"xxab", 1))


def test_a_shape_respects_letter_case() -> None:
    """And is of the whole text."""
    shape = Shape("[A-Z]{2}")

    assert [True, False, False] == [shape.fits(text) for text in ("AB", "ab", "ABC")]


def test_many_are_looked_for_at_once() -> None:
    """Those that occur are named by index."""
    many = AnyOf(["a+", "b", "好"])

    assert {0, 2} == set(many.among("xA好".encode()))
    assert (False, True) == (many.none(b"B"), many.none(b"xyz"))


def test_a_set_that_is_too_large_is_refused_when_it_is_made() -> None:
    """Not found out in the middle of a text."""
    with pytest.raises(RefusedError, match="too large"):
        AnyOf([f"[ab]{{0,1000}}{n}[ab]{{1000}}" for n in range(600)])


def test_the_characters_an_expression_takes() -> None:
    """In either case; too many are None."""
    assert frozenset("aA好") == characters(["a", "好"])
    assert None is characters([r"\p{Han}"])
    assert frozenset() == characters([])


def test_what_re2_refuses_is_refused() -> None:
    """With its reason."""
    with pytest.raises(RefusedError, match="missing"):
        Search("(a")


def test_time_is_linear_where_others_explode() -> None:
    """The textbook case of catastrophic backtracking."""
    start = time.perf_counter()
    Search("(?:a?){30}a{30}b").span(b"a" * 100_000)

    assert time.perf_counter() - start < 1
