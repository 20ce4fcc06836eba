"""Hashes of the texts that an answer says, as people read them, for looking them up later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Protocol

from gateway.ledger.lookup import SHORTEST_TEXT


def hashed(texts: Iterable[str]) -> tuple[bytes, ...]:
    """SHA-256 of each text in UTF-8, too short ones left out."""
    return tuple(hashlib.sha256(t.encode()).digest() for t in texts if len(t) >= SHORTEST_TEXT)


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class SpokenHashes:
    """The same of texts that come in pieces, one a choice."""

    def __init__(self) -> None:
        self._hashes = dict[int, _Hash]()
        self._said = dict[int, int]()
        """How far each choice has come, by the end of its last piece."""
        self._length = dict[int, int]()

    def add(self, choice: int, end: int, text: str) -> None:
        """A piece that leaves, and where it ends in what came; one that comes again counts once."""
        if end <= self._said.get(choice, 0):
            return
        self._said[choice] = end
        self._length[choice] = self._length.get(choice, 0) + len(text)
        self._hashes.setdefault(choice, hashlib.sha256()).update(text.encode())

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return tuple(
            one.digest()
            for choice, one in self._hashes.items()
            if self._length[choice] >= SHORTEST_TEXT
        )
