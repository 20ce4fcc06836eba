"""Bounded expressions and the language of their beginnings."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.linear import Search
from classifiers.prefix import ExpressionError, Node, parse


def is_match(source: str, text: str) -> bool:
    data = text.encode()
    return Search(source + r"\z").end(data, 0) == len(data)


leaves = st.sampled_from(["a", "b", "[ab]", "好", "[^a]", r"\d", ".", r"\."])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    group = inner.map(lambda part: f"(?:{part})")
    counts = st.sampled_from(["?", "{2}", "{0,2}", "{1,3}"])
    return st.one_of(
        st.builds("{}{}".format, group, counts),
        st.builds("{}{}".format, inner, group),
        st.builds("(?:{}|{})".format, inner, inner),
    )


expressions = st.recursive(leaves, grown, max_leaves=6)
texts = st.text(alphabet="ab好1.", max_size=6)


def parsed(expression: str) -> Node | None:
    try:
        return parse(expression)
    except ExpressionError:
        return None


@given(expression=expressions, text=texts)
def test_every_beginning_of_a_match_is_in_the_prefix_language(expression: str, text: str) -> None:
    """Nothing that may become a match is let go."""
    node = parsed(expression)
    if node is None or not is_match(node.source, text):
        return

    assert all(is_match(node.prefix, text[:end]) for end in range(1, len(text) + 1))
    assert node.shortest <= len(text) <= node.longest


@settings(deadline=None)
@given(expression=expressions, text=st.text(alphabet="ab好1.", min_size=1, max_size=4))
def test_the_prefix_language_holds_nothing_else(expression: str, text: str) -> None:
    """What no continuation makes a match is not held."""
    node = parsed(expression)
    if node is None or node.longest > 4 or not is_match(node.prefix, text):
        return
    missing = range(node.longest - len(text) + 1)
    ends = ("".join(end) for length in missing for end in product("ab好1.", repeat=length))

    assert any(is_match(node.source, text + end) for end in ends)


@given(expression=expressions, text=texts)
def test_a_match_begins_with_an_opening(expression: str, text: str) -> None:
    """The characters that wake a stream are all that could begin a match."""
    node = parsed(expression)
    if node is None or not is_match(node.source, text):
        return

    assert is_match(f"(?:{'|'.join(node.openings)})", text[0])
    assert Search(node.lead).end(text.encode(), 0) is not None


@pytest.mark.parametrize("most", [5, 999, 1000, 1001, 2400])
def test_long_repetitions_count_exactly(most: int) -> None:
    """RE2 stops at a thousand; we do not."""
    source = parse(f"x[ab]{{3,{most}}}").source

    assert is_match(source, "x" + "a" * 3)
    assert is_match(source, "x" + "a" * most)
    assert not is_match(source, "x" + "a" * 2)
    assert not is_match(source, "x" + "a" * (most + 1))


@pytest.mark.parametrize(
    ("expression", "column", "remedy"),
    [
        ("a*", 2, "write how often at most, such as {0,64}"),
        ("ab+", 3, "write how often at most, such as {1,64}"),
        ("a{2,}", 6, "such as {2,64}"),
        ("a{x}", 5, "write {n} or {n,m}"),
        ("a{3,2}", 7, "n <= m"),
        ("a{0}", 5, "m > 0"),
        ("a??", 3, "a greedy one is enough"),
        ("a{2", 3, "close what was opened"),
        ("^a", 1, "boundary rule"),
        ("a$", 2, "boundary rule"),
        (r"\bfoo", 3, "only escapes of one character"),
        (r"a\z", 4, "only escapes of one character"),
        ("a\\", 4, "only escapes of one character"),
        ("(a)", 2, "write (?:...)"),
        ("(?i)a", 3, "write (?:...)"),
        ("(?:a", 5, "close it with )"),
        ("a)", 2, r"write \)"),
        ("[a", 3, "close it with ]"),
        ("[b-a]", 6, "its reason"),
        (r"[\D]", 5, "name the characters"),
        ("a|", 3, "optional with ?"),
        ("", 1, "optional with ?"),
        ("a?", 1, "at least one character"),
        ("(?:a?){3}", 1, "at least one character"),
        ("a\0", 2, "no text holds one"),
        ("(?:a{999}){999}", 1, "its reason"),
    ],
)
def test_an_expression_that_cannot_be_used_says_what_to_write(
    expression: str, column: int, remedy: str
) -> None:
    """Where it goes wrong, and the remedy."""
    with pytest.raises(ExpressionError) as raised:
        parse(expression)

    assert f"column {column}:" in str(raised.value)
    assert remedy in str(raised.value)


@pytest.mark.parametrize("expression", ["[^a]", ".", r"\D", r"\S", r"\PL", r"[^\n]"])
def test_no_expression_matches_the_separator(expression: str) -> None:
    """Texts that are scanned as one stay apart."""
    assert not is_match(parse(expression).source, "\0")
    assert is_match(parse(expression).source, "!")
