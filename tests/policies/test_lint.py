"""Lint: what a pack lacks is named, and its faults are remarks like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.lint import LintReport, lint_pack
from policies.remarks import Severity

SHIPPED = "cn-interim-measures"


def codes(report: LintReport, where: str) -> set[str]:
    return {remark.code for remark in report.remarks if remark.where == where}


def test_the_sample_is_clean_but_for_what_it_lacks(sample: Path) -> None:
    """One leaf has no case; nothing else is amiss."""
    report = lint_pack(sample)

    assert [(remark.code, remark.where) for remark in report.remarks] == [
        ("unserved", "S.1"),
        ("no-stop-case", "S.2"),
    ]
    assert report.ok


def test_the_shipped_pack_says_that_it_is_a_starter() -> None:
    """Below the floors of the standard, and open about it."""
    report = lint_pack(SHIPPED)

    assert (report.ok, report.leaves) == (True, 31)
    assert "floor" in codes(report, SHIPPED)
    assert codes(report, "A.2.e") == {"floor"}
    assert report.count(Severity.ERROR) == 0


@pytest.mark.parametrize("leaf", ["A.1.a", "A.1.b", "A.1.c"])
def test_leaves_that_wait_for_the_operator_are_named(leaf: str, tmp_path: Path) -> None:
    """Placeholders are no coverage; an operator's list is, and is called one."""
    own = tmp_path / "own.txt"
    own.write_text("".join(f"operatorword{n}\n" for n in range(200)), encoding="utf-8")

    assert codes(lint_pack(SHIPPED), leaf) == {"unserved", "floor"}
    assert codes(lint_pack(SHIPPED, {leaf: [own]}), leaf) == {"operator-list"}


def test_ten_thousand_keywords_meet_the_floor(tmp_path: Path) -> None:
    """TC260-003 section 8.1, counted over the pack's and the operator's lists."""
    own = tmp_path / "own.txt"
    own.write_text("".join(f"operatorword{n}\n" for n in range(10_000)), encoding="utf-8")

    assert codes(lint_pack(SHIPPED, {"A.1.h": [own]}), SHIPPED) == set()


def changed(sample: Path, file: str, old: str, new: str) -> LintReport:
    path = sample / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return lint_pack(sample)


def test_failing_open_where_harm_is_done_is_a_warning(sample: Path) -> None:
    """Nobody should find out from an incident."""
    report = changed(sample, "pack.yaml", "illegal: closed", "illegal: open")

    assert codes(report, "on_failure.illegal") == {"fail-open"}


def test_a_leaf_that_allows_what_it_finds_is_noted(sample: Path) -> None:
    """It leaves no trace on the record."""
    report = changed(sample, "pack.yaml", "prompt: flag", "prompt: allow")

    assert "inert" in codes(report, "S.2")


def test_a_pack_that_lets_nothing_pass_is_warned(sample: Path) -> None:
    """Blocking everything would satisfy its cases."""
    text = "stop: []\npass: []\n"
    (sample / "cases.yaml").write_text(text, encoding="utf-8")

    assert codes(lint_pack(sample), "sample") == {"no-pass-case"}


def test_terms_in_two_lists_are_counted_not_quoted(sample: Path, tmp_path: Path) -> None:
    """Two leaves would claim the same text."""
    with_words = "{classifier: lexicon}\n      - {classifier: patterns, category: email"
    lists = changed(sample, "pack.yaml", "{classifier: patterns, category: email", with_words)
    (sample / "lexicon/S.2.txt").write_text("ForbiddenWord\n", encoding="utf-8")
    report = lint_pack(sample)

    assert lists.ok
    assert codes(report, "sample/S.1 sample/S.2") == {"shared-terms"}
    assert "orbidden" not in str(report)


def test_a_pack_that_does_not_load_is_reported_not_raised(sample: Path) -> None:
    """Every fault is a remark with its place."""
    report = changed(sample, "pack.yaml", "tier: illegal", "tier: ilegal")

    assert not report.ok
    assert [(remark.severity, remark.where) for remark in report.remarks] == [
        ("error", "sample/pack.yaml:15")
    ]


def test_a_detector_that_nothing_serves_is_an_error(sample: Path) -> None:
    """Classifiers cover every leaf, or the pack does not start."""
    report = changed(sample, "pack.yaml", "category: email", "category: emial")

    assert not report.ok
