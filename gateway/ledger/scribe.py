"""Turns records into rows: numbers them, seals their content, chains them."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.config import Content
from gateway.ledger.keys import (
    KEY_BYTES,
    DataKey,
    Scope,
    WrappedKey,
    name_of,
    place,
    seal,
    unwrap,
    wrap,
)
from gateway.ledger.store import Store
from gateway.ledger.tree import BLOCK, leaf_hash
from gateway.ledger.written import (
    Batch,
    Block,
    Change,
    Draft,
    Head,
    Print,
    Row,
    Sealed,
    body_bytes,
    chained,
)

_CACHED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A record on its way to the store."""

    draft: Draft
    scope: Scope
    """Of the key that seals the content."""


class Scribe:
    """Used by one thread: the order of its calls is the order of the ledger."""

    def __init__(self, store: Store, wrapping: AESGCM, content: Content) -> None:
        self._store = store
        self._wrapping = wrapping
        self._content = content
        self._head = store.head()
        self._last_key_id = store.last_data_key_id()
        self._keys: OrderedDict[Scope, DataKey] = OrderedDict()

    @property
    def head(self) -> Head:
        """Where the ledger stands. May be read from any thread."""
        return self._head

    def refresh(self) -> None:
        """Look again at what is stored, after a fault that may have left it in doubt."""
        self._head = self._store.head()
        self._last_key_id = self._store.last_data_key_id()
        self._keys.clear()

    def append(self, entries: Sequence[Entry], changes: Sequence[Change] = ()) -> None:
        """Write all or nothing. Raises LedgerUnavailable."""
        head, batch = self._head, Batch([], [], [], changes)
        for entry in entries:
            head = self._add(batch, head, entry)
        try:
            self._store.append(batch)
        except BaseException:
            for key in batch.keys:  # they were not stored, so nothing may be sealed with them
                self._keys.pop(key.scope, None)
            raise
        self._head = head
        if changes:
            self._keys.clear()  # some may seal nothing more

    def _add(self, batch: Batch, head: Head, entry: Entry) -> Head:
        draft, seq = entry.draft, head.seq + 1
        sealed = self._sealed(seq, entry, batch.keys)
        body = body_bytes(draft, seq, sealed)
        leaf = leaf_hash(body)
        tree, block = head.tree.grown(leaf)
        chain = chained(head.chain, leaf)
        data = sealed.data if sealed else None
        batch.rows.append(Row(seq, draft.kind, draft.exchange, draft.time_ms, body, data, chain))
        batch.prints.extend(Print(bytes.fromhex(one), draft.exchange) for one in draft.prints)
        if block is not None:
            batch.blocks.append(Block(seq // BLOCK - 1, block))
        return Head(chain, tree)

    def _sealed(self, seq: int, entry: Entry, made: list[WrappedKey]) -> Sealed | None:
        content = entry.draft.content
        if not content or self._content is Content.NONE:
            return None
        key = self._key(entry.scope, made)
        return Sealed(key.id, seal(key.cipher, content, place(entry.draft.exchange, seq)))

    def _key(self, scope: Scope, made: list[WrappedKey]) -> DataKey:
        if (key := self._keys.get(scope)) is None:
            key = self._stored_key(scope) or self._new_key(scope, made)
            self._keys[scope] = key
            if len(self._keys) > _CACHED_KEYS:
                self._keys.popitem(last=False)
        return key

    def _stored_key(self, scope: Scope) -> DataKey | None:
        if (stored := self._store.data_key(scope)) is None:
            return None
        key = unwrap(self._wrapping, stored.wrapped, name_of(stored.id, scope))
        return DataKey(stored.id, AESGCM(key))

    def _new_key(self, scope: Scope, made: list[WrappedKey]) -> DataKey:
        self._last_key_id += 1
        key, key_id = os.urandom(KEY_BYTES), self._last_key_id
        made.append(WrappedKey(key_id, scope, wrap(self._wrapping, key, name_of(key_id, scope))))
        return DataKey(key_id, AESGCM(key))
