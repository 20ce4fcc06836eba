"""Micro-batches: who shares one, who takes turns, who is dropped, and what a fault becomes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Sequence

import numpy as np
import pytest
from scorers import Told, WordScorer, raising, sleeping, waiting
from stalls import longest_stall

from classifiers.batching import Batcher, BatchLimits
from classifiers.observing import Step
from classifiers.scoring import BackendFault, Matrix, Scores, Side
from classifiers.types import FailureReason

SAME = 0.9, 0.1


def near(rows: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    return [tuple(round(score, 3) for score in row) for row in rows]


async def test_each_caller_gets_its_own_rows() -> None:
    """In the order of its texts, whoever else asks."""
    batcher = Batcher(WordScorer(act=sleeping(0.005)), "m")
    asked = [["a murky one", "nothing"], ["muddy"], ["nothing", "nothing", "murky and muddy"]]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(batcher.score(texts, Side.PROMPT)) for texts in asked]
    got = [near(task.result()) for task in tasks]

    assert [[(0.9, 0.1), (0.1, 0.1)], [(0.1, 0.9)], [(0.1, 0.1), (0.1, 0.1), (0.9, 0.9)]] == got


async def test_what_comes_while_a_batch_is_worked_on_is_the_next_batch() -> None:
    """32 callers cost a few batches, not 32."""
    scorer = WordScorer(act=sleeping(0.02))
    batcher = Batcher(scorer, "m")
    async with asyncio.TaskGroup() as group:
        for number in range(32):
            group.create_task(batcher.score([f"text {number}"], Side.PROMPT))

    assert len(scorer.batches) <= 4
    assert threading.get_ident() not in scorer.threads


async def test_a_batch_has_one_side_and_stays_below_its_limits() -> None:
    """Prompts and outputs are read differently."""
    scorer = WordScorer(act=sleeping(0.01))
    batcher = Batcher(scorer, "m", BatchLimits(chars=20, texts=3))
    async with asyncio.TaskGroup() as group:
        for side in Side:
            for text in ("x" * 15, "y" * 15, "z", "z", "z", "z"):
                group.create_task(batcher.score([text], side))

    assert all(len(texts) <= 3 for _, texts in scorer.batches)
    assert all(sum(map(len, texts)) <= 20 for _, texts in scorer.batches)
    assert dict.fromkeys(Side, 6) == {
        side: sum(len(texts) for its, texts in scorer.batches if its is side) for side in Side
    }


async def test_a_text_longer_than_a_batch_is_a_batch() -> None:
    """Nothing is truncated or refused for its length."""
    assert [SAME] == near(
        await Batcher(WordScorer(), "m", BatchLimits(chars=4)).score(["so murky"], Side.OUTPUT)
    )


async def test_a_short_question_does_not_wait_for_a_long_document() -> None:
    """Callers take turns, text by text."""
    batcher = Batcher(WordScorer(act=sleeping(0.005)), "m", BatchLimits(texts=4))
    ended: list[str] = []

    async def ask(name: str, count: int) -> None:
        await batcher.score([f"{name} {n}" for n in range(count)], Side.PROMPT)
        ended.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(ask("long", 100))
        await asyncio.sleep(0.01)
        group.create_task(ask("short", 1))

    assert ["short", "long"] == ended


async def test_callers_who_left_cost_nothing() -> None:
    """Cancelled before a worker came to them: the model never sees their texts."""
    gate = threading.Event()
    scorer = WordScorer(act=waiting(gate))
    batcher = Batcher(scorer, "m")
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.score(["first"], Side.PROMPT))
        await asyncio.sleep(0.02)
        leaving = group.create_task(batcher.score(["left", "left too"], Side.PROMPT))
        group.create_task(batcher.score(["stayed"], Side.PROMPT))
        await asyncio.sleep(0.02)
        leaving.cancel()
        await asyncio.sleep(0)
        gate.set()

    assert [("first",), ("stayed",)] == [texts for _, texts in scorer.batches]


async def test_a_full_queue_turns_callers_away() -> None:
    """At once, as a failure; those who left make room."""
    gate = threading.Event()
    batcher = Batcher(WordScorer(act=waiting(gate)), "m", BatchLimits(waiting=2))
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.score(["worked on"], Side.PROMPT))
        await asyncio.sleep(0.02)
        queued = group.create_task(batcher.score(["one", "two"], Side.PROMPT))
        await asyncio.sleep(0)
        with pytest.raises(BackendFault) as caught:
            await batcher.score(["three"], Side.PROMPT)
        queued.cancel()
        await asyncio.sleep(0)
        late = group.create_task(batcher.score(["four"], Side.PROMPT))
        await asyncio.sleep(0)
        gate.set()

    assert FailureReason.OVERLOADED is caught.value.reason
    assert [(0.1, 0.1)] == near(late.result())


class OfShape(WordScorer):
    """Answers something of the wrong shape, or what is no score."""

    answer: Matrix = np.zeros((1, 1), dtype=np.float32)

    def infer(self, tokens: object, side: Side) -> Matrix:
        return self.answer


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (np.zeros((2, 2)), "shape"),
        (np.zeros((1, 3)), "shape"),
        (np.full((1, 2), np.nan), "score"),
        (np.full((1, 2), 1.5), "score"),
    ],
)
async def test_an_answer_that_cannot_be_is_malformed(answer: Matrix, detail: str) -> None:
    """Not a number is not a pass."""
    scorer = OfShape()
    scorer.answer = answer
    with pytest.raises(BackendFault) as caught:
        await Batcher(scorer, "m").score(["x"], Side.PROMPT)

    assert (FailureReason.MALFORMED, detail) == (caught.value.reason, caught.value.detail)


async def test_a_model_that_raises_fails_those_in_the_batch_only() -> None:
    """And the worker goes on."""
    scorer = WordScorer(act=raising(ValueError("the text")))
    batcher = Batcher(scorer, "m")
    with pytest.raises(BackendFault) as caught:
        await batcher.score(["murky"], Side.PROMPT)
    scorer.act = lambda: None

    assert (FailureReason.ERROR, "ValueError") == (caught.value.reason, caught.value.detail)
    assert [SAME] == near(await batcher.score(["murky"], Side.PROMPT))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_worker_that_is_killed_is_replaced() -> None:
    """Its callers get a failure and not silence; the next call gets a new worker."""
    scorer = WordScorer(act=raising(SystemExit()))
    batcher = Batcher(scorer, "killed")
    with pytest.raises(BackendFault) as caught:
        await asyncio.wait_for(batcher.score(["murky"], Side.PROMPT), 2)
    scorer.act = lambda: None
    while any(thread.name == "stoplog-killed" for thread in threading.enumerate()):
        await asyncio.sleep(0.01)

    assert (FailureReason.UNAVAILABLE, "worker") == (caught.value.reason, caught.value.detail)
    assert [SAME] == near(await batcher.score(["murky"], Side.PROMPT))


async def test_a_stuck_worker_is_written_off_and_replaced() -> None:
    """As often as the limit says; when the stuck ones come back, there are workers again."""
    gate = threading.Event()
    scorer = WordScorer(act=waiting(gate))
    batcher = Batcher(scorer, "m", BatchLimits(stuck_s=0.02, written_off=1))
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(batcher.score(["x"], Side.PROMPT), 0.05)
    with pytest.raises(BackendFault) as caught:
        await batcher.score(["x"], Side.PROMPT)
    gate.set()
    await asyncio.sleep(0.05)

    assert (FailureReason.UNAVAILABLE, "stuck") == (caught.value.reason, caught.value.detail)
    assert [SAME] == near(await batcher.score(["murky"], Side.PROMPT))


async def test_time_is_told_by_step() -> None:
    """Queue for each text, tokenise and infer for each batch."""
    told = Told()
    await Batcher(WordScorer(), "m", observer=told).score(["a", "b"], Side.PROMPT)

    assert [("m", s) for s in (Step.QUEUE, Step.QUEUE, Step.TOKENISE, Step.INFER)] == told.steps


async def test_a_batcher_that_nobody_needs_lets_its_workers_go() -> None:
    """A pack that was replaced leaves no thread behind."""
    batcher = Batcher(WordScorer(), "gone")
    await batcher.score(["x"], Side.PROMPT)
    del batcher
    async with asyncio.timeout(2):
        while any(thread.name == "stoplog-gone" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)


async def test_the_loop_turns_while_32_classifications_run() -> None:
    """A model that computes for 20 ms at a time, in Python and outside it, holds up nobody."""

    def compute() -> None:
        until = time.perf_counter() + 0.02
        while time.perf_counter() < until:
            np.dot(np.ones((64, 64)), np.ones((64, 64)))

    batcher = Batcher(WordScorer(act=compute), "m", BatchLimits(texts=2))

    def work() -> Sequence[Awaitable[list[Scores]]]:
        return [batcher.score([str(number)], Side.PROMPT) for number in range(32)]

    assert await longest_stall(work) < 0.05
