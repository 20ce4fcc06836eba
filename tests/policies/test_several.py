"""Several packs: the strictest is acted on, and none hears another's failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.types import Failure, FailureReason, Finding, Report, Segment
from policies.build import build_joint_panel
from policies.decide import decide
from policies.load import LoadedPack, load_pack
from policies.several import decide_all
from policies.types import Action, Direction

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

    assert decide_all([pack], Direction.PROMPT, report, TEXT) == (
        decide(pack, Direction.PROMPT, report, TEXT),
    )


async def test_the_strictest_verdict_comes_first_and_each_pack_is_named(sample: Path) -> None:
    """Whatever order the packs are given in."""
    soft, hard = as_pack(sample, "soft", "flag"), as_pack(sample, "hard", "block")
    segments = [Segment("a forbiddenword")]
    report = await build_joint_panel([soft, hard]).classify(segments)

    for packs in ([soft.pack, hard.pack], [hard.pack, soft.pack]):
        verdicts = decide_all(packs, Direction.PROMPT, report, segments)
        assert [(v.pack, v.action) for v in verdicts] == [
            ("hard", Action.BLOCK),
            ("soft", Action.FLAG),
        ]


async def test_one_pack_cannot_excuse_what_another_forbids(sample: Path) -> None:
    """Excusing phrases stop at the pack that has them."""
    hard = as_pack(sample, "hard", "block")
    (sample / "lexicon/allow.txt").write_text("not a forbiddenword\n", encoding="utf-8")
    lax = as_pack(sample, "lax", "block")
    segments = [Segment("this is not a forbiddenword")]
    report = await build_joint_panel([lax, hard]).classify(segments)

    strictest = decide_all([lax.pack, hard.pack], Direction.PROMPT, report, segments)[0]
    assert (strictest.pack, strictest.action) == ("hard", Action.BLOCK)


def test_a_failure_counts_only_for_packs_that_rely_on_the_classifier(sample: Path) -> None:
    """A model of one law does not close the others."""
    text = (sample / "pack.yaml").read_text(encoding="utf-8")
    (sample / "pack.yaml").write_text(
        text.replace("classifier: patterns", "classifier: model").replace(
            "tier: quality", "tier: illegal"
        ),
        encoding="utf-8",
    )
    modelled = load_pack(sample).pack
    report = Report((), (Failure("model", FailureReason.TIMEOUT),), 10, 10)

    verdicts = decide_all([SHIPPED.pack, modelled], Direction.PROMPT, report, TEXT)

    assert [(v.pack, v.action, len(v.failures)) for v in verdicts] == [
        ("sample", Action.BLOCK, 1),
        ("cn-interim-measures", Action.ALLOW, 0),
    ]


def test_a_failure_that_no_pack_knows_closes_all(sample: Path) -> None:
    """Nobody can say what it leaves unseen."""
    report = Report((), (Failure("stranger", FailureReason.ERROR),), 10, 10)
    packs = [SHIPPED.pack, load_pack(sample).pack]

    verdicts = decide_all(packs, Direction.PROMPT, report, TEXT)
    assert {verdict.action for verdict in verdicts} == {Action.BLOCK}


def test_no_pack_is_no_clearance() -> None:
    """An empty list of packs is a mistake, not a pass."""
    with pytest.raises(ValueError, match="name at least one"):
        decide_all([], Direction.PROMPT, Report(scanned=10, total=10), TEXT)
