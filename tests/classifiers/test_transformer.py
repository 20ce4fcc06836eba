"""`kind: transformer` on checkpoints of two random layers, made here. Needs the extra `torch`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from classifiers.kinds import Parts, Task, TransformerOptions, UnusableClassifier
from classifiers.panel import Panel
from classifiers.registry import build_backend
from classifiers.scored import ScoredClassifier
from classifiers.scoring import Side
from classifiers.types import Segment

torch: Any = pytest.importorskip("torch")
transformers: Any = pytest.importorskip("transformers")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghij", "好", "坏", "bad", "good"]

NAMES = ("fine", "rude", "vile")


def checkpoint(
    folder: Path,
    names: Sequence[str] = NAMES,
    task: Task = Task.SEQUENCE,
    problem: str | None = None,
) -> Path:
    """A BERT of two layers with random weights, its tokenizer beside it."""
    torch.manual_seed(0)
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    settings = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=34, initializer_range=0.8,
        id2label=dict(enumerate(names)), label2id={name: n for n, name in enumerate(names)},
        problem_type=problem,
    )  # fmt: skip
    kind = {
        Task.SEQUENCE: transformers.BertForSequenceClassification,
        Task.TOKEN: transformers.BertForTokenClassification,
    }[task]
    kind(settings).save_pretrained(folder, safe_serialization=True)
    return folder


SIDES = {
    "id2label": {0: "fine", 1: "rude", 2: "vile"},
    "label2id": {"fine": 0, "rude": 1, "vile": 2},
}


@pytest.fixture(autouse=True)
def _quiet() -> None:
    transformers.logging.set_verbosity_error()


async def test_a_checkpoint_scores_texts(tmp_path: Path) -> None:
    """A chance for each label, in one row per text, whoever else is in the batch."""
    folder = checkpoint(tmp_path / "m")
    options = TransformerOptions(str(folder), ignore=frozenset({"fine"}))
    backend = build_backend("hf", options, Parts())
    together = await backend.score(["bad", "good a b c", "好"], Side.PROMPT)
    alone = await backend.score(["bad"], Side.OUTPUT)

    assert ("rude", "vile") == backend.labels
    assert pytest.approx(alone[0], abs=1e-5) == together[0]
    assert all(0.0 < score < 1.0 for row in together for score in row)
    assert together[0] != together[1]


async def test_several_labels_may_hold_at_once(tmp_path: Path) -> None:
    """Where the checkpoint says that it was trained so: the chances need not add up to one."""
    one = checkpoint(tmp_path / "one")
    many = checkpoint(tmp_path / "many", problem="multi_label_classification")
    sums = []
    for folder in (one, many):
        backend = build_backend("hf", TransformerOptions(str(folder)), Parts())
        (row,) = await backend.score(["bad a good b"], Side.PROMPT)
        sums.append(sum(row))

    assert pytest.approx(1.0, abs=1e-5) == sums[0]
    assert abs(sums[1] - 1.0) > 1e-3


async def test_nothing_is_truncated(tmp_path: Path) -> None:
    """What stands behind the model's last place is read in a further piece."""
    folder = checkpoint(tmp_path / "m")
    backend = build_backend("hf", TransformerOptions(str(folder)), Parts())
    start, middle = "a " * 100, "good " * 100
    rows = await backend.score([start, start + "bad", middle, start + middle], Side.PROMPT)

    assert rows[0] != rows[1]
    whole = [max(pair) for pair in zip(rows[0], rows[2], strict=True)]
    assert all(both >= part - 0.3 for both, part in zip(rows[3], whole, strict=True))


async def test_tokens_are_labelled_and_b_and_i_are_one(tmp_path: Path) -> None:
    """`O` is no label; a text is as likely as its likeliest token."""
    names = ("O", "B-NAME", "I-NAME", "S-PLACE")
    folder = checkpoint(tmp_path / "m", names, Task.TOKEN)
    options = TransformerOptions(str(folder), task=Task.TOKEN)
    backend = build_backend("hf", options, Parts())
    short, longer = await backend.score(["bad", "bad bad bad"], Side.PROMPT)

    assert ("NAME", "PLACE") == backend.labels
    assert all(0.0 < score <= 1.0 for score in (*short, *longer))


async def test_it_sits_on_the_panel(tmp_path: Path) -> None:
    """32 at once, of any length, without a failure."""
    folder = checkpoint(tmp_path / "m")
    backend = build_backend("hf", TransformerOptions(str(folder)), Parts())
    panel = Panel([], [ScoredClassifier("hf", backend)], deadline_s=30)
    segments = [[Segment("bad good " * length)] for length in range(1, 33)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(panel.classify(its)) for its in segments]

    assert all(not task.result().failures and task.result().findings for task in tasks)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    """A checkpoint that has no safetensors could run anything."""
    folder = checkpoint(tmp_path / "m")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(UnusableClassifier, match="safetensors"):
        build_backend("hf", TransformerOptions(str(folder)), Parts())


@pytest.mark.parametrize("revision", [None, "main", "v1.0"])
def test_a_name_on_the_hub_needs_a_commit(revision: str | None) -> None:
    """Branches and tags move."""
    with pytest.raises(UnusableClassifier, match="40 digits of a commit"):
        build_backend("hf", TransformerOptions("some/model", revision), Parts())


def test_another_checkpoint_is_another_digest(tmp_path: Path) -> None:
    """Over config, tokenizer and weights."""
    folder = checkpoint(tmp_path / "m")
    one = build_backend("hf", TransformerOptions(str(folder)), Parts()).digest
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"rude"', '"coarse"'))

    assert one != build_backend("hf", TransformerOptions(str(folder)), Parts()).digest
