"""The classifiers of a pack: who they are, from which score they count, and who asks whom."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from classifiers.kinds import Family, GuardOptions, ModelOptions
from classifiers.panel import Gate
from classifiers.types import Segment
from policies.build import build_joint_panel, build_panel
from policies.load import PackError, load_pack
from policies.show import ClassifierRow, picture
from policies.types import Detector

GUARD = """\
classifiers:
  - name: guard
    kind: guard
    server: {url: "http://127.0.0.1:9", timeout_s: 0.2, retries: 0}
    model: some-guard
    family: qwen3guard-gen
    threshold: 0.7
    deadline_s: 0.3
    labels: {violent: [S.1], pii: [S.1, S.2]}
"""
SECOND = """\
  - name: second
    kind: moderation
    server: {url: "http://127.0.0.1:9"}
    labels: {hate: [S.1]}
    ask: {after: guard, low: 0.2, high: 0.8}
"""


def with_classifiers(sample: Path, section: str) -> Path:
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8").replace("leaves:\n", f"{section}leaves:\n", 1)
    file.write_text(text, encoding="utf-8")
    return sample


def test_labels_become_detectors_of_their_leaves(sample: Path) -> None:
    """At the classifier's threshold, with the leaf's own actions."""
    loaded = load_pack(with_classifiers(sample, GUARD))
    (guard,) = loaded.classifiers
    leaves = loaded.pack.leaves

    assert ("guard", 0.7, 0.3) == (guard.name, guard.threshold, guard.deadline_s)
    assert isinstance(guard.options, GuardOptions)
    assert Family.QWEN3_GUARD is guard.options.family
    assert [Detector("guard", "violent", 0.7), Detector("guard", "pii", 0.7)] == list(
        leaves["S.1"].detectors[1:]
    )
    assert [Detector("guard", "pii", 0.7)] == list(leaves["S.2"].detectors[1:])


def test_what_a_leaf_says_itself_comes_before_the_map(sample: Path) -> None:
    """A detector for the same label keeps its own threshold."""
    with_classifiers(sample, GUARD)
    file = sample / "pack.yaml"
    own = "{classifier: lexicon}\n      - {classifier: guard, category: pii, threshold: 0.9}"
    text = file.read_text(encoding="utf-8").replace("{classifier: lexicon}", own)
    file.write_text(text, encoding="utf-8")
    detectors = load_pack(sample).pack.leaves["S.1"].detectors

    assert [0.9] == [d.threshold for d in detectors if d.category == "pii"]


def test_classifiers_count_in_the_digest(sample: Path) -> None:
    """Another threshold is another pack."""
    one = load_pack(with_classifiers(sample, GUARD)).pack.digest
    file = sample / "pack.yaml"
    file.write_text(file.read_text().replace("threshold: 0.7", "threshold: 0.6"))

    assert one != load_pack(sample).pack.digest


async def test_a_gate_is_set_where_a_pack_asks_for_one(sample: Path) -> None:
    """For the labels that the pack looks for; without a wire, both fail and say so."""
    loaded = load_pack(with_classifiers(sample, GUARD + SECOND))
    zones = {"violent": (0.2, 0.8), "pii": (0.2, 0.8)}
    panel = build_panel(loaded)
    report = await panel.classify([Segment("hello there")])

    assert Gate("guard", zones) == panel._seats["second"].gate
    assert ["guard", "second"] == sorted(f.classifier for f in report.failures)


def test_a_label_that_the_classifier_does_not_have_is_refused(sample: Path) -> None:
    """Its leaf would silently never be found."""
    with_classifiers(sample, GUARD.replace("violent:", "violet:"))

    with pytest.raises(PackError, match="`guard` has no category `violet`; did you mean `violent`"):
        build_panel(load_pack(sample))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("http://127.0.0.1:9", "env:NOT_SET"), "env:NOT_SET cannot be read here"),
        (("http://127.0.0.1:9", "http://me:pw@x"), "holds more than an address"),
        (("http://127.0.0.1:9", "ftp://x"), "is no address"),
        (("qwen3guard-gen", "gpt-oss-safeguard"), "judges by a policy; give one as `policy`"),
    ],
)
def test_a_classifier_that_cannot_be_built_is_told_with_its_place(
    change: tuple[str, str], expected: str, sample: Path
) -> None:
    """The file, the line of the entry, and a remedy."""
    with_classifiers(sample, GUARD.replace(*change))

    with pytest.raises(PackError) as caught:
        build_panel(load_pack(sample))
    assert expected in str(caught.value)
    assert str(caught.value).startswith("sample/pack.yaml:11:")


def test_packs_that_mean_the_same_classifier_share_it(sample: Path, tmp_path: Path) -> None:
    """Described alike it is built once; described otherwise it is an error."""
    loaded = load_pack(with_classifiers(sample, GUARD))

    assert 1 == len(build_joint_panel([loaded, loaded]).classifiers)
    file = sample / "pack.yaml"
    file.write_text(file.read_text().replace("some-guard", "another"))
    with pytest.raises(PackError, match="another pack means something else"):
        build_joint_panel([loaded, load_pack(sample)])


def calibration(folder: Path) -> Path:
    """A calibration of two labels, in a folder like a model's."""
    folder.mkdir()
    thresholds = {"fpr:0.01": 0.8, "fpr:0.1": 0.6}
    given = {"curve": [[0.0, 0.0], [1.0, 1.0]], "thresholds": thresholds}
    labels = {label: {"prompt": {"en": given}} for label in ("hate", "violence")}
    text = json.dumps({"version": 1, "model": "sha256:0", "labels": labels})
    (folder / "calibration.json").write_text(text, encoding="utf-8")
    return folder


