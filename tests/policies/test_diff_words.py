"""Differences in words: what is done to whose texts, under which provision."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policies.diff import diff_packs
from policies.diff_words import in_words
from policies.load import load_pack


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    output: block\n",
            "    output: flag\n",
            "an output with it was stopped, and is now let through and noted.",
        ),
        (
            "tier: illegal",
            "tier: harmful",
            "S.1 First sample (House 1): it counted as unlawful, and counts now as harmful.",
        ),
        (
            "max_days: 60",
            "max_days: 90",
            "Records are kept 30 to 90 days; before, 30 to 60 days.",
        ),
        (
            "harmful: closed",
            "harmful: open",
            "what may be harmful passes unscreened; before, it was stopped.",
        ),
        ("id: S.2", "id: S.9", "Gone: S.2 Second sample (House 2) is no longer looked for."),
        (
            "id: S.2",
            "id: S.9",
            "a prompt with it is let through and noted, an output masked where it matches.",
        ),
    ],
)
def test_a_change_is_told_in_a_sentence(
    old: str, new: str, said: str, sample: Path, tmp_path: Path
) -> None:
    """With the leaf's name and article, and without a word of a list."""
    changed = Path(shutil.copytree(sample, tmp_path / "changed" / "sample"))
    text = (changed / "pack.yaml").read_text(encoding="utf-8")
    (changed / "pack.yaml").write_text(text.replace(old, new), encoding="utf-8")
    before, after = load_pack(sample), load_pack(changed)

    told = in_words(diff_packs(before, after), before, after)
    assert any(said in sentence for sentence in told)


def test_equal_packs_differ_in_nothing(sample: Path) -> None:
    """Not a sentence."""
    loaded = load_pack(sample)
    assert list(in_words(diff_packs(loaded, loaded), loaded, loaded)) == []
