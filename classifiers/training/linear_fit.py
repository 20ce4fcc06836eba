"""Fitting the n-gram half: logistic regression over hashed n-grams, every output at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]  # noqa: N812
from torch import Tensor

from classifiers.ngrams import NgramModel, buckets_of
from classifiers.reading import plain_text
from classifiers.training.network import OUTPUTS
from classifiers.training.rows import Row
from classifiers.training.tensors import targets

BITS = 18
_CHARS = 500
"""Of a long text, what is taught: n-grams of much text together tell little."""
_EPOCHS = 3
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Linear:
    """A fitted linear model, as it is stored."""

    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    rarity: npt.NDArray[np.float16]

    def model(self) -> NgramModel:
        return NgramModel(self.weights, self.scale, self.bias, self.rarity)


def fit_linear(rows: Sequence[Row], bits: int = BITS, seed: int = 1) -> Linear:
    """Teach the rows to a fresh model. Pairs weigh double, as in the encoder's lesson."""
    torch.manual_seed(seed)
    features = [buckets_of(plain_text(row.text[:2000])[:_CHARS], bits) for row in rows]
    seen = np.zeros(2**bits, np.int64)
    for found in features:
        seen[found] += 1
    rarity = np.log((1 + len(rows)) / (1 + seen)).astype(np.float16) + np.float16(1)
    labels = np.asarray([targets(row) for row in rows], np.float32)
    weights = np.asarray([row.weight * (2.0 if row.pair else 1.0) for row in rows], np.float32)
    bag = torch.nn.EmbeddingBag(2**bits, OUTPUTS, mode="sum", sparse=True)
    torch.nn.init.zeros_(bag.weight)
    bias = torch.nn.Parameter(torch.full((OUTPUTS,), -2.0))
    rate = torch.optim.SparseAdam(bag.parameters(), lr=0.05)
    rate_bias = torch.optim.Adam([bias], lr=0.02)
    rng = np.random.default_rng(seed)
    for epoch in range(_EPOCHS):
        order = rng.permutation(len(rows))
        for optimizer in (rate, rate_bias):
            for group in optimizer.param_groups:
                group["lr"] = (
                    (0.05, 0.02, 0.008)[epoch] if optimizer is rate else 0.02 / (epoch + 1)
                )
        total = 0.0
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            logits = _logits(bag, [features[at] for at in batch], rarity) + bias
            loss = _loss(logits, torch.from_numpy(labels[batch]), torch.from_numpy(weights[batch]))
            for optimizer in (rate, rate_bias):
                optimizer.zero_grad()
            loss.backward()
            for optimizer in (rate, rate_bias):
                optimizer.step()
            total += float(loss.detach()) * len(batch)
        print(f"n-grams epoch {epoch} loss {total / len(rows):.4f}", file=sys.stderr, flush=True)
    learnt = bag.weight.detach().numpy()
    scale = np.maximum(np.quantile(np.abs(learnt), 0.9999, axis=0), 1e-6) / 127.0
    stored = np.clip(np.rint(learnt / scale), -127, 127).astype(np.int8)
    return Linear(stored, scale.astype(np.float32), bias.detach().numpy().copy(), rarity)


def _logits(
    bag: torch.nn.EmbeddingBag,
    features: Sequence[npt.NDArray[np.int32]],
    rarity: npt.NDArray[np.float16],
) -> Tensor:
    flat = np.concatenate(features)
    sizes = np.asarray([len(found) for found in features])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    value = rarity[flat].astype(np.float32)
    length = np.sqrt(np.add.reduceat(value**2, offsets))
    value /= np.repeat(length, sizes)
    logits: Tensor = bag(
        torch.from_numpy(flat.astype(np.int64)),
        torch.from_numpy(offsets),
        per_sample_weights=torch.from_numpy(value),
    )
    return logits


def _loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    known = (labels >= 0).float()
    per_head = F.binary_cross_entropy_with_logits(logits, labels.clamp(min=0.0), reduction="none")
    return ((per_head * known).sum(1) * weights).mean()
