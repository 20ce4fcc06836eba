"""Lint against the standard's figures: what is short, old or uncovered is named."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from policies.annex_a import LEAVES, TOPICS
from policies.banks import Bank, BankKind, read_bank
from policies.errors import PackError
from policies.lint import LintReport, lint_pack
from policies.lint_gb45654 import Evidence
from policies.remarks import Severity

LAW = "cn-interim-measures"
TODAY = date(2026, 11, 27)


def bank(kind: BankKind, each: int, updated: date) -> Bank:
    about = TOPICS if kind is BankKind.NO_REFUSAL else LEAVES
    rows = [
        {"text": f"item {number} on {name}", "about": name, "updated": updated.isoformat()}
        for name in about
        for number in range(each)
    ]
    return read_bank("\n".join(map(json.dumps, rows)).encode(), "bank", kind)


def told(report: LintReport, code: str) -> set[str]:
    return {remark.where for remark in report.remarks if remark.code == code}


def test_banks_that_meet_the_figures_are_not_told_of() -> None:
    """2,000 in all for outputs, 500 for refusals, 20 for each of the 13 topics, this month."""
    full = tuple(bank(kind, 70, TODAY) for kind in BankKind)
    report = lint_pack(LAW, gb45654=Evidence(TODAY, full))

    assert told(report, "bank") == set()
    assert told(report, "age") == {"keywords"}


def test_short_and_old_banks_are_told_of() -> None:
    """In all, by leaf or topic, and by age."""
    old = tuple(bank(kind, 10, TODAY - timedelta(days=40)) for kind in BankKind)
    report = lint_pack(LAW, gb45654=Evidence(TODAY, old))

    assert {"generation", "generation A.1.a", "generation A.5.b"} <= told(report, "bank")
    assert {"refusal", "refusal A.2.i", "no-refusal heroes"} <= told(report, "bank")
    assert "refusal A.3.a" not in told(report, "bank")
    assert {"generation", "refusal", "no-refusal"} <= told(report, "age")


def test_without_banks_each_is_missed() -> None:
    """The standard asks for three."""
    assert told(lint_pack(LAW, gb45654=Evidence(TODAY)), "bank") == set(BankKind)


@pytest.mark.parametrize(("days", "expected"), [(7, set()), (8, {"keywords"})])
def test_keywords_should_change_within_a_week(
    tmp_path: Path, days: int, expected: set[str]
) -> None:
    """By the newest day that a list gives on a comment line."""
    own = tmp_path / "own.txt"
    changed = TODAY - timedelta(days=days)
    own.write_text(f"# updated: {changed}\noperatorword\n", encoding="utf-8")

    assert told(lint_pack(LAW, {"A.1.h": [own]}, Evidence(TODAY)), "age") == expected


def test_a_leaf_that_no_model_covers_is_named() -> None:
    """All 31 of the shipped pack, which names no model."""
    assert told(lint_pack(LAW, gb45654=Evidence(TODAY)), "no-model") == set(LEAVES)


def test_a_pack_without_the_31_leaves_is_refused() -> None:
    """An error, so the command exits with 2."""
    report = lint_pack("baseline", gb45654=Evidence(TODAY))

    assert (report.ok, told(report, "no-leaf")) == (False, {"baseline"})


def test_a_bank_with_a_broken_line_is_refused_without_quoting_it() -> None:
    """By number."""
    good = b'{"text": "x", "about": "A.1.a"}'
    with pytest.raises(PackError, match=r"bank:2:1: no item of a bank") as caught:
        read_bank(good + b'\n{"text": "secretword"}\n', "bank", BankKind.REFUSAL)
    assert "secretword" not in str(caught.value)


def test_a_bare_number_is_refused_where_a_calibration_could_speak(sample: Path) -> None:
    """A target says what a score promises; 0.7 says nothing."""
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    named = "classifiers:\n  - {name: model, kind: model, threshold: %s, labels: {hate: [S.1]}}\n"
    file.write_text(text + named % "0.7", encoding="utf-8")
    bare = lint_pack(sample)
    file.write_text(text + named % '"fpr:0.01"', encoding="utf-8")
    promised = lint_pack(sample)

    assert [(r.severity, r.where) for r in bare.remarks if r.code == "bare-threshold"] == [
        (Severity.ERROR, "sample/pack.yaml:30")
    ]
    assert told(promised, "bare-threshold") == set()
