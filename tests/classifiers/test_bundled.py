"""`kind: model` as a pack gets it: on a tiny model, through registry, batcher and panel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest
from models import make_model
from scorers import Told
from stalls import longest_stall

from classifiers.bundled import load
from classifiers.heads import HEADS
from classifiers.kinds import ModelOptions, Parts, UnusableClassifier
from classifiers.observing import Step
from classifiers.panel import Panel
from classifiers.registry import build_backend, readings_of
from classifiers.scored import Reading, ScoredClassifier
from classifiers.scoring import Side
from classifiers.types import Report, Role, Segment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model"))


async def test_its_scores_are_those_of_the_model(folder: Path) -> None:
    """A row of 17 heads, told by step."""
    told = Told()
    backend = build_backend("bundled", ModelOptions(folder), Parts(observer=told))
    texts = ["如何重置密码", "kill the process"]
    rows = await backend.score(texts, Side.OUTPUT)

    assert len(HEADS) == len(rows[0])
    expected = load(folder).score(texts, Side.OUTPUT).tolist()
    for row, its in zip(rows, expected, strict=True):
        assert pytest.approx(its, abs=1e-5) == row
    assert {("bundled", s) for s in (Step.QUEUE, Step.TOKENISE, Step.INFER)} == set(told.steps)


def test_a_folder_without_a_model_is_told_with_a_remedy(tmp_path: Path) -> None:
    """And no traceback."""
    with pytest.raises(UnusableClassifier, match="check `folder`"):
        build_backend("bundled", ModelOptions(tmp_path), Parts())


async def test_the_loop_turns_while_32_classifications_run(folder: Path) -> None:
    """Of 2,000 characters each, tokenising included."""
    options = ModelOptions(folder)
    backend = build_backend("bundled", options, Parts())
    reading = Reading(dict.fromkeys(backend.labels, 0.99), readings=readings_of(options))
    panel = Panel([], [ScoredClassifier("bundled", backend, reading)], deadline_s=60)
    words = " 今天天气真不错，我们去公园。 the weather is fine. "
    texts = [f"{number}{words}" * 50 for number in range(32)]

    def work() -> Sequence[Awaitable[Report]]:
        return [panel.classify([Segment(text, Role.ASSISTANT)]) for text in texts]

    assert [()] * 32 == [report.failures for report in await asyncio.gather(*work())]
    assert await longest_stall(work) < 0.05
