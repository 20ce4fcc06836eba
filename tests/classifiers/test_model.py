"""The bundled model's runtime, on a tiny model made here."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import make_model

from classifiers.heads import HEADS, LEAVES_OF, OPENAI_OF, Head, leaves_of, uncovered
from classifiers.model import BundledModel, ModelError
from classifiers.reading import plain_text, readings
from classifiers.scoring import Side

ODD_TEXTS = ("", " ", "\x00", "\ud83d", "🫠" * 50, "。" * 300, "a" * 5_000, "如何" * 3_000)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> BundledModel:
    return BundledModel(make_model(tmp_path_factory.mktemp("model")))


def test_scores_have_a_row_per_text_and_a_column_per_head(model: BundledModel) -> None:
    scores = model.score(["how do i reset my password", "如何重置密码"], Side.PROMPT)

    assert (2, len(HEADS)) == scores.shape
    assert tuple(head.value for head in HEADS) == model.labels
    assert bool(((scores >= 0) & (scores <= 1)).all())


def test_prompts_and_outputs_have_heads_of_their_own(model: BundledModel) -> None:
    text = ["kill the process"]

    assert not np.allclose(model.score(text, Side.PROMPT), model.score(text, Side.OUTPUT))


def test_a_text_scores_the_same_alone_and_in_any_company(model: BundledModel) -> None:
    texts = ["list the files", "今天天气真不错", "", "how do i reset my password " * 40]
    together = model.score(texts, Side.PROMPT)

    for at, text in enumerate(texts):
        assert together[at] == pytest.approx(model.score([text], Side.PROMPT)[0], abs=1e-5)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_text_is_scored_like_any_other(model: BundledModel, text: str) -> None:
    scores = model.score([text], Side.OUTPUT)

    assert (1, len(HEADS)) == scores.shape
    assert bool(np.isfinite(scores).all())


def test_a_long_text_is_never_cut_short(model: BundledModel) -> None:
    """What stands at the very end changes the score."""
    padding = "the weather is fine today " * 200
    plain, ending = model.score([padding, padding + "kill kill kill"], Side.PROMPT)

    assert len(model.tokenise([padding])[0].ids) > 1_000
    assert not np.array_equal(plain, ending)


def test_a_spelling_that_the_fold_undoes_scores_like_the_plain_one(model: BundledModel) -> None:
    plain, wide, broken = model.score(
        ["kill the process", "Ｋｉｌｌ ｔｈｅ ｐｒｏｃｅｓｓ", "k.i.l.l the pro\u200bcess"],
        Side.PROMPT,
    )

    assert plain == pytest.approx(wide)
    assert plain == pytest.approx(broken)


def test_threads_share_one_model(model: BundledModel) -> None:
    texts = [f"list the files {n}" for n in range(24)]
    expected = model.score(texts, Side.PROMPT)

    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(lambda text: model.score([text], Side.PROMPT)[0], texts))

    assert np.stack(rows) == pytest.approx(expected, abs=1e-5)


def test_sentences_become_unit_vectors(model: BundledModel) -> None:
    vectors = model.encode(["how do i reset my password", "今天天气真不错", ""])

    assert np.linalg.norm(vectors[:2], axis=1) == pytest.approx([1, 1], abs=1e-4)


@pytest.mark.parametrize("name", ["table.npy", "encoder.onnx", "ngrams.npy", "tokeniser.model"])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_model(tmp_path)
    changed = bytearray((folder / name).read_bytes())
    changed[-1] ^= 1
    (folder / name).write_bytes(changed)

    with pytest.raises(ModelError, match=f"{name} is not the file"):
        BundledModel(folder)


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"files": {}}, {"labels": None}, {"window_chars": "wide"}]
)
def test_a_description_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    described = make_model(tmp_path) / "model.json"
    described.write_text(json.dumps(json.loads(described.read_text()) | change))

    with pytest.raises(ModelError, match="does not describe"):
        BundledModel(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        BundledModel(tmp_path / "nowhere")


def test_the_digest_names_the_weights(tmp_path: Path) -> None:
    one, same, other = (
        BundledModel(make_model(tmp_path / name, seed)).digest
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )

    assert one.startswith("sha256:")
    assert one == same != other


def test_the_runtime_needs_no_torch() -> None:
    code = "import sys, classifiers.model; print(sys.modules.keys() & {'torch', 'transformers'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout == "set()\n", done.stderr


def test_every_head_has_a_place_in_both_tables() -> None:
    assert set(HEADS) == LEAVES_OF.keys() == OPENAI_OF.keys()


def test_a_leaf_that_no_head_speaks_for_is_named() -> None:
    assert ("A.1.a", "A.5.b") == uncovered(["A.1.a", "A.1.d", "A.2.e", "A.5.b"])
    assert ("A.1.d", "A.1.f", "A.4.a") == leaves_of([Head.VIOLENCE, Head.TERRORISM])


def test_ordinary_text_has_one_reading() -> None:
    for text in ("How do I kill a process on Linux?", "今天天气真不错，我们去公园吧。"):
        views, more = readings(text)

        assert [name for name, _ in views] == ["plain"]
        assert not more


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("违*禁*词", "违禁词"),
        ("违 禁 词 示 例", "违禁词示例"),
        ("f o r b i d d e n", "forbidden"),
        ("soooo goooood", "so god"),
        ("A - B - C", "a - b - c"),
        ("北京、上海、广州", "北京、上海、广州"),
    ],
)
def test_letters_that_stand_apart_are_read_together(written: str, read: str) -> None:
    assert read == plain_text(written)


@given(st.text(max_size=200))
def test_every_reading_maps_back_into_the_text(text: str) -> None:
    for _, view in readings(text)[0]:
        assert len(view.text) == len(view.begins) == len(view.ends)
        if view.text:
            start, end = view.span(0, len(view.text))
            assert 0 <= start < end <= len(text)
