"""Micro-batches: the texts of many callers through one model, in worker threads.

No caller waits for company: a free worker takes what is there, and what comes while it works is
the next batch. Callers take turns text by text, so a long document does not hold up a short
question. Callers who left are dropped before they cost anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifiers.observing import UNOBSERVED, Observer, Step
from classifiers.scoring import BackendFault, Scorer, Scores, Side, rows_of
from classifiers.types import FailureReason


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much is done at once, and how much may wait."""

    threads: int = 1
    """Batches at a time. Models compute, so more than there are spare cores only take turns."""
    chars: int = 8_192
    """Characters of a batch: some tens of milliseconds of the bundled model."""
    texts: int = 64
    waiting: int = 4_096
    """Texts that may wait before the next caller is turned away."""
    stuck_s: float = 5.0
    """A worker that has not come back from one batch after this long is written off."""
    written_off: int = 3
    """How many may be; after that the model counts as gone."""


class Batcher:
    """A scorer behind worker threads. Belongs to one event loop."""

    def __init__(
        self,
        scorer: Scorer,
        name: str,
        limits: BatchLimits = BatchLimits(),
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._scorer = scorer
        self._queue = _Queue(limits)
        self._limits = limits
        self._name = name
        self._observer = observer
        self._workers: list[_Worker] = []
        self._stuck: list[_Worker] = []
        # Workers know the queue only, so that a batcher nobody needs any more lets them go.
        self._finalizer = weakref.finalize(self, self._queue.close)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._scorer.labels

    @property
    def digest(self) -> str:
        return self._scorer.digest

    @property
    def window_chars(self) -> int:
        return self._scorer.window_chars

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        """A row for each text. Raises BackendFault; cancelling it drops what was not begun."""
        if not texts:
            return []
        self._employ()
        job = _Job(tuple(texts), side, asyncio.get_running_loop())
        if not self._queue.put(job):
            raise BackendFault(FailureReason.OVERLOADED, "queue")
        return await job.answer

    def close(self) -> None:
        """Let the workers go; what waits is never answered."""
        self._finalizer()

    def _employ(self) -> None:
        """See to it that there are workers: new ones for those that died or are stuck."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.stuck(now, self._limits.stuck_s):
                worker.written_off = True
                self._stuck.append(worker)
        self._workers = [worker for worker in self._workers if worker.works]
        self._stuck = [worker for worker in self._stuck if worker.is_alive()]
        room = self._limits.threads + self._limits.written_off - len(self._stuck)
        if room < 1:
            raise BackendFault(FailureReason.UNAVAILABLE, "stuck")
        for _ in range(min(room, self._limits.threads) - len(self._workers)):
            worker = _Worker(self._scorer, self._queue, self._name, self._observer)
            self._workers.append(worker)
            worker.start()


@dataclass(eq=False, slots=True)
class _Job:
    """What one caller asked, and how much of it is done. Answered on the caller's loop."""

    texts: tuple[str, ...]
    side: Side
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[Scores]] = field(init=False)
    arrived: float = field(default_factory=time.perf_counter)
    taken: int = 0
    """How many texts workers have taken."""
    rows: dict[int, Scores] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answer = self.loop.create_future()

    @property
    def left(self) -> bool:
        """Nobody waits any more: cancelled, or answered with a fault."""
        return self.answer.done()

    def done(self, rows: Sequence[tuple[int, Scores]]) -> None:
        self.rows.update(rows)
        if len(self.rows) == len(self.texts) and not self.answer.done():
            self.answer.set_result([self.rows[n] for n in range(len(self.texts))])

    def failed(self, fault: BackendFault) -> None:
        if not self.answer.done():
            self.answer.set_exception(fault)


@dataclass(frozen=True, slots=True)
class _Item:
    """One text of a job."""

    job: _Job
    number: int

    @property
    def text(self) -> str:
        return self.job.texts[self.number]


