"""Cases: the shipped packs keep theirs, and a case that does not hold is seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from classifiers.types import Failure, FailureReason, Report, Segment
from policies.annex_a import LEAVES, TOPICS
from policies.build import build_panel
from policies.cases import check_cases, load_cases, run_cases
from policies.folder import bundled
from policies.load import PackError, load_pack
from policies.types import Action, Direction


@pytest.mark.parametrize("name", bundled())
async def test_every_case_of_a_bundled_pack_holds(name: str) -> None:
    """What must stop stops, by its own leaf and action; what must pass passes."""
    loaded, cases = load_pack(name), load_cases(name)
    results = await run_cases(loaded.pack, build_panel(loaded).classify, cases)

    assert [result for result in results if not result.ok] == []


@pytest.mark.parametrize("name", bundled())
def test_bundled_cases_are_about_leaves_and_topics(name: str) -> None:
    """Each leaf has one that stops, and something passes."""
    pack, cases = load_pack(name).pack, load_cases(name)
    check_cases(cases, pack, name)

    assert {case.leaf for case in cases if case.leaf} == set(pack.leaves)
    assert any(case.leaf is None for case in cases)


def test_the_13_topics_have_cases_that_pass() -> None:
    """TC260-003 section 8.3: refusing them is a defect."""
    cases = load_cases("cn-interim-measures")

    assert set(TOPICS) <= {case.about for case in cases if case.leaf is None}
    assert set(LEAVES) == {case.leaf for case in cases if case.leaf}


async def clean(segments: Sequence[Segment]) -> Report:
    size = sum(len(segment.text) for segment in segments)
    return Report(scanned=size, total=size)


async def broken(segments: Sequence[Segment]) -> Report:
    return Report(failures=(Failure("lexicon", FailureReason.ERROR),))


async def test_a_case_that_does_not_stop_is_told(sample: Path) -> None:
    """With its line, and without its text."""
    results = await run_cases(load_pack(sample).pack, clean, load_cases(sample))
    wrong = [result for result in results if not result.ok]

    assert [(r.case, r.line, r.direction, r.expected, r.action) for r in wrong] == [
        ("stop/S.1/1", 2, "prompt", "block by S.1", "allow"),
        ("stop/S.1/1", 2, "output", "block by S.1", "allow"),
    ]
    assert "forbiddenword" not in str(results)


async def test_a_block_for_another_reason_does_not_count(sample: Path) -> None:
    """A broken classifier blocks everything; that proves no list."""
    results = await run_cases(load_pack(sample).pack, broken, load_cases(sample))

    assert {(result.action, result.failures, result.ok) for result in results} == {
        ("block", "lexicon", False)
    }


def test_a_case_says_what_may_come_out(sample: Path) -> None:
    """Exactly the action where it must stop; at most the given one where it must pass."""
    stop, passing, _ = load_cases(sample)

    assert (stop.id, stop.leaf, passing.id, passing.leaf) == (
        "stop/S.1/1",
        "S.1",
        "pass/S.1/1",
        None,
    )
    assert stop.least[Direction.OUTPUT] is stop.most[Direction.OUTPUT] is Action.BLOCK
    assert passing.most[Direction.PROMPT] is Action.ALLOW


def test_cases_about_nothing_are_refused(sample: Path) -> None:
    """A misspelt leaf would never fail."""
    file = sample / "cases.yaml"
    text = file.read_text(encoding="utf-8").replace("about: S.1", "about: helth")
    file.write_text(text, encoding="utf-8")

    with pytest.raises(PackError, match="`helth` is no leaf and no topic; did you mean `health`"):
        check_cases(load_cases(sample), load_pack(sample).pack, "sample/cases.yaml")


def test_a_case_file_with_faults_is_refused(sample: Path) -> None:
    """With place and remedy, as any file of a pack."""
    (sample / "cases.yaml").write_text("stop: []\npas: []\n", encoding="utf-8")

    with pytest.raises(PackError) as caught:
        load_cases(sample)
    assert "sample/cases.yaml:2:1: `pas` is no key here; did you mean `pass`?" in str(caught.value)
