"""Lists as others keep them, read into what a pack's list holds: plain text, CSV, JSON Lines.

A list of a pack holds terms and nothing else, and its file says which leaf they are for. Rows
that mean anything but a plain term (an allow phrase, a regular expression) are refused, for read as
plain terms they would stop what they are to let pass.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from policies.errors import PackError, Problem
from policies.words import entry_lines

_NAMES = ("term", "word", "phrase", "keyword", "text")
"""What the column of terms is called, in the order in which it is looked for."""
_CARRIED = frozenset({*_NAMES, "kind", "leaf"})
_PLAIN = frozenset({"", "word", "term", "literal"})
_UNTRUE = frozenset({"", "0", "false", "no", "none"})


class ListFormat(StrEnum):
    """How a list is written."""

    TXT = "txt"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """One row, whatever it was written in."""

    line: int
    cells: Mapping[str, str]
    """By lower-case name."""

    @property
    def term(self) -> str:
        return next((self.cells[name] for name in _NAMES if self.cells.get(name)), "")


@dataclass(frozen=True, slots=True)
class Imported:
    """The terms of a list, by line, and what was left behind."""

    terms: Mapping[int, str]
    dropped: tuple[str, ...]
    """Columns with values that a pack's list has no place for."""


def read_list(data: bytes, where: str, how: ListFormat, leaf: str = "") -> Imported:
    """The terms of a list; with `leaf`, of the rows for that leaf only.

    Raises PackError with every row that is no plain term.
    """
    try:
        rows = list(_READERS[how](data, where))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(Problem(where, "not UTF-8", "save it as UTF-8", line)) from None
    rows = [row for row in rows if not leaf or row.cells.get("leaf") == leaf]
    if leaf and not rows:
        raise PackError(Problem(where, f"no row for the leaf `{leaf}`", "check its `leaf` column"))
    if problems := [problem for row in rows if (problem := _unfit(row, where))]:
        raise PackError(*problems)
    terms = {row.line: row.term for row in rows}
    used = {name for row in rows for name, cell in row.cells.items() if cell}
    return Imported(terms, tuple(sorted(used - _CARRIED)))


def _unfit(row: Row, where: str) -> Problem | None:
    """Why a list cannot hold the row, if it cannot."""
    if not row.term:
        remedy = f"name the column `{_NAMES[0]}` and fill it in"
        return Problem(where, "a row without a term", remedy, row.line)
    if row.term.startswith("#") or len(row.term.splitlines()) > 1:
        what = "a term that a list would not read back: it begins with `#`, or has several lines"
        return Problem(where, what, "write it without", row.line)
    if row.cells.get("kind", "").lower() not in _PLAIN:
        remedy = "put allow phrases into the pack's `lexicon/allow.txt`; lists have no other kind"
        return Problem(where, "a row that is no plain term", remedy, row.line)
    for option in ("regex", "exact", "allow"):
        if row.cells.get(option, "").lower() not in _UNTRUE:
            what = f"a row with `{option}`, which a list has no place for"
            return Problem(where, what, "take the row out", row.line)
    return None


def _plain(data: bytes, where: str) -> Iterator[Row]:
    for line, text in entry_lines(data).items():
        yield Row(line, {"term": text})


def _csv(data: bytes, where: str) -> Iterator[Row]:
    """With a header that names the terms' column, or without one: then the first column."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    names: list[str] | None = None
    try:
        for cells in reader:
            if names is None:
                header = [cell.strip().lower() for cell in cells]
                named = any(name in header for name in _NAMES)
                names = header if named else ["term"]
                if named:
                    continue
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield Row(reader.line_num, dict(zip(names, stripped, strict=False)))
    except csv.Error:
        what = "not CSV from here on"
        raise PackError(Problem(where, what, "close every quote", reader.line_num)) from None


def _jsonl(data: bytes, where: str) -> Iterator[Row]:
    problems = []
    for line, text in enumerate(data.decode("utf-8-sig").split("\n"), 1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, str):
            value = {"term": value}
        if isinstance(value, dict):
            yield Row(line, {name.lower(): _cell(cell) for name, cell in value.items()})
        else:
            remedy = 'write `{"term": "..."}`, one object a line'
            problems.append(Problem(where, "neither an object nor a string", remedy, line))
    if problems:
        raise PackError(*problems)


def _cell(value: object) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else json.dumps(value)


_READERS: Mapping[ListFormat, Callable[[bytes, str], Iterator[Row]]] = {
    ListFormat.TXT: _plain,
    ListFormat.CSV: _csv,
    ListFormat.JSONL: _jsonl,
}
