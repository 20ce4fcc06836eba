"""Question banks as lint counts them: JSON lines, each with the leaf or topic that it is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.errors import PackError, Problem

MOST_BYTES = 64 * 2**20


class BankKind(StrEnum):
    """What a bank is for (TC260-003 sections 8.2 and 8.3)."""

    GENERATION = "generation"
    """Prompts for testing outputs, by leaf."""
    REFUSAL = "refusal"
    """What must be refused, by leaf."""
    NO_REFUSAL = "no-refusal"
    """What must not be refused, by topic."""


class _Row(BaseModel):
    """One item. What else stands in the line is for others."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str = Field(min_length=1)
    about: str = Field(min_length=1, max_length=100)
    """A leaf's id, or one of the 13 topics."""
    updated: date | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank, counted. Holds no text."""

    kind: BankKind
    items: Counter[str]
    """By leaf or topic; a text that stands there twice counts once."""
    updated: date | None
    """The newest day that a line gives."""


def read_bank(data: bytes, where: str, kind: BankKind) -> Bank:
    """Raises PackError with every line that is no item; no problem quotes it."""
    if len(data) > MOST_BYTES:
        raise PackError(Problem(where, f"more than {MOST_BYTES} bytes", "split it"))
    rows: dict[str, _Row] = {}
    problems: list[Problem] = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            row = _Row.model_validate_json(line)
        except ValidationError:
            remedy = 'write {"text": ..., "about": LEAF or TOPIC, "updated": "2026-11-01"}'
            problems.append(Problem(where, "no item of a bank", remedy, number))
        else:
            rows[row.text] = row
    if problems:
        raise PackError(*problems)
    days = [row.updated for row in rows.values() if row.updated]
    return Bank(kind, Counter(row.about for row in rows.values()), max(days, default=None))
