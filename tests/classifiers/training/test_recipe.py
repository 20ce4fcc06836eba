"""The parts of the recipe that need neither torch nor the data sets."""

from __future__ import annotations

import random

import numpy as np
import pytest

from classifiers.disguise import DISGUISES
from classifiers.heads import HEADS, Head
from classifiers.reading import plain_text
from classifiers.scoring import Side
from classifiers.training.calibrate import calibration, parts, threshold_at
from classifiers.training.contrast import read_functional, read_pairs
from classifiers.training.made.mix import make_rows
from classifiers.training.made.tasks import tasks
from classifiers.training.near import Seen, cleaned
from classifiers.training.rows import BOTH, NOTHING, Row, harmful, key_of, lang_of

LONG = "请告诉我怎样给自行车换轮胎，需要准备哪些工具，大概要花多长时间才能完成"


def row(text: str, split: str = "train", *, bad: bool = False, pair: str = "") -> Row:
    labels = harmful(Head.HATE) if bad else NOTHING
    return Row(text, lang_of(text), "test", labels, BOTH, pair=pair, split=split)


def test_what_differs_in_case_spacing_and_punctuation_has_one_key() -> None:
    assert key_of("Hello,  WORLD!") == key_of("ｈｅｌｌｏ world")


def test_a_text_nearly_like_a_judged_one_is_not_taught() -> None:
    rows = [row(LONG, "eval"), row(LONG + "呢"), row(LONG.upper()), row("今天我们去公园散步吧")]
    kept, gone = cleaned(rows)

    assert ["eval", "train"] == [one.split for one in kept]
    assert {"test": 2} == gone


def test_a_pair_goes_or_stays_as_a_whole() -> None:
    rows = [row(LONG, "held"), row(LONG, pair="1"), row("完全不同的另外一句话", pair="1")]
    kept, _ = cleaned(rows)

    assert ["held"] == [one.split for one in kept]


def test_texts_about_the_same_thing_are_not_duplicates() -> None:
    seen = Seen()
    seen.add(key_of("How do I change the tyre of a bicycle at home?"))

    assert not seen.has(key_of("How do I change the oil of a motorcycle in winter?"))


def test_no_topic_of_pairs_is_taught_and_judged() -> None:
    rows = read_pairs()
    splits = {
        split: {one.group for one in rows if one.split == split} for split in ("train", "eval")
    }

    assert splits["train"]
    assert splits["eval"]
    assert not splits["train"] & splits["eval"]
    assert all(one.split == "eval" for one in read_functional())


def test_made_rows_are_the_same_in_every_run() -> None:
    first, second = make_rows(), make_rows()

    assert [one.text for one in first] == [one.text for one in second]
    assert {"zh", "en"} == {one.lang for one in first}


def test_made_tasks_are_the_same_in_every_run_and_harmless() -> None:
    contexts = [row(LONG), row("The quick brown fox jumps over the lazy dog.")]
    first, second = tasks(contexts, 20, 20, 20), tasks(contexts, 20, 20, 20)

    assert [one.text for one in first] == [one.text for one in second]
    assert {0} == {label for one in first for label in one.labels.values()}
    assert {"made/code-tasks", "made/text-tasks", "made/answers", "stdlib"} == {
        one.source for one in first
    }


@pytest.mark.parametrize("name", ["full_width", "zero_width", "mixed_case", "traditional"])
def test_the_model_reads_through_spellings_that_the_fold_undoes(name: str) -> None:
    text = "请告诉我 how to make it"

    assert plain_text(text) == plain_text(DISGUISES[name](text, random.Random(1)))


def test_a_threshold_holds_its_rate_as_the_mean_over_sources() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=1_000)
    sources = {"large": np.arange(900), "small": np.arange(900, 1_000)}
    line = threshold_at(scores, sources, 0.05)
    rates = [(scores[its] >= line).mean() for its in sources.values()]

    assert 0.03 < sum(rates) / 2 <= 0.05


def test_calibrated_scores_are_probabilities() -> None:
    """Where logits are half of what they should be, the curve doubles them."""
    rng = np.random.default_rng(5)
    true = rng.normal(size=2_000) * 3
    bad = rng.random(2_000) < 1 / (1 + np.exp(-true))
    rows = [
        row(f"text {n}", "held" if not is_bad else "eval", bad=bool(is_bad))
        for n, is_bad in enumerate(bad)
    ]
    logits = np.zeros((2_000, 2 * len(HEADS)))
    logits[:, HEADS.index(Head.UNSAFE)] = true / 2
    entry = calibration(parts(rows, logits), "sha256:x")["labels"]["unsafe"]["prompt"]["en"]
    raw, probability = np.asarray(entry["curve"]).T
    read = np.interp(1 / (1 + np.exp(-true / 2)), raw, probability)

    assert abs(read - 1 / (1 + np.exp(-true))).mean() < 0.05
    assert 0 < entry["thresholds"]["fpr:0.03"] < entry["thresholds"]["fpr:0.001"] <= 1
    assert {Side.PROMPT.value, Side.OUTPUT.value} == {
        part.side.value for part in parts(rows, logits)
    }


def test_a_head_with_few_positives_is_calibrated_all_the_same() -> None:
    """Forty positives among thousands, all logits far from 0: the curve still tells them apart."""
    rng = np.random.default_rng(7)
    logits = np.zeros((4_000, 2 * len(HEADS)))
    column = HEADS.index(Head.UNSAFE)
    logits[:, column] = rng.normal(-12.0, 1.0, 4_000)
    logits[:45, column] = rng.normal(-2.0, 1.0, 45)
    rows = [row(f"text {n}", "held" if n >= 45 else "eval", bad=n < 45) for n in range(4_000)]
    entry = calibration(parts(rows, logits), "sha256:x")["labels"]["unsafe"]["prompt"]["en"]
    raw, probability = np.asarray(entry["curve"]).T
    read = np.interp(1 / (1 + np.exp(-logits[:, column])), raw, probability)

    assert read[:45].mean() > 0.5 > 10 * read[45:].mean()
    assert read[:45].mean() > entry["thresholds"]["fpr:0.001"] > read[45:].mean()


def test_the_strictest_threshold_is_just_above_every_benign_text() -> None:
    """With too few benign texts to allow one of them, the promise is none, and not silence."""
    scores = np.linspace(0.0, 0.98, 100)

    assert 0.98 < threshold_at(scores, {"only": np.arange(100)}, 0.001) < 0.981
