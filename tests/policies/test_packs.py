"""The bundled packs: what they promise beyond their own cases."""

from __future__ import annotations

import pytest

from policies.folder import BUNDLED, bundled
from policies.lint import lint_pack
from policies.load import load_pack
from policies.remarks import Severity
from policies.show import PLACEHOLDERS
from policies.types import Action, Direction

MODERATION = {
    "harassment",
    "harassment.threatening",
    "hate",
    "hate.threatening",
    "illicit",
    "illicit.violent",
    "self-harm",
    "self-harm.intent",
    "self-harm.instructions",
    "sexual",
    "sexual.minors",
    "violence",
    "violence.graphic",
}


def test_the_packs_are_those_of_the_readme() -> None:
    """One tree for each law, and the model's own."""
    assert bundled() == [
        "baseline",
        "bundled-model",
        "cn-companion",
        "cn-interim-measures",
        "cn-minors",
        "eu-ai-act",
        "uk-online-safety",
        "us-companion",
    ]


@pytest.mark.parametrize("name", bundled())
def test_a_bundled_pack_is_whole(name: str) -> None:
    """It loads under its own name, explains itself, and has no error."""
    assert load_pack(name).pack.name == name
    assert (BUNDLED / name / "README.md").is_file()
    assert lint_pack(name).count(Severity.ERROR) == 0


def test_the_baseline_has_the_common_moderation_categories() -> None:
    """A model that speaks them can be mapped leaf by leaf."""
    assert load_pack("baseline").pack.leaves.keys() >= MODERATION


def test_the_bundled_model_only_flags() -> None:
    """It is wrong too often to refuse anybody, and no pack of a law names it."""
    leaves = load_pack("bundled-model").pack.leaves.values()

    assert {action for leaf in leaves for action in leaf.actions.values()} == {Action.FLAG}
    named = {name for name in bundled() if load_pack(name).classifiers}
    assert named == {"bundled-model"}


@pytest.mark.parametrize(
    ("name", "leaf"),
    [
        ("cn-interim-measures", "A.1.a"),
        ("cn-interim-measures", "A.1.b"),
        ("cn-interim-measures", "A.1.c"),
        ("baseline", "sexual.minors"),
        ("uk-online-safety", "U.2"),
        ("uk-online-safety", "U.3"),
        ("uk-online-safety", "U.8"),
    ],
)
def test_some_lists_are_the_operators_to_bring(name: str, leaf: str) -> None:
    """We publish placeholders there and nothing else."""
    terms = [t.text for t in load_pack(name).terms if t.category == f"{name}/{leaf}"]

    assert terms
    assert all(term.startswith(PLACEHOLDERS) for term in terms)


@pytest.mark.parametrize(
    ("name", "leaf", "line"),
    [
        ("cn-interim-measures", "A.4.a", "12356"),
        ("cn-minors", "M.6", "12356"),
        ("cn-companion", "C.2", "12356"),
        ("uk-online-safety", "U.16", "116 123"),
        ("us-companion", "crisis", "988"),
    ],
)
def test_who_may_be_in_danger_is_answered_with_a_line_to_call(
    name: str, leaf: str, line: str
) -> None:
    """A refusal would be the worst answer."""
    pack = load_pack(name).pack
    answer = pack.answers[leaf][0]

    assert pack.leaves[leaf].actions[Direction.PROMPT] is Action.ANSWER
    assert line in answer.text_en
    assert line.replace(" ", "") in answer.text_zh.replace(" ", "")
