"""Proofs for outsiders: that a record is in the ledger, and that the ledger only grew.

A proof stands alone: the record's bytes, the nodes, and a signed checkpoint. Checking one needs
the verifier key, no ledger and none of this code (`scripts/verify_ledger.py` does it as well).
It shows one record and no other.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Literal

import apsw
from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError

from gateway.ledger.notes import BadNote, Checkpoint, Verifier, read_note
from gateway.ledger.read import Damaged, open_read_only, rows_of
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


def prove(ledger: Path, exchange: str, note: str, verifier: Verifier) -> list[Inclusion]:
    """A proof for every record of an exchange, under a checkpoint.

    Raises NotCovered, and BadNote and LedgerUnusable.
    """
    size = read_note(note, verifier).size
    with closing(open_read_only(ledger)) as connection:
        nodes = _Nodes(connection)
        proofs = [
            Inclusion(
                seq=row.seq,
                body=row.body.decode(),
                path=_written(inclusion_proof(row.seq - 1, size, nodes.subtree)),
                checkpoint=note,
            )
            for row in rows_of(connection, exchange)
            if row.seq <= size
        ]
    if not proofs:
        raise NotCovered("the checkpoint covers no record of this exchange; wait for a later one")
    return proofs


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


def prove_growth(ledger: Path, old: str, new: str, verifier: Verifier) -> Consistency:
    """That nothing the old checkpoint covers was changed by the new. Raises as `prove` does."""
    before, after = read_note(old, verifier).size, read_note(new, verifier).size
    if not 0 < before <= after:
        raise NotCovered("name the smaller checkpoint first; one of nothing needs no proof")
    with closing(open_read_only(ledger)) as connection:
        path = consistency_proof(before, after, _Nodes(connection).subtree)
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

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def subtree(self, start: int, end: int) -> bytes:
        """As `tree.Subtree`: `start` is a multiple of the power of two that holds the stretch."""
        if end - start <= BLOCK:
            return self._over_leaves(start, end)
        if end % BLOCK == 0:
            return self._over_blocks(start // BLOCK, end // BLOCK)
        middle = start + split(end - start)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _over_leaves(self, start: int, end: int) -> bytes:
        statement = "SELECT body FROM records WHERE seq > ? AND seq <= ? ORDER BY seq"
        return _root(map(leaf_hash, self._column(statement, start, end)))

    def _over_blocks(self, start: int, end: int) -> bytes:
        statement = "SELECT root FROM blocks WHERE number >= ? AND number < ? ORDER BY number"
        return _root(self._column(statement, start, end))

    def _column(self, statement: str, start: int, end: int) -> list[bytes]:
        values = [value for (value,) in self._connection.execute(statement, (start, end))]
        column = [value for value in values if isinstance(value, bytes)]
        if len(column) != end - start:
            raise Damaged("the ledger no longer holds all that the checkpoint covers")
        return column


def _root(hashes: Iterable[bytes]) -> bytes:
    return root_of(peaks_over(hashes))


def _written(path: list[bytes]) -> tuple[bytes, ...]:
    return tuple(base64.b64encode(node) for node in path)
