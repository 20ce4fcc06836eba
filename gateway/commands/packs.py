"""`stoplog packs`: what packs there are, what is in them, and whether they are sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TypeVar

import typer

from gateway.classifier_parts import classifier_parts
from gateway.commands import pack_signatures
from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    NamedPack,
    exit_with_problems,
    group,
    pack_or_exit,
)
from gateway.commands.traffic import Traffic
from gateway.settings import DEFAULT_PACK
from policies.banks import Bank, BankKind, read_bank
from policies.build import build_panel
from policies.cases import CaseResult, load_cases, run_cases
from policies.diff import diff_packs
from policies.diff_words import in_words
from policies.folder import read_file
from policies.lint import lint_pack
from policies.lint_gb45654 import Evidence
from policies.load import LoadedPack, PackError, load_pack
from policies.remarks import Severity
from policies.replay import Judge, Replay, Shift, replay
from policies.show import list_packs, show_pack

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

app = group("List, show, lint, test, compare, replay and sign policy packs.")
app.command()(pack_signatures.sign)
app.command()(pack_signatures.verify)

PackArgument = Annotated[
    str | None, typer.Argument(help=f"Name or folder of a pack; {DEFAULT_PACK} otherwise.")
]
T = TypeVar("T")


class LintProfile(StrEnum):
    """A standard that `lint` knows the figures of."""

    GB45654 = "gb45654"


@app.command()
def ls(as_json: JsonOption = False) -> None:
    """List the bundled packs."""
    _print(_or_exit(list_packs), as_json)


@app.command()
def show(
    pack: PackArgument = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List a pack's leaves: what each answers to, what it does, what serves it."""
    named = pack_or_exit(config, pack)
    picture = _or_exit(lambda: show_pack(named.pack, named.lists))
    if not as_json:
        typer.echo(f"{picture.pack.name} {picture.pack.version}  {picture.pack.digest}")
        typer.echo(f"label {picture.label}; records {picture.retention}")
        typer.echo(f"when a classifier fails: {picture.on_failure}\n")
        if picture.classifiers:
            typer.echo(f"{table(picture.classifiers)}\n")
    _print(picture.leaves, as_json)


@app.command()
def lint(
    pack: PackArgument = None,
    profile: Annotated[
        LintProfile | None, typer.Option(help="Also look at what this standard asks for.")
    ] = None,
    bank: Annotated[
        list[str] | None,
        typer.Option(help="KIND=FILE, a bank: generation, refusal or no-refusal; JSON lines."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look a pack over; exit with 1 if something calls for work, 2 if it does not load."""
    named = pack_or_exit(config, pack)
    if bank and profile is None:
        exit_with_problems("--bank is for --profile")
    evidence = None
    if profile is LintProfile.GB45654:
        banks = tuple(_or_exit(partial(_bank, given)) for given in bank or ())
        evidence = Evidence(datetime.now(UTC).date(), banks)
    report = lint_pack(named.pack, named.lists, evidence)
    _print(report.remarks, as_json)
    if not as_json:
        served = f"{report.served} of {report.leaves} leaves served, {report.keywords} keywords"
        typer.echo(f"{report.pack}: {served}, {len(report.remarks)} remarks")
    if not report.ok:
        raise typer.Exit(Exit.USAGE)
    raise typer.Exit(Exit.FINDINGS if report.count(Severity.WARNING) else Exit.OK)


@app.command("test")
def check_cases(
    pack: PackArgument = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Run a pack's own cases; exit with 1 if one does not get its verdict."""
    named = pack_or_exit(config, pack)
    results = _or_exit(lambda: asyncio.run(_results(named)))
    wrong = [result for result in results if not result.ok]
    if as_json:
        _print(results, as_json)
    else:
        _print(wrong, as_json)
        typer.echo(f"{len(results) - len(wrong)} of {len(results)} cases as expected")
    raise typer.Exit(Exit.FINDINGS if wrong else Exit.OK)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Name or folder of a pack.")],
    new: Annotated[str, typer.Argument(help="Name or folder of another.")],
    words: Annotated[bool, typer.Option("--words", help="Say it in sentences.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what changes if one pack takes the place of another."""
    before, after = _or_exit(lambda: (load_pack(old), load_pack(new)))
    changes = diff_packs(before, after)
    if words:
        for sentence in in_words(changes, before, after):
            typer.echo(sentence)
    else:
        _print(changes, as_json)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A text that a replay named, printed only for who asks."""

    id: str
    direction: str
    text: str


@app.command("replay")
def replay_traffic(
    against: Annotated[str, typer.Option(help="Name or folder of the pack to come.")],
    jsonl: Annotated[Path, typer.Option(help='Lines of {"id", "text", "role"?, "direction"?}.')],
    pack: PackArgument = None,
    config: ConfigOption = None,
    samples: Annotated[bool, typer.Option("--samples", help="Print the texts named.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge traffic by a pack and by the one to come, and list what changes.

    Exits with 1 if a text is newly stopped or newly passed, and with 2 if a pack does not load, a
    line cannot be read or a classifier fails: then the figures do not cover all of the traffic.
    """
    named = pack_or_exit(config, pack)
    with _opened(jsonl) as lines:
        traffic = Traffic(jsonl.name, lines)
        found = _or_exit(lambda: asyncio.run(_replayed(named, against, traffic)))
    _print(found.rows, as_json)
    if samples:
        _print([SampleRow(s.id, s.direction, s.text) for s in found.samples], as_json)
    if not as_json:
        typer.echo(_summary(found))
    failed = [f"a classifier gave no answer on {found.failed} texts"] if found.failed else []
    if problems := [*traffic.problems, *failed]:
        exit_with_problems(*problems)
    moved = found.count(Shift.STOPPED) + found.count(Shift.PASSED)
    raise typer.Exit(Exit.FINDINGS if moved else Exit.OK)


def _bank(given: str) -> Bank:
    """A bank that an option names as KIND=FILE."""
    kind, _, file = given.partition("=")
    if kind not in [one.value for one in BankKind] or not file:
        exit_with_problems(f"--bank is KIND=FILE, with a kind of {', '.join(BankKind)}")
    return read_bank(read_file(Path(file), file), file, BankKind(kind))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        exit_with_problems(f"{path} cannot be read ({error.strerror})")


def _summary(found: Replay) -> str:
    moved = f"{found.count(Shift.STOPPED)} newly stopped, {found.count(Shift.PASSED)} newly passed"
    stopped = f"stopped {found.stopped_before} before, {found.stopped_after} after"
    return f"{found.compared} texts compared: {moved}; {stopped}"


async def _replayed(named: NamedPack, candidate: str, traffic: Traffic) -> Replay:
    old, new = load_pack(named.pack, named.lists), load_pack(candidate, named.lists)
    async with classifier_parts() as parts:

        def judge(loaded: LoadedPack) -> Judge:
            panel = build_panel(loaded, deadline_s=named.classifier_deadline_s, parts=parts)
            return Judge(loaded.pack, panel.classify)

        return await replay(judge(old), judge(new), traffic)


async def _results(named: NamedPack) -> Sequence[CaseResult]:
    loaded, cases = load_pack(named.pack, named.lists), load_cases(named.pack)
    async with classifier_parts() as parts:
        panel = build_panel(loaded, deadline_s=named.classifier_deadline_s, parts=parts)
        return await run_cases(loaded.pack, panel.classify, cases)


def _or_exit(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except PackError as error:
        exit_with_problems(*map(str, error.problems))


def _print(rows: Sequence[DataclassInstance], as_json: bool) -> None:
    render = json_lines if as_json else table
    if text := render(rows):
        typer.echo(text)
