"""Loading packs: what is refused and how it is told, and what the digest stands for."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.terms import TermKind
from policies.annex_a import LEAVES
from policies.folder import BUNDLED
from policies.load import PackError, load_pack
from policies.types import Action, Direction, ExplicitLabel, OnFailure, Tier

MALFORMED = Path(__file__).parent / "malformed"
SHIPPED = "cn-interim-measures"


def test_the_shipped_pack_holds_the_31_leaves() -> None:
    """Each with an article, a tier, a detector, and an action per direction."""
    leaves = load_pack(SHIPPED).pack.leaves

    assert set(LEAVES) <= leaves.keys()
    assert len(LEAVES) == 31
    for leaf in leaves.values():
        assert leaf.detectors
        assert leaf.actions.keys() == set(Direction)
        assert leaf.article == f"IM Art. 4({leaf.id[2]})"


def test_the_shipped_pack_is_graded_as_the_law_grades() -> None:
    """A.1 is unlawful, A.5 never more than a warning, and only that may fail open."""
    pack = load_pack(SHIPPED).pack
    strictest = {leaf.id: max(leaf.actions.values()) for leaf in pack.leaves.values()}

    assert {leaf.tier for leaf in pack.leaves.values() if leaf.id[:3] == "A.1"} == {Tier.ILLEGAL}
    assert max(strictest["A.5.a"], strictest["A.5.b"]) == Action.LABEL
    assert pack.on_failure == {
        Tier.ILLEGAL: OnFailure.CLOSED,
        Tier.HARMFUL: OnFailure.CLOSED,
        Tier.QUALITY: OnFailure.OPEN,
    }


def test_the_shipped_pack_keeps_labels_and_records_as_the_law_asks() -> None:
    """GB 45438 in the interface, and six calendar months at the least."""
    pack = load_pack(SHIPPED).pack

    assert (pack.label.name, pack.label.explicit) == ("gb45438", ExplicitLabel.INTERFACE)
    assert (pack.retention.min_days, pack.retention.max_days) == (184, 400)


def test_a_pack_loads_from_any_folder(sample: Path) -> None:
    """An operator's pack is as good as a bundled one."""
    loaded = load_pack(sample)

    assert [leaf.id for leaf in loaded.pack.leaves.values()] == ["S.1", "S.2"]
    assert [(term.text, term.category) for term in loaded.terms] == [
        ("forbiddenword", "sample/S.1"),
        ("违禁词示例", "sample/S.1"),
    ]


def test_a_name_that_is_none_is_told_what_it_may_have_meant() -> None:
    """The nearest bundled pack."""
    with pytest.raises(PackError, match="did you mean `cn-interim-measures`"):
        load_pack("cn-interim-measure")


@pytest.mark.parametrize("case", sorted(path.name for path in MALFORMED.iterdir()))
def test_a_malformed_pack_is_refused_with_place_and_remedy(case: str, sample: Path) -> None:
    """As written beside it in `expected.txt`."""
    expected = (MALFORMED / case / "expected.txt").read_text(encoding="utf-8")
    shutil.copytree(MALFORMED / case, sample, dirs_exist_ok=True)
    (sample / "expected.txt").unlink()

    with pytest.raises(PackError) as caught:
        load_pack(sample)

    assert expected == f"{caught.value}\n"


@pytest.mark.parametrize("missing", ["pack.yaml", "answers.yaml", "cases.yaml"])
def test_a_file_that_every_pack_has_must_be_there(missing: str, sample: Path) -> None:
    """Named, not a traceback."""
    (sample / missing).unlink()

    with pytest.raises(PackError, match=f"sample/{missing}: the file is missing"):
        load_pack(sample)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_pack_of_the_interim_measures_needs_every_leaf(leaf: str, tmp_path: Path) -> None:
    """31 of 31, or it does not load."""
    text = (BUNDLED / SHIPPED / "pack.yaml").read_text(encoding="utf-8")
    folder = Path(shutil.copytree(BUNDLED / SHIPPED, tmp_path / SHIPPED))
    (folder / "pack.yaml").write_text(text.replace(f"id: {leaf}\n", "id: X.1\n"), encoding="utf-8")

    with pytest.raises(PackError, match=rf"1 are missing: {leaf};"):
        load_pack(folder)


