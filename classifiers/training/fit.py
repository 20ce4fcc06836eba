"""Fitting the network: all of it, table included, end to end on the lesson."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]  # noqa: N812
from torch import Tensor

from classifiers.heads import HEADS, SIDES, Head
from classifiers.training.network import Model, padded
from classifiers.training.tensors import Lesson, batches

UNSAFE = [n * len(HEADS) + HEADS.index(Head.UNSAFE) for n in range(len(SIDES))]
"""The outputs of the head that stands for all others."""
EMPHASIS = np.full(len(SIDES) * len(HEADS), 0.5, np.float32)
"""Weight of each output."""
EMPHASIS[UNSAFE] = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn."""

    epochs: int
    rate: float = 4e-4
    table_rate: float = 4e-4
    tokens: int = 4096
    """Tokens in a batch."""
    share: float = 1.0
    """Of the rows that are no pairs, how many each epoch takes."""
    repeats: int = 3
    """How often each epoch takes every pair."""
    contrast: float = 1.0
    """Weight of telling the halves of a pair apart."""
    final: float = 0.02
    """Of the rate, how much is left at the end."""
    seed: int = 1


def fit(model: Model, lesson: Lesson, plan: Plan, checkpoint: Path | None = None) -> None:
    """Teach the lesson to the model, in place."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    lengths = np.asarray([len(row) for row in lesson.ids], np.int64)
    epochs = [
        list(batches(lengths, lesson.mates, _drawn(lesson, plan, rng), plan.tokens, rng))
        for _ in range(plan.epochs)
    ]
    steps = sum(map(len, epochs))
    fresh = [*model.encoder.hidden.parameters(), *model.encoder.heads.parameters()]
    optimizer = torch.optim.AdamW(
        [
            {"params": list(model.encoder.weights.parameters()), "lr": plan.rate},
            {"params": fresh, "lr": 2.5 * plan.rate},
        ],
        weight_decay=0.01,
        betas=(0.9, 0.98),
    )
    sparse = torch.optim.SparseAdam(model.table.parameters(), lr=plan.table_rate, betas=(0.9, 0.98))
    fall = 1.0 - plan.final

    def pace(step: int) -> float:
        return min(1.0, (step + 1) / 200) * max(plan.final, 1.0 - fall * step / steps)

    schedules = [torch.optim.lr_scheduler.LambdaLR(chosen, pace) for chosen in (optimizer, sparse)]
    model.train()
    started, step, running = time.monotonic(), 0, 0.0
    for batched in epochs:
        for batch in batched:
            loss = _loss(model, lesson, batch, plan.contrast)
            for chosen in (optimizer, sparse):
                chosen.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.encoder.parameters(), 1.0)
            for chosen, schedule in zip((optimizer, sparse), schedules, strict=True):
                chosen.step()
                schedule.step()
            step += 1
            running = (
                0.99 * running + 0.01 * float(loss.detach()) if step > 1 else float(loss.detach())
            )
            if step % 100 == 0:
                passed = time.monotonic() - started
                print(
                    f"step {step}/{steps} loss {running:.4f} {passed:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        if checkpoint:
            torch.save(model.state_dict(), checkpoint)
    model.eval()


def _drawn(lesson: Lesson, plan: Plan, rng: np.random.Generator) -> np.ndarray:
    others = np.flatnonzero(~lesson.is_pair & (rng.random(len(lesson)) < plan.share))
    return np.concatenate([others, *[np.flatnonzero(lesson.is_pair)] * plan.repeats])


def _loss(model: Model, lesson: Lesson, batch: np.ndarray, contrast: float) -> Tensor:
    ids = torch.from_numpy(padded([lesson.ids[at].tolist() for at in batch]))
    labels = torch.from_numpy(lesson.labels[batch])
    weights = torch.from_numpy(lesson.weights[batch])
    logits = model(ids)
    known = (labels >= 0).float()
    per_head = F.binary_cross_entropy_with_logits(
        logits, labels.clamp(0.01, 0.99), reduction="none"
    )
    loss = ((per_head * known * torch.from_numpy(EMPHASIS)).sum(1) * weights).mean()
    where = {int(at): n for n, at in enumerate(batch)}
    pairs = [
        (n, where[int(lesson.mates[at])]) for n, at in enumerate(batch) if lesson.mates[at] >= 0
    ]
    if pairs and contrast:
        first, second = torch.tensor(pairs).T
        gap = logits[first][:, UNSAFE] - logits[second][:, UNSAFE]
        judged = known[first][:, UNSAFE]
        loss = loss + contrast * (F.softplus(1.0 - gap) * judged).sum() / len(batch)
    return loss
