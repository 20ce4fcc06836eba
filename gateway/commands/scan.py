"""`stoplog scan`: what a pack or a plain word list makes of a text, or of a file of texts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

import typer

from classifiers.batch import Batch, Case, CaseError, Result, read_case, term_lines
from classifiers.types import Role, Segment
from gateway.classifier_parts import classifier_parts
from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    NamedPack,
    command,
    exit_with_problems,
    pack_or_exit,
)
from policies.build import build_panel
from policies.decide import decide
from policies.load import PackError, load_pack
from policies.types import Action, Direction, Hit, Verdict

app = command()

ROLES = {Direction.PROMPT: Role.USER, Direction.OUTPUT: Role.ASSISTANT}


@dataclass(frozen=True, slots=True)
class Line:
    """A hit as it is printed: where and why, never the words."""

    action: str
    leaf: str
    article: str
    classifier: str
    rule: str
    score: float
    start: int
    end: int
    view: str


@dataclass(frozen=True, slots=True)
class Explained(Line):
    """A hit with the characters of the text that it covers."""

    original: str


@app.command()
def scan(
    text: Annotated[
        str | None, typer.Argument(help="The text; standard input if left out.")
    ] = None,
    direction: Annotated[
        Direction, typer.Option(help="Judge it as a prompt or as an output.")
    ] = Direction.PROMPT,
    pack: Annotated[str | None, typer.Option(help="Name or folder of a policy pack.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the characters of each hit as well.")
    ] = False,
    terms: Annotated[
        Path | None, typer.Option(help="A plain list, a term a line, instead of a pack.")
    ] = None,
    jsonl: Annotated[
        Path | None, typer.Option(help='With --terms: a file of lines {"id", "text"}.')
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --jsonl: where the results go; else they are printed.")
    ] = None,
    stream: Annotated[
        int | None,
        typer.Option(min=1, help="With --terms: feed each text in pieces of so many characters."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the pack makes of a text; exit with 1 unless it is allowed.

    With --terms, say which terms of the list are in the text, or in each text of a file.
    """
    if terms is None:
        if jsonl or out or stream:
            exit_with_problems("--jsonl, --out and --stream are for --terms")
        verdict = _judge(pack_or_exit(config, pack), direction, content := _content(text))
        lines = [_line(hit, content if explain else None) for hit in verdict.hits]
        told = json_lines(lines) if as_json else f"{verdict.action.label}\n{table(lines)}".rstrip()
        typer.echo(told)
        raise typer.Exit(Exit.OK if verdict.action is Action.ALLOW else Exit.FINDINGS)
    ask = _asking(terms, stream)
    if jsonl is not None:
        raise typer.Exit(Exit.USAGE if _run(ask, jsonl, out) else Exit.OK)
    if out is not None:
        exit_with_problems("--out is for --jsonl")
    result = ask(Case(None, content := _content(text)))
    _tell(result, content, as_json)
    raise typer.Exit(Exit.FINDINGS if result.hits else Exit.OK)


def _content(text: str | None) -> str:
    return sys.stdin.read() if text is None else text


def _judge(named: NamedPack, direction: Direction, text: str) -> Verdict:
    try:
        return asyncio.run(_verdict(named, direction, text))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))


async def _verdict(named: NamedPack, direction: Direction, text: str) -> Verdict:
    loaded = load_pack(named.pack, named.lists)
    async with classifier_parts() as parts:
        panel = build_panel(loaded, deadline_s=named.classifier_deadline_s, parts=parts)
        segments = [Segment(text, ROLES[direction])]
        return decide(loaded.pack, direction, await panel.classify(segments), segments)


def _line(hit: Hit, text: str | None) -> Line:
    finding = hit.finding
    cells = (
        hit.action.label,
        hit.leaf.id,
        hit.leaf.article,
        finding.classifier,
        finding.rule,
        finding.score,
        finding.start,
        finding.end,
        finding.view,
    )
    if text is None:
        return Line(*cells)
    return Explained(*cells, _printable(text[finding.start : finding.end]))


def _printable(text: str) -> str:
    """The text with lone surrogates as question marks: no terminal and no JSON takes them."""
    return text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Seen:
    """A term of a plain list, and the characters it was seen in."""

    term: str
    start: int
    end: int
    view: str
    original: str


def _tell(result: Result, text: str, as_json: bool) -> None:
    rows = [
        Seen(h.term, h.start, h.end, h.view, _printable(text[h.start : h.end])) for h in result.hits
    ]
    typer.echo(json_lines(rows) if as_json else table(rows))


def _asking(terms: Path, stream: int | None) -> Callable[[Case], Result]:
    """How each case is looked at: whole, or in pieces."""
    try:
        batch = Batch(term_lines(terms.read_bytes()))
    except OSError as error:
        exit_with_problems(f"{terms}: cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        exit_with_problems(f"{terms}: not UTF-8; save it as UTF-8")
    if stream is None:
        return batch.whole
    return lambda case: batch.streamed(case, stream)


def _run(ask: Callable[[Case], Result], jsonl: Path, out: Path | None) -> int:
    """Answer every case of a file; names the lines that are none, and counts them."""
    faults = 0
    try:
        with jsonl.open("rb") as lines, _opened(out) as results:
            for case in _cases(lines):
                if isinstance(case, CaseError):
                    faults += 1
                    typer.echo(f"error: {jsonl}: {case}", err=True)
                else:
                    results.write(ask(case).line + "\n")
    except OSError as error:
        exit_with_problems(f"{error.filename}: {error.strerror}")
    return faults


def _cases(lines: IO[bytes]) -> Iterator[Case | CaseError]:
    for number, line in enumerate(lines, 1):
        try:
            if case := read_case(line, number):
                yield case
        except CaseError as error:
            yield error


def _opened(out: Path | None) -> IO[str]:
    """The results' file, or the standard output under a name that may be closed."""
    if out is not None:
        return out.open("w", encoding="ascii", newline="\n")
    return open(sys.stdout.fileno(), "w", encoding="ascii", newline="\n", closefd=False)