def test_an_operator_adds_lists_to_leaves(sample: Path, tmp_path: Path) -> None:
    """Their terms count as the operator's, and change the digest."""
    own = tmp_path / "own.txt"
    own.write_text("# ours\notherforbiddenword\n", encoding="utf-8")
    plain, added = load_pack(sample), load_pack(sample, {"S.1": [own]})

    assert [term.source for term in added.terms] == [*[t.source for t in plain.terms], "operator"]
    assert plain.pack.digest != added.pack.digest


def test_an_operators_list_needs_a_leaf_and_a_file(sample: Path, tmp_path: Path) -> None:
    """Neither a misspelt leaf nor a misspelt path is silently nothing."""
    own = tmp_path / "own.txt"
    own.write_text("otherforbiddenword\n", encoding="utf-8")
    lists = {"S.11": [own], "S.1": [tmp_path / "gone.txt"]}

    with pytest.raises(PackError) as caught:
        load_pack(sample, lists)

    assert [(problem.where, problem.remedy) for problem in caught.value.problems] == [
        ("lists/S.1/gone.txt", "check the path"),
        ("lists/S.11", "did you mean `S.1`?"),
    ]


def test_phrases_that_excuse_are_terms_of_their_own_kind(sample: Path) -> None:
    """They stop nothing, so they belong to no leaf."""
    (sample / "lexicon/allow.txt").write_text("not a forbiddenword\n", encoding="utf-8")

    assert load_pack(sample).terms[-1].kind is TermKind.ALLOW


def test_the_digest_does_not_depend_on_where_a_pack_lies(sample: Path, tmp_path: Path) -> None:
    """The same bytes under the same names are the same pack, on any machine."""
    elsewhere = Path(shutil.copytree(sample, tmp_path / "moved" / "elsewhere"))
    (elsewhere / ".hidden").write_text("x", encoding="utf-8")
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("oneforbidden\n", encoding="utf-8")
    two.write_text("twoforbidden\n", encoding="utf-8")

    assert (
        load_pack(sample, {"S.1": [one, two]}).pack.digest
        == load_pack(elsewhere, {"S.1": [two, one]}).pack.digest
    )


@pytest.mark.parametrize(
    "file", ["pack.yaml", "answers.yaml", "cases.yaml", "lexicon/S.1.txt", "README.md"]
)
def test_the_digest_covers_every_byte_of_every_file(file: str, sample: Path) -> None:
    """A comment is a change: what an auditor holds is what ran."""
    before = load_pack(sample).pack.digest
    with (sample / file).open("a", encoding="utf-8") as handle:
        handle.write("# a comment\n")

    assert load_pack(sample).pack.digest != before


def test_a_line_that_moves_between_files_changes_the_digest(sample: Path) -> None:
    """Names and lengths are part of it."""
    (sample / "README.md").write_text("ab", encoding="utf-8")
    (sample / "lexicon/allow.txt").write_text("cd", encoding="utf-8")
    before = load_pack(sample).pack.digest
    (sample / "README.md").write_text("abc", encoding="utf-8")
    (sample / "lexicon/allow.txt").write_text("  d"[1:], encoding="utf-8")

    with pytest.raises(PackError):
        load_pack(sample)
    (sample / "lexicon/allow.txt").write_text("dcd", encoding="utf-8")
    assert load_pack(sample).pack.digest != before


def test_no_problem_quotes_a_word_of_a_list(sample: Path) -> None:
    """Messages go to logs, and lists are secret."""
    (sample / "lexicon/S.1.txt").write_bytes(
        b"secretword\x01\n" + b"secretword" * 20 + b"\nsecretword\n\xffsecretword\n"
    )

    with pytest.raises(PackError) as caught:
        load_pack(sample)

    assert "secret" not in str(caught.value)


SOAK = "STOPLOG_SOAK" in os.environ
SAMPLE = (Path(__file__).parent / "sample" / "pack.yaml").read_bytes()


@given(st.data())
@settings(
    max_examples=5000 if SOAK else 60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_damage_to_a_pack_crashes_the_loader(sample: Path, data: st.DataObject) -> None:
    """Bytes cut out, doubled or overwritten: it loads, or it is refused."""
    start = data.draw(st.integers(0, len(SAMPLE)))
    end = data.draw(st.integers(start, min(len(SAMPLE), start + 40)))
    middle = data.draw(st.sampled_from([b"", SAMPLE[start:end] * 2, b"\x00", b"~", b"- ", b": "]))
    (sample / "pack.yaml").write_bytes(SAMPLE[:start] + middle + SAMPLE[end:])

    with suppress(PackError):
        load_pack(sample)
