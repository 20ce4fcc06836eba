"""A linear model over hashed character n-grams: the cheap half of the bundled model.

Every stretch of one to four characters of a text is hashed to a bucket; a bucket has a weight per
output and a weight of its own (inverse document frequency). A text's features are its different
buckets, their own weights scaled to length one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ORDERS = (1, 2, 3, 4)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(1_000_003)

Buckets = NDArray[np.int32]


def buckets_of(text: str, bits: int) -> Buckets:
    """The different buckets of a folded text, ascending, out of 2 ** `bits`."""
    codes = np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    rolled = np.zeros(len(codes), np.uint64)
    found = []
    for order in ORDERS:
        if order > len(codes):
            break
        rolled = rolled[: len(codes) - order + 1] * _STEP + codes[order - 1 :] + np.uint64(order)
        found.append((rolled * _MULTIPLIER) >> np.uint64(64 - bits))
    return np.unique(np.concatenate(found)).astype(np.int32)


class NgramModel:
    """Weights by bucket, read where they lie."""

    def __init__(
        self,
        weights: NDArray[np.int8],
        scale: NDArray[np.float32],
        bias: NDArray[np.float32],
        rarity: NDArray[np.float16],
    ) -> None:
        """`weights` [buckets, outputs] in units of `scale` [outputs]; `rarity` [buckets]."""
        if weights.shape != (len(rarity), len(scale)) or len(rarity) & (len(rarity) - 1):
            raise ValueError(f"{weights.shape} weights for {len(rarity)} buckets")
        self._weights = weights
        self._scale = scale
        self._bias = bias
        self._rarity = rarity
        self.bits = len(rarity).bit_length() - 1

    def logits(self, buckets: Buckets) -> NDArray[np.float32]:
        """One text's logits [outputs]."""
        rarity = self._rarity[buckets].astype(np.float32)
        length = np.sqrt(np.dot(rarity, rarity)) or np.float32(1.0)
        summed = rarity @ self._weights[buckets].astype(np.float32)
        logits: NDArray[np.float32] = summed / length * self._scale + self._bias
        return logits
