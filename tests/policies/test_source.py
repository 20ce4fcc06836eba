"""Reading YAML: the values, where they stand, and nothing that readers disagree about."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PackError
from policies.source import MAX_BYTES, MAX_DEPTH, Node, Position, parse


def value(text: str) -> Node:
    return parse(text.encode(), "f").value


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(PackError) as caught:
        parse(text.encode() if isinstance(text, str) else text, "f")
    return list(map(str, caught.value.problems))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("a", "a"),
        ("a: 1", {"a": 1}),
        ("a: -12", {"a": -12}),
        ("a: 0.5", {"a": 0.5}),
        ("a: 1e3", {"a": "1e3"}),
        ("a: 1.5e3", {"a": 1500.0}),
        ("a: '1'", {"a": "1"}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: ''", {"a": ""}),
        ("a: 'no'", {"a": "no"}),
        ("a: 违禁词示例", {"a": "违禁词示例"}),
        ("- a\n- [b, {c: d}]\n", ["a", ["b", {"c": "d"}]]),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: >-\n  x\n  y\n", {"a": "x y"}),
        ("a: 2026-11-24", {"a": "2026-11-24"}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 0x10", {"a": "0x10"}),
    ],
)
def test_values_are_what_they_look_like(text: str, expected: Node) -> None:
    """Numbers, booleans and nothing are plain; whatever else is text, folded lines too."""
    assert value(text) == expected


def test_every_value_and_key_has_its_place() -> None:
    """Lines and columns from 1, as editors count."""
    document = parse(b"a: 1\nb:\n  - c: [p, q]\n", "f")

    assert document.values[("b", 0, "c", 1)] == Position(3, 12)
    assert document.keys[("b", 0, "c")] == Position(3, 5)


@pytest.mark.parametrize("word", ["no", "No", "yes", "on", "OFF", "y"])
def test_words_that_are_booleans_to_some_are_refused(word: str) -> None:
    """YAML 1.1 and 1.2 disagree, so nobody knows what was meant."""
    assert complaints(f"a: {word}") == [
        f"f:1:4: `{word}` is a boolean to some YAML readers; put it in quotes"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2", "f:2:1: `a` stands here twice; the first is on line 1"),
        ("a: &x 1", "f:1:4: anchors and aliases are not used in packs; write it out"),
        ("a: !t 1", "f:1:4: tags are not used in packs; take the `!` word away"),
        ("? [a]\n: b", "f:1:3: a key is no plain word; use a word as the key"),
        ("a: .inf", "f:1:4: `.inf` is not a number we can use; write it in digits"),
        (b"a: \xff", "f:1:1: not UTF-8; save it as UTF-8"),
        ("a: \x00", "f: character U+0000 is not allowed in YAML; take it out"),
    ],
)
def test_what_packs_do_not_use_is_refused(text: str | bytes, expected: str) -> None:
    """Each with its place and a remedy."""
    assert complaints(text) == [expected]


def test_all_problems_come_at_once() -> None:
    """Nobody likes to fix one to see the next."""
    assert len(complaints("a: no\nb: &x 1\nb: on\n")) == 4


def test_an_alias_cannot_blow_up() -> None:
    """The billion laughs need aliases, and there are none."""
    bomb = "a: &a [x]\n" + "".join(f"b{n}: [{', '.join(['*a'] * 50)}]\n" for n in range(50))

    assert len(complaints(bomb)) == 2501


def test_nesting_and_size_are_bounded() -> None:
    """Neither exhausts stack or memory."""
    assert "nested more than" in complaints("[" * (MAX_DEPTH + 1))[0]
    assert "nested more than" in complaints("[" * 100_000)[0]
    assert "bytes" in complaints(b"#" * (MAX_BYTES + 1))[0]


texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=40)


@given(st.one_of(st.binary(max_size=200), texts.map(str.encode)))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """Any file gives a document or a PackError."""
    with suppress(PackError):
        parse(data, "f")