MODEL = """\
classifiers:
  - name: bundled
    kind: model
    folder: {folder}
    threshold: fpr:0.01
    labels: {{hate: [S.1]}}
"""


def test_a_target_stands_at_one_half(sample: Path, tmp_path: Path) -> None:
    """The scale is shifted for the classifier's own target, and others follow from it."""
    folder = calibration(tmp_path / "model")
    with_classifiers(sample, MODEL.format(folder=folder))
    file = sample / "pack.yaml"
    more = "{classifier: lexicon}\n      - {classifier: bundled, category: violence, threshold: T}"
    text = file.read_text(encoding="utf-8").replace("{classifier: lexicon}", more)
    file.write_text(text.replace("threshold: T", "threshold: fpr:0.1"), encoding="utf-8")
    loaded = load_pack(sample)
    found = {d.category: d.threshold for d in loaded.pack.leaves["S.1"].detectors}

    assert ModelOptions(folder) == loaded.classifiers[0].options
    assert 0.5 == found["hate"]
    # The odds of 0.6 against those of 0.8: 1.5 / 4.
    assert pytest.approx(1.5 / 5.5) == found["violence"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("fpr:0.01", "fpr:0.5", "no threshold `fpr:0.5` for `hate`; known: fpr:0.01, fpr:0.1"),
        ("hate:", "hat:", "no threshold `fpr:0.01` for `hat`"),
        ("{folder}", "nowhere", "calibration.json cannot be read"),
    ],
)
def test_a_target_that_no_calibration_knows_is_refused(
    old: str, new: str, expected: str, sample: Path, tmp_path: Path
) -> None:
    """With what it does know."""
    section = MODEL.replace(old, new).format(folder=calibration(tmp_path / "model"))
    with_classifiers(sample, section)

    with pytest.raises(PackError) as caught:
        load_pack(sample)
    assert expected in str(caught.value)


PAGE = Path(__file__).parents[2] / "docs" / "classifiers.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_load(example: str, sample: Path) -> None:
    """As they stand, in the sample pack."""
    assert load_pack(with_classifiers(sample, example)).classifiers


def test_a_picture_of_a_pack_shows_its_classifiers(sample: Path) -> None:
    """What they are, what they look for, from where on, and about which texts."""
    rows = picture(load_pack(with_classifiers(sample, GUARD + SECOND))).classifiers

    assert (
        ClassifierRow("guard", "guard", "violent, pii", "0.7", "0.3 s", "about every text")
        == (rows[0])
    )
    assert "where `guard` is unsure" == rows[1].asked
