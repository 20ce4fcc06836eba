"""Rows as arrays: pieces, labels, weights. What the fitting reads, written once to a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sentencepiece as spm

from classifiers.heads import HEADS, SIDES
from classifiers.reading import plain_text
from classifiers.training.rows import Row, hashed

WINDOW = 96
"""Tokens of a text that the model is taught at a time; it reads more when it judges."""
_UNKNOWN = -1
_TRUST = {"pairs/en": 2.0, "pairs/zh": 2.0}
"""Our own pairs were read one by one."""

Ids = list[npt.NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is taught: for each text its pieces, the label of every output (-1 unknown), weight."""

    ids: Ids
    labels: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    mates: npt.NDArray[np.int64]
    """For the harmful half of a pair, where its harmless half is; -1 elsewhere."""
    is_pair: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


def windows_of(pieces: Sequence[int], size: int = WINDOW) -> Iterator[Sequence[int]]:
    """The first stretch of a long text and one more from anywhere, the same for every run."""
    yield pieces[:size]
    if len(pieces) > size:
        room = len(pieces) - size
        at = hashed(repr(pieces[-8:]), room) + 1
        yield pieces[at : at + size]


def lesson(rows: Sequence[Row], tokeniser: spm.SentencePieceProcessor) -> Lesson:
    """Rows as arrays. Long texts give two rows; of a pair only the first window counts."""
    texts = [plain_text(row.text[:4000]) for row in rows]
    encoded = tokeniser.encode(texts, out_type=int)
    ids: Ids = []
    labels, weights, is_pair = [], [], []
    halves: dict[str, int] = {}
    mates: list[int] = []
    for row, pieces in zip(rows, encoded, strict=True):
        if row.weight <= 0.0 or not pieces:
            continue
        target = targets(row)
        parts = list(windows_of(pieces))
        for part in parts[:1] if row.pair else parts:
            ids.append(np.asarray(part, np.int32))
            labels.append(target)
            weights.append(row.weight * _TRUST.get(row.source, 1.0) / len(parts))
            mates.append(-1)
            is_pair.append(bool(row.pair))
        if row.pair and row.pair in halves:
            mates[halves[row.pair]] = len(ids) - 1
        elif row.pair:
            halves[row.pair] = len(ids) - 1
    return Lesson(
        ids,
        np.asarray(labels, np.float32),
        np.asarray(weights, np.float32),
        np.asarray(mates, np.int64),
        np.asarray(is_pair, np.bool_),
    )


def targets(row: Row) -> list[int]:
    """The label of every output, `_UNKNOWN` where the row says nothing."""
    return [
        row.labels.get(head, _UNKNOWN) if side in row.sides else _UNKNOWN
        for side in SIDES
        for head in HEADS
    ]


def batches(
    lengths: npt.NDArray[np.int64],
    mates: npt.NDArray[np.int64],
    chosen: npt.NDArray[np.int64],
    tokens: int,
    rng: np.random.Generator,
) -> Iterator[npt.NDArray[np.int64]]:
    """Batches of about `tokens` tokens of texts alike in length; pairs stay together."""
    followers = set(mates[mates >= 0].tolist())
    units = [
        (at, int(mates[at])) if mates[at] >= 0 else (at,)
        for at in chosen.tolist()
        if at not in followers
    ]
    rng.shuffle(units)
    ready: list[npt.NDArray[np.int64]] = []
    for first in range(0, len(units), 4096):
        chunk = sorted(units[first : first + 4096], key=lambda unit: int(lengths[unit[0]]))
        batch: list[int] = []
        longest = 0
        for unit in chunk:
            longest = max(longest, *(int(lengths[at]) for at in unit))
            if batch and longest * (len(batch) + len(unit)) > tokens:
                ready.append(np.asarray(batch))
                batch, longest = [], max(int(lengths[at]) for at in unit)
            batch.extend(unit)
        if batch:
            ready.append(np.asarray(batch))
    rng.shuffle(ready)
    yield from ready
