"""How commands print lists: columns for people, JSON lines for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import orjson

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def json_lines(rows: Iterable[DataclassInstance]) -> str:
    """One JSON object per row."""
    return "\n".join(orjson.dumps(asdict(row), default=str).decode() for row in rows)


def table(rows: Sequence[DataclassInstance]) -> str:
    """Aligned columns under their names; nothing where there is no row."""
    if not rows:
        return ""
    cells = [[_cell(value) for value in asdict(row).values()] for row in rows]
    lines = [[name.replace("_", " ") for name in asdict(rows[0])], *cells]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(cell: str) -> int:
    """Columns on a terminal: wide characters take two (Unicode UAX 11)."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in cell)