class _Queue:
    """Jobs that wait, by side, since a batch is of one side."""

    def __init__(self, limits: BatchLimits) -> None:
        self._limits = limits
        self._jobs: dict[Side, deque[_Job]] = {side: deque() for side in Side}
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, job: _Job) -> bool:
        """False where too much waits already. A job larger than the bound is let in alone."""
        with self._changed:
            if self._waiting >= self._limits.waiting:
                self._forget()
            if self._waiting >= self._limits.waiting:
                return False
            self._jobs[job.side].append(job)
            self._waiting += len(job.texts)
            self._changed.notify()
            return True

    def take(self) -> list[_Item] | None:
        """The next batch, waiting for one if need be; None once the queue is closed."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                self._forget()
                if side := self._oldest():
                    return self._batch(self._jobs[side])
                self._changed.wait()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _forget(self) -> None:
        """Drop the jobs whose callers left."""
        for side, jobs in self._jobs.items():
            staying = deque(job for job in jobs if not job.left)
            gone = sum(len(job.texts) - job.taken for job in jobs if job.left)
            if gone:
                self._waiting -= gone
                self._jobs[side] = staying

    def _oldest(self) -> Side | None:
        waiting = [(jobs[0].arrived, side) for side, jobs in self._jobs.items() if jobs]
        return min(waiting)[1] if waiting else None

    def _batch(self, jobs: deque[_Job]) -> list[_Item]:
        """One text of each job in turn, up to the limits; at least one."""
        batch: list[_Item] = []
        chars = 0
        while jobs and len(batch) < self._limits.texts:
            job = jobs[0]
            chars += len(job.texts[job.taken])
            if batch and chars > self._limits.chars:
                break
            jobs.popleft()
            batch.append(_Item(job, job.taken))
            job.taken += 1
            self._waiting -= 1
            if job.taken < len(job.texts):
                jobs.append(job)
        return batch


class _Worker(threading.Thread):
    """Takes batches until the queue closes. A daemon: a stuck model does not keep us alive."""

    def __init__(self, scorer: Scorer, queue: _Queue, name: str, observer: Observer) -> None:
        super().__init__(name=f"stoplog-{name}", daemon=True)
        self._scorer = scorer
        self._queue = queue
        self._classifier = name
        self._observer = observer
        self._since: float | None = None
        """When the batch in hand was begun; None between batches."""
        self.written_off = False

    @property
    def works(self) -> bool:
        return self.is_alive() and not self.written_off

    def stuck(self, now: float, after_s: float) -> bool:
        since = self._since
        return since is not None and now - since > after_s and not self.written_off

    def run(self) -> None:
        while not self.written_off and (batch := self._queue.take()) is not None:
            self._since = time.monotonic()
            self._answer(batch)
            self._since = None

    def _answer(self, batch: list[_Item]) -> None:
        fault = killed = BackendFault(FailureReason.UNAVAILABLE, "worker")
        rows: list[Scores] | None = None
        try:
            rows = self._scored(batch)
        except BackendFault as error:
            fault = error
        except Exception as error:  # the boundary where whatever a model raises becomes data
            fault = BackendFault(FailureReason.ERROR, type(error).__name__)
        finally:
            # Also where the thread itself is ended: nobody waits for a worker that is gone.
            if rows is None and fault is killed:
                self.written_off = True
            _tell(batch, rows, fault)

    def _scored(self, batch: list[_Item]) -> list[Scores]:
        began = time.perf_counter()
        for item in batch:
            self._observer.step(self._classifier, Step.QUEUE, began - item.job.arrived)
        tokens = self._scorer.tokenise([item.text for item in batch])
        tokenised = time.perf_counter()
        self._observer.step(self._classifier, Step.TOKENISE, tokenised - began)
        scores = self._scorer.infer(tokens, batch[0].job.side)
        self._observer.step(self._classifier, Step.INFER, time.perf_counter() - tokenised)
        return rows_of(scores, len(batch), len(self._scorer.labels))


def _tell(batch: list[_Item], rows: list[Scores] | None, fault: BackendFault) -> None:
    """Hand each job its part, on its own loop."""
    parts: dict[_Job, list[tuple[int, Scores]]] = {item.job: [] for item in batch}
    if rows is not None:
        for item, row in zip(batch, rows, strict=True):
            parts[item.job].append((item.number, row))
    for job, part in parts.items():
        # A loop that has ended has no caller left on it.
        with contextlib.suppress(RuntimeError):
            if rows is None:
                job.loop.call_soon_threadsafe(job.failed, fault)
            else:
                job.loop.call_soon_threadsafe(job.done, part)
