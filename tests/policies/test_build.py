"""Building the panel: what a pack asks for, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from classifiers.types import Report, Segment
from policies.build import build_panel, held
from policies.load import PackError, load_pack
from policies.policy_set import PolicySet
from policies.types import Direction

SHIPPED = "cn-interim-measures"


async def test_words_and_patterns_of_a_pack_are_found(sample: Path) -> None:
    """Both scanners carry the categories that the pack's detectors name."""
    loaded = load_pack(sample)
    text = "a forbiddenword for someone@example.com"
    report = await build_panel(loaded).classify([Segment(text)])

    found = {(finding.classifier, finding.category) for finding in report.findings}
    assert found == {("lexicon", "sample/S.1"), ("patterns", "email")}
    assert (report.scanned, report.total) == (len(text), len(text))


async def test_patterns_that_no_leaf_asks_for_are_not_run(sample: Path) -> None:
    """A pack pays for what it names."""
    report = await build_panel(load_pack(sample)).classify([Segment("192.0.2.1")])

    assert report == Report(scanned=9, total=9)


async def test_phrases_that_excuse_do_so(sample: Path) -> None:
    """The word alone is found, the word within the phrase is not."""
    (sample / "lexicon/allow.txt").write_text("not a forbiddenword at all\n", encoding="utf-8")
    texts = ("a forbiddenword", "this is not a forbiddenword at all")
    report = await build_panel(load_pack(sample)).classify([Segment(text) for text in texts])

    assert [finding.segment for finding in report.findings] == [0]


async def test_an_entry_that_is_an_expression_is_found_whole_and_streamed(sample: Path) -> None:
    """It speaks for the leaf of its list, with its severity, under an id that does not say it."""
    with (sample / "lexicon/S.1.txt").open("a", encoding="utf-8") as words:
        words.write("code-[0-9]{3}\tregex\tseverity=0.7\n")
    panel, text = build_panel(load_pack(sample)), "take code-123 now"

    report = await panel.classify([Segment(text)])

    (whole,) = report.findings
    assert (whole.classifier, whole.category, whole.score) == ("lexicon", "sample/S.1", 0.7)
    assert "code" in text[whole.start : whole.end]
    assert "code" not in whole.rule


def test_an_entry_that_expired_counts_no_more(sample: Path) -> None:
    """It counts on its last day, and where nobody says which day it is."""
    with (sample / "lexicon/S.1.txt").open("a", encoding="utf-8") as words:
        words.write("passingword\texpires=2031-05-01\n")

    def there(today: date | None) -> bool:
        return "passingword" in {term.text for term in load_pack(sample, today=today).terms}

    assert [there(None), there(date(2031, 5, 1)), there(date(2031, 5, 2))] == [True, True, False]


def test_an_entry_may_speak_for_another_leaf_of_its_pack(sample: Path) -> None:
    """And for none that the pack does not have."""
    file = sample / "lexicon/S.1.txt"
    file.write_text("otherword\tleaf=S.2\n", encoding="utf-8")
    assert ["sample/S.2"] == [
        term.category for term in load_pack(sample).terms if term.text == "otherword"
    ]

    file.write_text("otherword\tleaf=S.99\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"S\.1\.txt:1:1: a `leaf` that the pack does not have"):
        load_pack(sample)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("email", "emial", "leaf S.2: `patterns` has no category `emial`; did you mean `email`?"),
        (
            "classifier: patterns",
            "classifier: pattern",
            "leaf S.2: there is no classifier `pattern`; did you mean `patterns`?",
        ),
    ],
)
def test_a_detector_that_nothing_serves_is_refused(
    old: str, new: str, expected: str, sample: Path
) -> None:
    """Its leaf would silently never be found."""
    file = sample / "pack.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(PackError) as caught:
        build_panel(load_pack(sample))
    assert str(caught.value) == f"sample/pack.yaml: {expected}"


class Model:
    """A classifier beyond lists and patterns."""

    name = "pattern"
    categories = frozenset({"email"})

    async def classify(self, segments: Sequence[Segment]) -> Report:
        return Report()


def test_a_classifier_that_is_given_serves(sample: Path) -> None:
    """Models come from the gateway, and the pack names them."""
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8").replace("classifier: patterns", "classifier: pattern")
    file.write_text(text, encoding="utf-8")
    model = Model()

    (serving,) = build_panel(load_pack(sample), classifiers=[model]).classifiers
    assert serving is model


def test_only_what_acts_on_a_text_holds_it_back(sample: Path) -> None:
    """A flagged e-mail address may leave; one that is masked may not."""
    pack = PolicySet((load_pack(sample).pack,))

    assert held(pack, Direction.PROMPT) == {"sample/S.1"}
    assert held(pack, Direction.OUTPUT) == {"sample/S.1", "email"}


def test_the_shipped_pack_never_holds_back_ordinary_words() -> None:
    """Kinds that begin like any word or number are only flagged, warnings never wait."""
    held_back = held(PolicySet((load_pack(SHIPPED).pack,)), Direction.OUTPUT)

    assert held_back.isdisjoint({"email", "ipv4", "cn_passport", f"{SHIPPED}/A.5.a"})
    assert {"cn_id_card", "bank_card", "cn_mobile", "openai_key"} <= held_back


def test_a_pack_without_words_needs_no_lexicon(sample: Path) -> None:
    """An empty list is no list."""
    assert len(build_panel(replace(load_pack(sample), terms=())).scanners) == 1
