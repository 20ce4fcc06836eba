"""Approved answers: the nearest to the leaf that decided."""

from __future__ import annotations

import pytest

from classifiers.types import Failure, FailureReason, Finding, Report, Segment
from policies.answers import answer_for, lineage
from policies.decide import decide
from policies.load import load_pack
from policies.types import Action, Direction

PACK = load_pack("cn-interim-measures").pack


def answered(leaf: str, *failures: Failure) -> str | None:
    found = Finding("lexicon", f"{PACK.name}/{leaf}", 1.0, 0, 1)
    report = Report((found,), failures, 1, 1)
    answer = answer_for(decide(PACK, Direction.PROMPT, report, [Segment("x")]))
    return answer.id if answer else None


def test_lineage_goes_from_the_leaf_upwards() -> None:
    """A leaf's own answer is nearer than its family's."""
    assert list(lineage("A.4.a")) == ["A.4.a", "A.4", "A"]


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ("A.4.a", "self-harm"),
        ("A.4.b", "rights"),
        ("A.1.h", "core-values"),
        ("A.5.b", "reliability"),
    ],
)
def test_the_nearest_answer_is_given(leaf: str, expected: str) -> None:
    """Self-harm has its own; the others have their family's."""
    assert answered(leaf) == expected


def test_there_is_no_answer_to_a_failure() -> None:
    """Nobody approved a text for that."""
    assert answered("A.1.h", Failure("stranger", FailureReason.ERROR)) == "core-values"
    assert answered("A.4.b", Failure("stranger", FailureReason.ERROR)) is None


def test_there_is_no_answer_to_a_clean_text() -> None:
    """Nothing decided."""
    clean = decide(PACK, Direction.PROMPT, Report(scanned=1, total=1), [Segment("x")])

    assert (clean.action, answer_for(clean)) == (Action.ALLOW, None)


def test_every_leaf_of_the_shipped_pack_has_an_answer() -> None:
    """So that an operator can answer instead of blocking by changing one word."""
    assert all(answered(leaf) for leaf in PACK.leaves)


def test_the_answer_to_self_harm_names_the_hotline_in_both_languages() -> None:
    """12356, the national psychological support line."""
    answer = PACK.answers["A.4.a"][0]

    assert "12356" in answer.text_zh
    assert "12356" in answer.text_en
    assert " " not in answer.text_zh
