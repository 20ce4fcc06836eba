"""Scores of texts that were judged before. Holds digests, never text.

Conversations come back whole with every turn, and keys and names of bodies with every request:
what was judged once need not be judged again while pack and model are the same.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from typing import NewType

from classifiers.scoring import Scores, Side

Key = NewType("Key", bytes)
_KEY_BYTES = 16


class VerdictCache:
    """The scores of the last texts, least recently used forgotten first."""

    def __init__(self, pack_digest: str, model_digest: str, most: int = 16_384) -> None:
        """About 350 bytes an entry at 17 labels, so 6 MB full."""
        self._most = most
        self._rows: OrderedDict[Key, Scores] = OrderedDict()
        # Keyed by chance, so that who reads the memory cannot try out texts.
        framed = f"{len(pack_digest)} {pack_digest} {model_digest}".encode()
        secret = secrets.token_bytes(32)
        seed = hashlib.blake2b(framed, key=secret, digest_size=32)
        self._of_side = {
            side: hashlib.blake2b(side.encode(), key=seed.digest(), digest_size=_KEY_BYTES)
            for side in Side
        }

    def key(self, text: str, side: Side) -> Key:
        """The digest that stands for a text, under this pack and this model."""
        digest = self._of_side[side].copy()
        # Lone surrogates never get this far in a body; a caller of ours may still bring one.
        digest.update(text.encode("utf-8", "surrogatepass"))
        return Key(digest.digest())

    def get(self, key: Key) -> Scores | None:
        row = self._rows.get(key)
        if row is not None:
            self._rows.move_to_end(key)
        return row

    def put(self, key: Key, row: Scores) -> None:
        self._rows[key] = row
        self._rows.move_to_end(key)
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)

    def __len__(self) -> int:
        return len(self._rows)
