"""The tables of `classifiers/tables`, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[tuple[str, str], ...]:
    """The two columns of a table file, in order."""
    text = files("classifiers").joinpath("tables", f"{name}.tsv").read_text(encoding="utf-8")
    pairs = (line.partition("\t") for line in text.splitlines() if line)
    return tuple((left, right) for left, _, right in pairs)


@cache
def many_to_one(name: str) -> dict[str, str]:
    """A table whose rows name one target and every character that is read as it."""
    return {source: target for target, sources in rows(name) for source in sources}
