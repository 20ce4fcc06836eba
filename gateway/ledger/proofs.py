"""Proofs for outsiders: that a record is in the ledger, and that the ledger only grew.

A proof stands alone: the record's bytes, the nodes, and a signed checkpoint. Checking one needs
the verifier key, no ledger and none of this code (`scripts/verify_ledger.py` does it as well).
It shows one record and no other.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import closing
from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError

from gateway.ledger.config import Place
from gateway.ledger.notes import BadNote, Checkpoint, Verifier, read_note
from gateway.ledger.places import open_read_only
from gateway.ledger.reader import Damaged, Reader
from gateway.ledger.tree import (
    BLOCK,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    node_hash,
    peaks_over,
    root_from_inclusion,
    root_of,
    split,
)
from gateway.ledger.written import Row


class BadProof(ValueError):
    """It proves nothing; the message says why."""


class NotCovered(LookupError):
    """There is no such record among those that the checkpoint covers."""


class Inclusion(BaseModel):
    """A record is in the ledger."""

    model_config = ConfigDict(frozen=True)

    format: Literal["stoplog-inclusion-v1"] = "stoplog-inclusion-v1"
    seq: int
    body: str
    """The record, to the byte."""
    path: tuple[Base64Bytes, ...]
    """The audit path, lowest node first."""
    checkpoint: str


class Consistency(BaseModel):
    """The ledger of the old checkpoint is the beginning of the new one's."""

    model_config = ConfigDict(frozen=True)

    format: Literal["stoplog-consistency-v1"] = "stoplog-consistency-v1"
    old: str
    new: str
    path: tuple[Base64Bytes, ...]


def prove(ledger: Place, what: str | int, note: str, verifier: Verifier) -> list[Inclusion]:
    """A proof for every record of an exchange, or for one record, under a checkpoint.

    Raises NotCovered, and BadNote and LedgerUnusable.
    """
    size = read_note(note, verifier).size
    with closing(open_read_only(ledger)) as reader:
        nodes = _Nodes(reader)
        proofs = [
            Inclusion(
                seq=row.seq,
                body=row.body.decode(),
                path=_written(inclusion_proof(row.seq - 1, size, nodes.subtree)),
                checkpoint=note,
            )
            for row in _rows(reader, what)
            if row.seq <= size
        ]
    if not proofs:
        raise NotCovered("the checkpoint covers no such record; wait for a later one")
    return proofs


def _rows(reader: Reader, what: str | int) -> list[Row]:
    if isinstance(what, str):
        return reader.rows_of(what)
    return [row for row in reader.piece(what - 1, 1) if row.seq == what]


def check_inclusion(written: str | bytes, verifier: Verifier) -> Inclusion:
    """The proof, once all of it holds. Raises BadProof."""
    try:
        proof = Inclusion.model_validate_json(written)
        checkpoint = read_note(proof.checkpoint, verifier)
    except (ValidationError, BadNote) as error:
        raise BadProof(f"this is not a proof by that key: {error}") from None
    leaf = leaf_hash(proof.body.encode())
    if root_from_inclusion(leaf, proof.seq - 1, checkpoint.size, proof.path) != checkpoint.root:
        raise BadProof("the record is not the one that the checkpoint covers")
    return proof


def prove_growth(ledger: Place, old: str, new: str, verifier: Verifier) -> Consistency:
    """That nothing the old checkpoint covers was changed by the new. Raises as `prove` does."""
    before, after = read_note(old, verifier).size, read_note(new, verifier).size
    if not 0 < before <= after:
        raise NotCovered("name the smaller checkpoint first; one of nothing needs no proof")
    with closing(open_read_only(ledger)) as reader:
        path = consistency_proof(before, after, _Nodes(reader).subtree)
    return Consistency(old=old, new=new, path=_written(path))


def check_growth(written: str | bytes, verifier: Verifier) -> tuple[Checkpoint, Checkpoint]:
    """Both checkpoints, once the proof holds. Raises BadProof."""
    try:
        proof = Consistency.model_validate_json(written)
        old, new = read_note(proof.old, verifier), read_note(proof.new, verifier)
    except (ValidationError, BadNote) as error:
        raise BadProof(f"this is not a proof by that key: {error}") from None
    if not is_consistent(old.size, new.size, old.root, new.root, proof.path):
        raise BadProof("the old checkpoint is not of the ledger that the new one covers")
    return old, new


class _Nodes:
    """Roots over any stretch of a stored ledger that a proof asks for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def subtree(self, start: int, end: int) -> bytes:
        """As `tree.Subtree`: `start` is a multiple of the power of two that holds the stretch."""
        if end - start <= BLOCK:
            return self._over_leaves(start, end)
        if end % BLOCK == 0:
            return self._over_blocks(start // BLOCK, end // BLOCK)
        middle = start + split(end - start)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _over_leaves(self, start: int, end: int) -> bytes:
        return _root(map(leaf_hash, _all(self._reader.bodies(start, end), end - start)))

    def _over_blocks(self, start: int, end: int) -> bytes:
        return _root(_all(self._reader.blocks(start, end), end - start))


def _all(column: list[bytes], count: int) -> list[bytes]:
    if len(column) != count:
        raise Damaged("the ledger no longer holds all that the checkpoint covers")
    return column


def _root(hashes: Iterable[bytes]) -> bytes:
    return root_of(peaks_over(hashes))


def _written(path: list[bytes]) -> tuple[bytes, ...]:
    return tuple(base64.b64encode(node) for node in path)
