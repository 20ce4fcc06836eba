"""Writes `docs/coverage.md` from the packs and from `scripts/coverage.yaml`.

With `--check` it writes nothing, and exits with 1 if the page is stale. A row that names a test
which does not exist, or that claims more than it may, is told with its place (exit 2).
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from policies.errors import PackError, Problem
from policies.fitting import fit
from policies.folder import bundled
from policies.schema_parts import Shape, Short
from policies.show import show_pack
from policies.source import Document, parse

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
ROWS = Path(__file__).with_name("coverage.yaml")
PAGE = ROOT / "docs" / "coverage.md"

MEANINGS = {
    "done": "the tests named show all that is asked",
    "partial": "the tests named show what stands; the rest is missing, as said",
    "open": "nothing of it stands yet",
    "outside": "not a gateway's work",
}
"""What a status promises."""


class RowShape(Shape):
    id: Short
    source: Short
    asks: Short
    status: Literal["done", "partial", "open", "outside"]
    tests: tuple[Short, ...] = ()
    missing: Short | None = None


class RowsShape(Shape):
    rows: tuple[RowShape, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/coverage.md.")
    parser.add_argument("--check", action="store_true", help="only say whether it is current")
    parser.add_argument("--rows", type=Path, default=ROWS, help="another table of rows")
    given = parser.parse_args()
    try:
        page = written(read_rows(given.rows))
    except PackError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return 2
    if not given.check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page:
        return 0
    print("docs/coverage.md is stale: run scripts/coverage_page.py", file=sys.stderr)
    return 1


def read_rows(path: Path) -> tuple[RowShape, ...]:
    """The rows of the table. Raises PackError for every claim that nothing shows."""
    document = parse(path.read_bytes(), path.name)
    rows = fit(document, RowsShape).rows
    if problems := [p for i, row in enumerate(rows) for p in _problems(document, i, row)]:
        raise PackError(*problems)
    return rows


def written(rows: tuple[RowShape, ...]) -> str:
    """The whole page."""
    return "\n".join([*_head(rows), *map(_requirement, rows), *_clauses()]) + "\n"


def _problems(document: Document, index: int, row: RowShape) -> Iterator[Problem]:
    where = ("rows", index)
    if bool(row.tests) != (row.status in ("done", "partial")):
        what = f"{row.id}: `{row.status}` with {len(row.tests)} tests"
        yield document.problem(where, what, "`done` and `partial` name tests, others none")
    if bool(row.missing) != (row.status in ("partial", "outside")):
        what = f"{row.id}: `{row.status}` and `missing` do not go together"
        yield document.problem(where, what, "`partial` and `outside` say it, others do not")
    for test in row.tests:
        file, _, name = test.partition("::")
        if name not in _tests(file):
            yield document.problem(where, f"{row.id}: there is no test `{test}`", "name one")


@cache
def _tests(file: str) -> frozenset[str]:
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = (node.name for node in body if isinstance(node, functions))
    return frozenset(name for name in names if name.startswith("test_"))


def _head(rows: tuple[RowShape, ...]) -> Iterator[str]:
    counts = Counter[str](row.status for row in rows)
    yield "# What is asked, and what shows it\n"
    yield "Made by `scripts/coverage_page.py` from the packs and from `scripts/coverage.yaml`."
    yield "It maps controls to provisions; whether a service meets the law, it does not say.\n"
    yield "| Status | Rows | Meaning |\n|---|---|---|"
    for status, meaning in MEANINGS.items():
        yield f"| {status} | {counts[status]} | {meaning} |"
    yield "\n## Requirements\n"
    yield "| Id | Source | What is asked | Status | Missing | Shown by |\n|---|---|---|---|---|---|"


def _requirement(row: RowShape) -> str:
    shown = "<br>".join(f"`{test}`" for test in row.tests)
    cells = (row.id, row.source, row.asks, row.status, row.missing or "", shown)
    return f"| {' | '.join(cells)} |"


def _clauses() -> Iterator[str]:
    yield "\n## Clauses of the packs\n"
    yield "Which provision each leaf answers to, and what is done about it."
    yield "Where only the operator's list serves a leaf, nothing is found until it is brought;"
    yield "`policies/test_cases.py` runs every pack's own cases."
    for name in bundled():
        picture = show_pack(name)
        yield f"\n### `{picture.pack.name}` {picture.pack.version}\n"
        yield "| Leaf | What it is | Provision | Tier | Prompt | Output | Served by |"
        yield "|---|---|---|---|---|---|---|"
        for leaf in picture.leaves:
            cells = (leaf.id, leaf.name_en, leaf.article, leaf.tier, leaf.prompt, leaf.output)
            yield f"| {' | '.join([*cells, leaf.served_by])} |"


if __name__ == "__main__":
    sys.exit(main())
