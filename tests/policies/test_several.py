"""Several packs: the strictest is acted on, and none hears another's failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.types import Failure, FailureReason, Finding, Report, Segment
from policies.build import build_joint_panel
from policies.decide import decide, decide_all
from policies.load import LoadedPack, load_pack
from policies.policy_set import PolicySet, joint_retention
from policies.types import Action, Direction, Retention

SHIPPED = load_pack("cn-interim-measures")
TEXT = [Segment("0123456789")]


def as_pack(sample: Path, name: str, action: str) -> LoadedPack:
    """The sample under another name, with another action for its words."""
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8").replace("pack: sample", f"pack: {name}")
    file.write_text(text.replace("prompt: block", f"prompt: {action}"), encoding="utf-8")
    loaded = load_pack(sample)
    file.write_text(text.replace(f"pack: {name}", "pack: sample"), encoding="utf-8")
    return loaded


def test_one_pack_judges_as_it_would_alone() -> None:
    """Several is no other rule than one."""
    found = Finding("lexicon", "cn-interim-measures/A.1.h", 1.0, 0, 3)
    report = Report((found,), (), 10, 10)
    pack = SHIPPED.pack

    alone = decide(pack, Direction.PROMPT, report, TEXT)
    assert decide_all(PolicySet((pack,)), Direction.PROMPT, report, TEXT) == alone


async def test_the_strictest_pack_is_acted_on_and_each_is_named(sample: Path) -> None:
    """Whatever order the packs are given in; the hits of all are told."""
    soft, hard = as_pack(sample, "soft", "flag"), as_pack(sample, "hard", "block")
    segments = [Segment("a forbiddenword")]
    report = await build_joint_panel([soft, hard]).classify(segments)

    for packs in ((soft.pack, hard.pack), (hard.pack, soft.pack)):
        verdict = decide_all(PolicySet(packs), Direction.PROMPT, report, segments)
        told = [(ruling.pack.name, ruling.action) for ruling in verdict.rulings]
        assert told == [("hard", Action.BLOCK), ("soft", Action.FLAG)]
        assert (verdict.pack.name, verdict.action) == ("hard", Action.BLOCK)
        assert [hit.pack for hit in verdict.hits] == ["hard", "soft"]


async def test_one_pack_cannot_excuse_what_another_forbids(sample: Path) -> None:
    """Excusing phrases stop at the pack that has them."""
    hard = as_pack(sample, "hard", "block")
    (sample / "lexicon/allow.txt").write_text("not a forbiddenword\n", encoding="utf-8")
    lax = as_pack(sample, "lax", "block")
    segments = [Segment("this is not a forbiddenword")]
    report = await build_joint_panel([lax, hard]).classify(segments)

    verdict = decide_all(PolicySet((lax.pack, hard.pack)), Direction.PROMPT, report, segments)
    assert [(one.pack.name, one.action) for one in verdict.rulings] == [
        ("hard", Action.BLOCK),
        ("lax", Action.ALLOW),
    ]


def test_lists_that_excuse_nothing_share_one_lexicon(sample: Path) -> None:
    """So that a further pack costs no further pass over the text."""
    packs = [as_pack(sample, name, "block") for name in ("one", "two", "three")]
    (lexicon,) = [s for s in build_joint_panel(packs).scanners if s.name == "lexicon"]

    assert {"one/S.1", "two/S.1", "three/S.1"} <= lexicon.categories


def modelled(sample: Path) -> LoadedPack:
    """The sample with a model in place of its patterns, and a leaf that it closes."""
    text = (sample / "pack.yaml").read_text(encoding="utf-8")
    (sample / "pack.yaml").write_text(
        text.replace("classifier: patterns", "classifier: model").replace(
            "tier: quality", "tier: illegal"
        ),
        encoding="utf-8",
    )
    return load_pack(sample)


def test_a_failure_counts_only_for_packs_that_rely_on_the_classifier(sample: Path) -> None:
    """A model of one law does not close the others."""
    report = Report((), (Failure("model", FailureReason.TIMEOUT),), 10, 10)
    policies = PolicySet((SHIPPED.pack, modelled(sample).pack))

    verdict = decide_all(policies, Direction.PROMPT, report, TEXT)

    assert [(one.pack.name, one.action) for one in verdict.rulings] == [
        ("sample", Action.BLOCK),
        ("cn-interim-measures", Action.ALLOW),
    ]


def test_a_failure_that_no_pack_knows_closes_all(sample: Path) -> None:
    """Nobody can say what it leaves unseen."""
    report = Report((), (Failure("stranger", FailureReason.ERROR),), 10, 10)
    policies = PolicySet((SHIPPED.pack, load_pack(sample).pack))

    verdict = decide_all(policies, Direction.PROMPT, report, TEXT)
    assert {ruling.action for ruling in verdict.rulings} == {Action.BLOCK}


def test_no_pack_is_no_clearance_and_a_pack_counts_once() -> None:
    """An empty list of packs is a mistake, not a pass; so is a name that means two things."""
    with pytest.raises(ValueError, match="name at least one"):
        PolicySet(())
    with pytest.raises(ValueError, match="named twice"):
        PolicySet((SHIPPED.pack, SHIPPED.pack))


def test_records_are_kept_as_long_as_any_pack_asks() -> None:
    """And no longer than the first allows, where both can be had."""
    house, law = load_pack("baseline").pack, SHIPPED.pack

    assert joint_retention([house, law]) == Retention(184, 400)
    assert joint_retention([house]) == Retention(30, 400)
