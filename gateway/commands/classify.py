"""`stoplog classify`: what the model makes of every text of a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import orjson
import typer

from classifiers.judge import Judgement
from classifiers.scoring import Side
from gateway.commands.judges import ClassifierOption, Judging, judge_or_exit
from gateway.commands.options import Exit, command, exit_with_problems

app = command()

_AT_ONCE = 64
_MOST_BYTES = 16 * 2**20
"""Of one line: no text is that long, and a file that is one line would fill the memory."""
_SIDES = {
    "prompt": Side.PROMPT,
    "user": Side.PROMPT,
    "system": Side.PROMPT,
    "tool": Side.PROMPT,
    "output": Side.OUTPUT,
    "assistant": Side.OUTPUT,
    "response": Side.OUTPUT,
}
"""A line's `role`, in our words and in those of chat APIs."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the input, or what is wrong with it."""

    id: object
    text: str = ""
    side: Side = Side.PROMPT
    error: str = ""


@app.command()
def classify(
    jsonl: Annotated[
        Path, typer.Option(help='Lines of {"id", "text", "role"?}; - for standard input.')
    ],
    out: Annotated[Path, typer.Option(help="Where lines of results go; - for standard output.")],
    classifier: ClassifierOption = "bundled",
    role: Annotated[
        Side, typer.Option(help="Judge lines that name no role as prompts or as outputs.")
    ] = Side.PROMPT,
) -> None:
    """Write a line per line: scores of every head, the decision, and the leaves it may concern."""
    judge = judge_or_exit(classifier)
    try:
        with _opened(jsonl, "rb") as lines, _opened(out, "wb") as results:
            broken = _classify(judge, lines, results, role)
    except OSError as error:
        exit_with_problems(f"{error.filename}: {error.strerror}")
    if broken:
        typer.echo(f"{broken} lines could not be read; each has an `error`", err=True)
        raise typer.Exit(Exit.FINDINGS)


def _opened(path: Path, mode: Literal["rb", "wb"]) -> AbstractContextManager[BinaryIO]:
    if str(path) != "-":
        return path.open(mode)
    return nullcontext(sys.stdin.buffer if mode == "rb" else sys.stdout.buffer)


def _classify(judge: Judging, lines: BinaryIO, results: BinaryIO, role: Side) -> int:
    """Write a result per line; return how many lines could not be read."""
    items = (_item(number, line, role) for number, line in _lines(lines))
    broken = 0
    while batch := list(islice(items, _AT_ONCE)):
        found = _judged(judge, batch)
        for item in batch:
            broken += bool(item.error)
            results.write(_line(_result(item, found.get(id(item)))))
    return broken


def _lines(lines: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with its number; blank ones and a byte-order mark are passed over."""
    number = 0
    while line := lines.readline(_MOST_BYTES):
        number += 1
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield number, line


def _item(number: int, line: bytes, role: Side) -> Item:
    try:
        value = _parsed(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return Item(number, error="not JSON")
    if not isinstance(value, dict):
        return Item(number, error="not an object")
    name, text, said = value.get("id", number), value.get("text"), value.get("role")
    if not isinstance(text, str):
        return Item(name, error="`text` is not a string")
    if said is not None and said not in _SIDES:
        return Item(name, error="`role` is neither prompt nor output")
    return Item(name, text, role if said is None else _SIDES[said])


def _parsed(line: bytes) -> object:
    """The line's value, with lone surrogates and bytes that are no UTF-8 let through."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line.decode("utf-8", "replace"))


def _judged(judge: Judging, batch: Sequence[Item]) -> dict[int, Judgement]:
    found: dict[int, Judgement] = {}
    for side in Side:
        asked = [item for item in batch if item.side is side and not item.error]
        answers = judge.judge([item.text for item in asked], side)
        found |= {id(item): answer for item, answer in zip(asked, answers, strict=True)}
    return found


def _line(result: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(result) + b"\n"
    except TypeError:  # an id that is no UTF-8, or a number of more than 64 bits
        return json.dumps(result).encode() + b"\n"


def _result(item: Item, found: Judgement | None) -> dict[str, object]:
    if found is None:
        return {"id": item.id, "error": item.error}
    return {
        "id": item.id,
        "role": item.side.value,
        "language": found.language,
        "flagged": found.flagged,
        "heads": found.heads,
        "leaves": found.leaves,
        "scores": {label: round(score, 5) for label, score in found.scores.items()},
    }
