"""Topics by example: what belongs, what does not, and examples that are no use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from models import make_model

from classifiers.exemplars import Exemplars, line_between
from classifiers.kinds import ExemplarOptions, Parts, UnusableClassifier
from classifiers.registry import build_backend
from classifiers.scoring import Matrix, Side

WORDS = ("merger", "shares", "price", "deal", "bread", "bake", "weather", "park", "music", "train")


@dataclass
class WordEncoder:
    """An `Encoder` with a dimension for each word it knows, and one for the rest."""

    digest: str = "sha256:words"
    window_chars: int = 200

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = [[text.count(word) for word in WORDS] + [1.0] for text in texts]
        vectors = np.array(rows, dtype=np.float32)
        unit: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


MATCH = (
    "the merger price", "a deal on shares", "merger of the two", "shares at what price",
    "the deal and the merger", "price of the deal",
)  # fmt: skip
OTHER = (
    "bake some bread", "the weather in the park", "music on the train", "bread and music",
    "a park by the train", "bake in any weather",
)  # fmt: skip


def exemplars(match: Sequence[str] = MATCH, other: Sequence[str] = OTHER) -> Exemplars:
    return Exemplars(ExemplarOptions("secrets", tuple(match), tuple(other)), WordEncoder())


def scores(topic: Exemplars, *texts: str) -> list[float]:
    row: list[float] = topic.infer(topic.tokenise(texts), Side.PROMPT)[:, 0].tolist()
    return row


def test_new_texts_fall_on_their_side() -> None:
    """Neither was among the examples."""
    inside, outside = scores(exemplars(), "what price has the merger", "music in the park")

    assert outside < 0.5 < inside


def test_examples_are_judged_by_the_others() -> None:
    """Leave-one-out: an example that is like no other of its kind is on the wrong side."""
    topic = exemplars((*MATCH, "bake bread and music"))

    assert (len(MATCH),) == topic.line.wrong
    assert topic.line.accuracy < 1.0


def test_examples_that_do_not_tell_the_topic_apart_are_refused() -> None:
    """With which of them to look at."""
    mixed = [*MATCH[:3], *OTHER[:3]], [*MATCH[3:], *OTHER[3:]]
    with pytest.raises(UnusableClassifier, match="do not tell `secrets` apart") as caught:
        exemplars(*mixed)

    assert "look at `match`" in str(caught.value) or "look at `other`" in str(caught.value)


def test_text_that_is_like_neither_side_does_not_match() -> None:
    """The line lies nearer to the examples that match."""
    assert scores(exemplars(), "something else altogether")[0] < 0.5


def test_other_examples_are_another_model() -> None:
    """What was remembered of one topic is not used for another."""
    one, two = exemplars(), exemplars(MATCH, (*OTHER[:-1], "weather"))

    assert one.digest == exemplars().digest != two.digest


def test_one_example_does_not_decide_the_width() -> None:
    """Examples that are all alike still give a line of some width."""
    vectors = WordEncoder().encode(["merger"] * 5)
    others = WordEncoder().encode(["bread"] * 5)

    assert line_between(vectors, others).width > 0
    assert 1.0 == line_between(vectors, others).accuracy


async def test_it_runs_on_the_bundled_encoder(tmp_path: Path) -> None:
    """Through the registry, on a tiny model: its own examples are told apart."""
    options = ExemplarOptions("topic", MATCH, OTHER, make_model(tmp_path / "model"))
    backend = build_backend("topic", options, Parts())
    rows = await backend.score([*MATCH, *OTHER], Side.PROMPT)
    right = [(row[0] > 0.5) is (number < len(MATCH)) for number, row in enumerate(rows)]

    assert ("topic",) == backend.labels
    assert sum(right) >= 9
