"""Comparing packs: every change that matters to the screened, none of the words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policies.diff import Change, diff_packs
from policies.load import load_pack


def changes(sample: Path, tmp_path: Path, file: str, old: str, new: str) -> list[Change]:
    other = Path(shutil.copytree(sample, tmp_path / "new" / "sample"))
    text = (other / file).read_text(encoding="utf-8")
    assert old in text
    (other / file).write_text(text.replace(old, new), encoding="utf-8")
    return [
        change
        for change in diff_packs(load_pack(sample), load_pack(other))
        if change.what != "digest"
    ]


def test_a_pack_does_not_differ_from_itself(sample: Path) -> None:
    """Not even in its digest."""
    assert diff_packs(load_pack(sample), load_pack(sample)) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("pack.yaml", '"1.0"', '"1.1"', Change("pack", "version", "1.0", "1.1")),
        (
            "pack.yaml",
            "tier: quality",
            "tier: harmful",
            Change("S.2", "tier", "quality", "harmful"),
        ),
        ("pack.yaml", "prompt: flag", "prompt: block", Change("S.2", "prompt", "flag", "block")),
        (
            "pack.yaml",
            "quality: open",
            "quality: closed",
            Change("pack", "on failure, quality", "open", "closed"),
        ),
        (
            "pack.yaml",
            "threshold: 0.9",
            "threshold: 0.8",
            Change(
                "S.2",
                "patterns email",
                "from 0.9, prompt flag, output redact",
                "from 0.8, prompt flag, output redact",
            ),
        ),
        (
            "answers.yaml",
            "id: polite",
            "id: curt",
            Change("pack", "answers for S", "polite", "curt"),
        ),
        (
            "lexicon/S.1.txt",
            "forbiddenword",
            "otherforbiddenword\nand another",
            Change("lexicon/S.1.txt sample/S.1", "terms", "1 gone", "2 new"),
        ),
    ],
)
def test_a_change_is_told_with_what_was_and_what_is(
    file: str, old: str, new: str, expected: Change, sample: Path, tmp_path: Path
) -> None:
    """Where, what, old, new."""
    found = changes(sample, tmp_path, file, old, new)

    assert expected in found
    assert "orbidden" not in str(found)


def test_a_leaf_that_is_gone_is_told_fact_by_fact(sample: Path, tmp_path: Path) -> None:
    """Nothing disappears quietly."""
    found = changes(sample, tmp_path, "pack.yaml", "- id: S.2", "- id: S.9")

    assert Change("S.2", "tier", "quality", "") in found
    assert Change("S.9", "tier", "", "quality") in found
