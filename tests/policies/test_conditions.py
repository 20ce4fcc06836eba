"""Conditions: compiled and tried at load, told with their place, and closed where they fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.types import Finding, Report, Segment
from policies.build import build_panel
from policies.conditions import MOST_CHARS, ConditionError, compile_condition
from policies.context import Context
from policies.decide import CONDITION, decide
from policies.load import PackError, load_pack
from policies.types import Action, Direction, PolicyPack

TEXT = [Segment("a forbiddenword")]


def conditional(sample: Path, when: str) -> PolicyPack:
    """The sample, its first leaf under a condition."""
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    tier: illegal\n", f"    tier: illegal\n    when: {when}\n"))
    return load_pack(sample).pack


def judged(pack: PolicyPack, context: Context, *further: Finding) -> Action:
    found = (Finding("lexicon", "sample/S.1", 1.0, 2, 15), *further)
    report = Report(found, (), 15, 15)
    return decide(pack, Direction.PROMPT, report, TEXT, context).action


@pytest.mark.parametrize(
    ("when", "where", "elsewhere"),
    [
        ("route == '/v1/chat/completions'", Context(route="/v1/chat/completions"), Context()),
        ("tenant in ['acme', 'other']", Context(tenant="acme"), Context(tenant="else")),
        ("model.startsWith('qwen')", Context(model="qwen-max"), Context(model="llama")),
        ("stream || minor", Context(minor=True), Context()),
        ("!(direction == 'prompt' && stream)", Context(), Context(stream=True)),
    ],
)
def test_a_rule_applies_where_its_condition_holds(
    sample: Path, when: str, where: Context, elsewhere: Context
) -> None:
    """And nowhere else: what it finds there concerns nobody."""
    pack = conditional(sample, f'"{when}"')

    assert judged(pack, where) == Action.BLOCK
    assert judged(pack, elsewhere) == Action.ALLOW


def test_a_condition_asks_what_else_was_found(sample: Path) -> None:
    """The highest score of any category that the pack knows, 0.0 where nothing was."""
    pack = conditional(sample, "\"scores['patterns/email'] > 0.5\"")

    assert judged(pack, Context()) == Action.ALLOW
    assert judged(pack, Context(), Finding("patterns", "email", 1.0, 0, 1)) == Action.BLOCK


class Failing:
    """A condition that gives no answer."""

    source = "broken"

    def holds(self, variables: object) -> bool:
        from policies.conditions import ConditionFault

        raise ConditionFault("broken")


def test_a_condition_that_gives_no_answer_closes_and_is_named(sample: Path) -> None:
    """The rule counts, the text is stopped, and the record says which leaf's condition failed."""
    pack = load_pack(sample).pack
    leaf = pack.leaves["S.2"]
    broken = replace(leaf, detectors=tuple(replace(d, when=(Failing(),)) for d in leaf.detectors))
    pack = replace(pack, leaves={**pack.leaves, "S.2": broken})
    report = Report((Finding("patterns", "email", 1.0, 0, 1),), (), 15, 15)

    verdict = decide(pack, Direction.PROMPT, report, TEXT)

    assert (verdict.action, [hit.leaf.id for hit in verdict.hits]) == (Action.BLOCK, ["S.2"])
    assert [(f.classifier, f.detail) for f in verdict.failures] == [(CONDITION, "sample/S.2")]


def test_a_rule_under_a_condition_spares_no_classifier(sample: Path) -> None:
    """What may not count after all must not keep models from being asked."""
    plain = build_panel(load_pack(sample))
    conditional(sample, "minor")
    found = [Finding("lexicon", "sample/S.1", 1.0, 0, 1)]

    assert plain.settled(found)
    assert not build_panel(load_pack(sample)).settled(found)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("minor &&", "not a CEL expression at line 1, character 9"),
        ("user == 'x'", "there is no variable `user`"),
        ("[1, 2].all(n, minor)", "a function or operator"),
        ("[1, 2].exists(n, n > 1)", "no variable `n`"),
        ("['a'].all(route, route == 'a')", "a function or operator"),
        ("model.matches('(a+)+')", "a function or operator"),
        ("tenant", "gives no answer"),
        ("stream > 0.5", "gives no answer"),
        ("scores['nobody/nothing'] > 0.5", "gives no answer"),
        (" || ".join(["minor"] * 80), f"a condition of {80 * 5 + 79 * 4} characters"),
    ],
)
def test_what_is_no_condition_is_refused(source: str, told: str) -> None:
    """Before it ever judges a text; nothing that could run long is let in."""
    with pytest.raises(ConditionError, match=told.replace("(", r"\(")):
        compile_condition(source, ["lexicon/a"])
    assert MOST_CHARS == 400


def test_a_mistake_in_a_condition_is_told_with_its_place(sample: Path) -> None:
    """File, line, column, what, and a remedy."""
    with pytest.raises(PackError) as caught:
        conditional(sample, "minor && usr == 'x'")

    (problem,) = caught.value.problems
    assert (problem.where, problem.line, problem.column) == ("sample/pack.yaml", 16, 11)
    assert problem.what == "there is no variable `usr`"
    assert problem.remedy.startswith("one of direction")
