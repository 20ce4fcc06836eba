"""Lists as others keep them, read into what a pack's list holds: plain text, CSV, JSON Lines.

Columns that are options of an entry become its options (`policies.term_options`); others are left
behind and named. A row that says something which no option can is refused.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.errors import PackError, Problem
from policies.term_options import KINDS, VALUED, OptionError, options_of
from policies.words import option_lines

_NAMES = ("term", "word", "phrase", "keyword", "text")
"""What the column of terms is called, in the order in which it is looked for."""
_CARRIED = frozenset({*_NAMES, *KINDS, *VALUED, "kind"})


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
    options: Sequence[str] = ()
    """As a plain list writes them."""

    @property
    def term(self) -> str:
        return next((self.cells[name] for name in _NAMES if self.cells.get(name)), "")


@dataclass(frozen=True, slots=True)
class Imported:
    """The terms of a list, by line, and what was left behind."""

    terms: Mapping[int, str]
    entries: Mapping[int, str]
    """As lines of a list, options and all."""
    dropped: tuple[str, ...]
    """Columns with values that a list has no place for."""


def read_list(data: bytes, where: str, how: ListFormat, leaf: str = "", own: str = "") -> Imported:
    """The terms of a list; with `leaf`, of the rows for that leaf only.

    `own` is the leaf that the entries are imported for: a row need not name it.

    Raises PackError with every row that is no entry.
    """
    try:
        rows = list(_READERS[how](data, where))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(Problem(where, "not UTF-8", "save it as UTF-8", line)) from None
    rows = [row for row in rows if not leaf or row.cells.get("leaf") == leaf]
    if leaf and not rows:
        raise PackError(Problem(where, f"no row for the leaf `{leaf}`", "check its `leaf` column"))
    problems = [problem for row in rows if (problem := _unfit(row, where))]
    entries: dict[int, str] = {}
    for row in rows:
        other = row.cells.get("leaf", "") not in (leaf, own)
        cells = row.cells if other else {**row.cells, "leaf": ""}
        try:
            entries[row.line] = "\t".join((row.term, *row.options, *options_of(cells).fields))
        except OptionError as error:
            problems.append(Problem(where, str(error), "correct it, or take it out", row.line))
    if problems:
        raise PackError(*problems)
    used = {name for row in rows for name, cell in row.cells.items() if cell}
    terms = {row.line: row.term for row in rows}
    return Imported(terms, entries, tuple(sorted(used - _CARRIED)))


def _unfit(row: Row, where: str) -> Problem | None:
    """Why a list cannot hold the row, if it cannot."""
    if not row.term:
        remedy = f"name the column `{_NAMES[0]}` and fill it in"
        return Problem(where, "a row without a term", remedy, row.line)
    if row.term.startswith("#") or len(row.term.splitlines()) > 1:
        what = "a term that a list would not read back: it begins with `#`, or has several lines"
        return Problem(where, what, "write it without", row.line)
    return None


def _plain(data: bytes, where: str) -> Iterator[Row]:
    for line, (text, *options) in option_lines(data).items():
        yield Row(line, {"term": text}, options)


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
