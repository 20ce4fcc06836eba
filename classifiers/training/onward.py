"""The shipped model taught on: its encoder stays, its heads learn every pair and every source.

Texts are read once by the encoder as it stands; what it makes of them is kept, and the hidden layer
and the heads are fitted on that. This takes minutes where the encoder takes an hour, and leaves the
table of pieces as it is.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sentencepiece as spm
import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]  # noqa: N812

from classifiers.reading import plain_text
from classifiers.training.fit import EMPHASIS, UNSAFE
from classifiers.training.network import Model, padded
from classifiers.training.recipe import with_disguises
from classifiers.training.rows import Row
from classifiers.training.tensors import targets

Floats = npt.NDArray[np.float32]
_SHARE, _LEAST = 0.04, 250
"""Of each source a share, and at least so many rows."""
_CHARS = 420
_TOKENS = 160
_AT_ONCE = 3000
"""Tokens, padding included, that the encoder reads at a time."""
_OF_PAIRS = 2.0
"""Weight of our own pairs, which were read one by one."""


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """How long and how fast the heads learn."""

    epochs: int
    rate: float
    contrast: float
    """Weight of telling the halves of a pair apart."""
    decay: float = 0.01
    drop: float = 0.3
    margin: float = 1.0
    """By how much the harmful half is to score higher."""
    pairs_at_once: int = 64
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Taught:
    """What the encoder makes of the rows, and what is known about them."""

    features: Floats
    """[rows, 1792]"""
    labels: Floats
    """[rows, outputs]; -1 unknown."""
    weights: Floats
    pairs: npt.NDArray[np.int64]
    """[pairs, 2]: where the harmful and where the harmless half is."""
    others: npt.NDArray[np.int64]


def chosen(rows: Sequence[Row]) -> list[Row]:
    """Every taught pair, then a part of every other source, some of it in disguise."""
    by_source: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.split == "train" and not row.pair and row.weight > 0.0:
            by_source[row.source].append(row)
    rng = random.Random(7)  # noqa: S311  # drawn for training, not for secrets
    others = [
        row
        for its in by_source.values()
        for row in rng.sample(its, min(len(its), max(_LEAST, round(_SHARE * len(its)))))
    ]
    pairs = [row for row in rows if row.split == "train" and row.pair]
    return [*pairs, *with_disguises(others, seed=9)]


def taught(rows: Sequence[Row], features: Floats) -> Taught:
    """Rows and what the encoder makes of them, as arrays."""
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for at, row in enumerate(rows):
        if row.pair in first:
            pairs.append((first[row.pair], at))
        elif row.pair:
            first[row.pair] = at
    return Taught(
        features,
        np.asarray([targets(row) for row in rows], np.float32),
        np.asarray([row.weight * (_OF_PAIRS if row.pair else 1.0) for row in rows], np.float32),
        np.asarray(pairs, np.int64),
        np.asarray([at for at, row in enumerate(rows) if not row.pair], np.int64),
    )


def read(model: Model, tokeniser: spm.SentencePieceProcessor, texts: Sequence[str]) -> Floats:
    """[texts, 1792]: sentence embedding and every feature's maximum, of the first window."""
    folded = [plain_text(text[:1200])[:_CHARS] for text in texts]
    pieces = tokeniser.encode(folded, out_type=int)
    found = np.zeros((len(texts), model.encoder.hidden.in_features), np.float32)
    order = sorted(range(len(texts)), key=lambda at: len(pieces[at]))
    first = 0
    while first < len(order):
        room = max(8, min(128, _AT_ONCE // (len(pieces[order[first]]) + 8)))
        batch = order[first : first + room]
        ids = torch.from_numpy(padded([pieces[at][:_TOKENS] or [0] for at in batch]))
        with torch.no_grad():
            both = model.encoder.encode(model.table(ids), ids != 0)
        found[batch] = torch.cat(both, -1).numpy()
        first += room
    return found


def teach_heads(model: Model, lesson: Taught, plan: HeadPlan) -> None:
    """Teach the hidden layer and the heads, in place."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    hidden, heads = model.encoder.hidden, model.encoder.heads
    optimizer = torch.optim.AdamW(
        [*hidden.parameters(), *heads.parameters()], lr=plan.rate, weight_decay=plan.decay
    )
    features, labels = torch.from_numpy(lesson.features), torch.from_numpy(lesson.labels)
    weights = torch.from_numpy(lesson.weights)
    size = plan.pairs_at_once
    rounds = len(lesson.pairs) // size
    beside = len(lesson.others) // max(1, rounds)
    steps = plan.epochs * rounds
    for epoch in range(plan.epochs):
        pairs = rng.permutation(lesson.pairs)
        others = rng.permutation(lesson.others)
        for n in range(rounds):
            harmful, harmless = pairs[n * size : (n + 1) * size].T
            batch = np.concatenate([harmful, harmless, others[n * beside : (n + 1) * beside]])
            at = torch.from_numpy(batch)
            given = F.dropout(features[at], plan.drop)
            logits = heads(F.dropout(F.relu(hidden(given)), plan.drop))
            loss = _loss(logits, labels[at], weights[at], size, plan)
            step = epoch * rounds + n
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * max(0.02, 1 - step / steps) * min(1.0, (step + 1) / 20)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def _loss(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor, pairs: int, plan: HeadPlan
) -> torch.Tensor:
    known = (labels >= 0).float()
    per_head = F.binary_cross_entropy_with_logits(
        logits, labels.clamp(0.01, 0.99), reduction="none"
    )
    loss = ((per_head * known * torch.from_numpy(EMPHASIS)).sum(1) * weights).mean()
    gap = logits[:pairs][:, UNSAFE] - logits[pairs : 2 * pairs][:, UNSAFE]
    apart = (F.softplus(plan.margin - gap) * known[:pairs][:, UNSAFE]).sum() / len(logits)
    return loss + plan.contrast * apart
