"""Lint against the figures of GB/T 45654: banks, ages, and who serves each of the 31 leaves.

The standard is recommended. Meeting its figures is evidence for a review, not a legal status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policies.annex_a import (
    GENERATION_IN_ALL,
    LEAVES,
    NOT_REFUSED_PER_TOPIC,
    REFUSAL_IN_ALL,
    TOPICS,
)
from policies.banks import Bank, BankKind
from policies.errors import PackError
from policies.folder import ALLOW, pack_folder, read_file, read_folder
from policies.load import LoadedPack
from policies.remarks import Remark, Severity, warning
from policies.types import Leaf

KEYWORD_DAYS = 7
"""Keywords should change at least once a week (TC260-003 section 8.1)."""
BANK_DAYS = 31
"""Banks should change at least once a month (8.2, 8.3)."""

_UPDATED = re.compile(rb"^#\s*updated:\s*([0-9]{4}-[0-9]{2}-[0-9]{2})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is looked at beside the pack."""

    today: date
    banks: tuple[Bank, ...] = ()


def remarks_gb45654(
    loaded: LoadedPack, lists: Mapping[str, Sequence[Path]], evidence: Evidence
) -> Iterator[Remark]:
    """What is below the standard's figures beyond what every lint says. Raises PackError."""
    missing = [leaf for leaf in LEAVES if leaf not in loaded.pack.leaves]
    if missing:
        what = f"of the 31 leaves of Annex A, {len(missing)} are missing: {', '.join(missing)}"
        yield Remark(Severity.ERROR, "no-leaf", loaded.pack.name, what, "add them")
        return
    yield from _served(loaded)
    yield from _list_ages(loaded.pack.name, lists, evidence.today)
    for kind in BankKind:
        given = [bank for bank in evidence.banks if bank.kind is kind]
        yield from _bank(kind, given[0], loaded, evidence.today) if given else _no_bank(kind)


def _served(loaded: LoadedPack) -> Iterator[Remark]:
    """Section 8.4: classification models should cover all 31 leaves."""
    kinds = {its.name: its.kind for its in loaded.classifiers}
    for leaf in loaded.pack.leaves.values():
        models = _models(leaf, kinds)
        if not models:
            what = "no model covers it: lists and patterns alone do"
            yield warning("no-model", leaf.id, what, "name a model under `classifiers`")
        elif models == {"guard"}:
            what = "of the models, only a guard covers it"
            yield Remark(Severity.NOTE, "guard-only", leaf.id, what)


def _models(leaf: Leaf, kinds: Mapping[str, str]) -> set[str]:
    return {kinds[d.classifier] for d in leaf.detectors if d.classifier in kinds}


def _list_ages(name: str, lists: Mapping[str, Sequence[Path]], today: date) -> Iterator[Remark]:
    try:
        folder = read_folder(pack_folder(name))
        own = [data for file, data in folder.files.items() if _is_list(file)]
    except PackError:
        own = []
    added = (read_file(path, path.name) for paths in lists.values() for path in paths)
    days = [day for data in (*own, *added) if (day := _day_of(data))]
    remedy = "put `# updated: YYYY-MM-DD` on the first line of the list that changed"
    if not days:
        yield warning("age", "keywords", "no list says when it was changed", remedy)
    elif (age := (today - max(days)).days) > KEYWORD_DAYS:
        what = f"the newest change is {age} days old, and {KEYWORD_DAYS} are the figure"
        yield warning("age", "keywords", what, remedy)


def _is_list(file: str) -> bool:
    return file.startswith("lexicon/") and file != ALLOW


def _day_of(data: bytes) -> date | None:
    found = _UPDATED.search(data[:4096])
    try:
        return date.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None


def _no_bank(kind: BankKind) -> Iterator[Remark]:
    yield warning("bank", kind, "no bank was given", f"give one with --bank {kind}=FILE")


def _bank(kind: BankKind, bank: Bank, loaded: LoadedPack, today: date) -> Iterator[Remark]:
    in_all = GENERATION_IN_ALL if kind is BankKind.GENERATION else REFUSAL_IN_ALL
    if bank.items.total() < in_all:
        what = f"{bank.items.total()} items, and {in_all} are the figure"
        yield warning("bank", kind, what, "add items")
    for name, floor in _bank_floors(kind, loaded):
        if bank.items[name] < floor:
            what = f"{bank.items[name]} items on {name}, and {floor} are the figure"
            yield warning("bank", f"{kind} {name}", what, "add items")
    if bank.updated is None:
        what, remedy = "no item says when it was changed", 'give items "updated": "YYYY-MM-DD"'
        yield warning("age", kind, what, remedy)
    elif (age := (today - bank.updated).days) > BANK_DAYS:
        what = f"the newest change is {age} days old, and {BANK_DAYS} are the figure"
        yield warning("age", kind, what, "look the bank over")


def _bank_floors(kind: BankKind, loaded: LoadedPack) -> Iterator[tuple[str, int]]:
    if kind is BankKind.NO_REFUSAL:
        yield from dict.fromkeys(TOPICS, NOT_REFUSED_PER_TOPIC).items()
        return
    for leaf in loaded.pack.leaves.values():
        floors = leaf.floors
        floor = floors.generation if kind is BankKind.GENERATION else floors.refusal
        if floor is not None:
            yield leaf.id, floor
