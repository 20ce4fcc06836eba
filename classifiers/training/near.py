"""Near-duplicates by MinHash over character shingles, so that no judged text is trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifiers.training.rows import Row, key_of

_SHINGLE = 5
_BANDS, _PER_BAND = 6, 3
_HASHES = _BANDS * _PER_BAND
_ALIKE = 14
"""Of 18 minima, how many two texts must share: a Jaccard similarity of about 0.78."""
_MULTIPLIERS = np.random.default_rng(7).integers(1, 2**62, _HASHES, dtype=np.uint64) | np.uint64(1)
_BASE = np.uint64(1_000_003)


def minima(key: str) -> npt.NDArray[np.uint64]:
    """The sketch of a normalised text: the least hash of its shingles under each of 18 hashes."""
    codes = np.frombuffer(key[:600].encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    width = min(_SHINGLE, len(codes))
    rolled = np.zeros(len(codes) - width + 1, dtype=np.uint64)
    for at in range(width):
        rolled = rolled * _BASE + codes[at : len(codes) - width + 1 + at]
    mixed = rolled[:, None] * _MULTIPLIERS[None, :]
    mixed ^= mixed >> np.uint64(29)
    least: npt.NDArray[np.uint64] = (mixed * _MULTIPLIERS[::-1][None, :]).min(axis=0)
    return least


class Seen:
    """Texts that others are compared with."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._sketches: list[npt.NDArray[np.uint64]] = []
        self._bands: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)

    def add(self, key: str) -> None:
        self._keys.add(key)
        if key:
            sketch = minima(key)
            for band in self._banded(sketch):
                self._bands[band].append(len(self._sketches))
            self._sketches.append(sketch)

    def has(self, key: str) -> bool:
        """Whether the text, or one nearly like it, was added."""
        if key in self._keys or not key:
            return True
        sketch = minima(key)
        near = {at for band in self._banded(sketch) for at in self._bands.get(band, ())}
        return any(int((self._sketches[at] == sketch).sum()) >= _ALIKE for at in near)

    @staticmethod
    def _banded(sketch: npt.NDArray[np.uint64]) -> list[tuple[int, bytes]]:
        return [
            (band, sketch[band * _PER_BAND : (band + 1) * _PER_BAND].tobytes())
            for band in range(_BANDS)
        ]


def cleaned(rows: Sequence[Row]) -> tuple[list[Row], dict[str, int]]:
    """The rows without training texts that repeat each other or nearly repeat a judged text.

    Judged rows are kept as they are. Contrast pairs are kept whole: a pair of which one half is
    nearly a judged text goes as a pair. Returns the rows left and how many went, by source.
    """
    judged = Seen()
    for row in rows:
        if row.split != "train":
            judged.add(row.key)
    bad_pairs = {
        row.pair for row in rows if row.pair and row.split == "train" and judged.has(row.key)
    }
    kept: list[Row] = []
    gone: dict[str, int] = defaultdict(int)
    exact: set[tuple[str, tuple[str, ...]]] = set()
    for row in rows:
        if row.split == "train" and _goes(row, judged, exact, bad_pairs):
            gone[row.source] += 1
        else:
            kept.append(row)
    return kept, dict(gone)


def _goes(
    row: Row, judged: Seen, exact: set[tuple[str, tuple[str, ...]]], bad_pairs: set[str]
) -> bool:
    if row.pair:
        return row.pair in bad_pairs
    key = (key_of(row.text), row.sides)
    if key in exact or judged.has(key[0]):
        return True
    exact.add(key)
    return False
