"""`stoplog lexicon`: what is in word lists, what is wrong with them, and why a term is found."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifiers.explain import Outcome, explain
from classifiers.lexicon import Lexicon
from classifiers.terms import Term, TermKind
from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    exit_with_problems,
    group,
    pack_or_exit,
)
from policies.list_import import Imported, ListFormat, read_list
from policies.list_lint import Entry, folded, lint_allow, lint_list
from policies.list_stats import count_terms
from policies.load import PackError, load_pack
from policies.term_options import Options, read_options, term_of
from policies.words import entry_lines, read_words

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

app = group("Count, look over, extend and explain word lists.")

FilesArgument = Annotated[list[Path], typer.Argument(help="Lists, a term a line.")]
EntryOptions = Annotated[
    list[str] | None,
    typer.Option("--option", "-o", help="As in a list: exact, regex, severity=0.5, ..."),
]
AllowOption = Annotated[
    Path | None, typer.Option(help="Allow phrases; allow.txt beside the list, if there is one.")
]
_ALLOW = "allow.txt"
_STATM = Path("/proc/self/statm")
"""Linux: the second number is the resident pages (proc(5))."""
_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10
"""`ru_maxrss` counts bytes there, and kibibytes elsewhere."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the compiled list takes."""

    mib: float
    """Growth of the process's resident memory while it was compiled."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a term that was to be added, or of a list that was to be imported."""

    file: str
    added: int
    duplicates: int
    total: int
    """Entries in the file now."""


@app.command()
def stats(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Lists, a term a line; else those of the pack.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Name or folder of a policy pack.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count entries and the spellings made of them, by script, kind and leaf; tell the memory."""
    terms = _terms_of(files) if files else _pack_terms(pack, config)
    memory = _compiled(terms)
    _print(count_terms(terms), as_json)
    typer.echo(json_lines([memory]) if as_json else f"compiled: {memory.mib} MiB")


@app.command()
def lint(
    files: FilesArgument,
    allow: AllowOption = None,
    ordinary: Annotated[
        Path | None,
        typer.Option(help="Texts that must pass, one a line: tells which entries stop many."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Look lists over; exit with 1 if a line calls for work. No remark quotes a line."""
    passing = [] if ordinary is None else _bytes(ordinary).decode("utf-8", "replace").splitlines()
    texts = [text for text in passing if text.strip()]
    today = datetime.now(UTC).date()
    remarks = [
        remark for file in files for remark in lint_list(_bytes(file), str(file), texts, today)
    ]
    for excuses, entries in _excused(files, allow).items():
        remarks += lint_allow(_entries(excuses), str(excuses), entries)
    _print(remarks, as_json)
    if not as_json:
        typer.echo(f"{len(files)} lists, {len(remarks)} remarks")
    raise typer.Exit(Exit.FINDINGS if remarks else Exit.OK)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="The list; made if there is none.")],
    term: Annotated[str, typer.Argument(help="The entry.")],
    option: EntryOptions = None,
    as_json: JsonOption = False,
) -> None:
    """Append an entry to a list; exit with 1 if an entry folds to the same."""
    text, options = _fit_or_exit(term, option or [])
    entries = _entries(file) if file.exists() else {}
    same = [line for line, entry in entries.items() if folded(entry) == folded(text)]
    if not same:
        _append(file, ["\t".join((text, *options.fields))])
    elif not as_json:
        typer.echo(f"{file}:{same[0]}: folds to the same; nothing was added", err=True)
    added = Added(str(file), int(not same), len(same[:1]), len(entries) + int(not same))
    _print([added], as_json)
    raise typer.Exit(Exit.FINDINGS if same else Exit.OK)


@app.command("import")
def import_list(
    source: Annotated[Path, typer.Argument(help="A list: .txt, .csv or .jsonl.")],
    file: Annotated[Path, typer.Argument(help="The list to append to; made if there is none.")],
    how: Annotated[
        ListFormat | None, typer.Option("--format", help="How the source is written.")
    ] = None,
    leaf: Annotated[str, typer.Option(help="Only the rows whose `leaf` is this.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Append another list's entries with their options; all or, if a row is no entry, none."""
    imported = _imported_or_exit(source, how, leaf, file.stem)
    entries = _entries(file) if file.exists() else {}
    known = {folded(entry) for entry in entries.values()}
    fresh: dict[str, str] = {}
    for line, text in imported.terms.items():
        if (form := folded(text)) not in known:
            fresh.setdefault(form, imported.entries[line])
    _append(file, list(fresh.values()))
    for column in imported.dropped:
        typer.echo(f"note: `{column}` was left behind: no option of an entry says it", err=True)
    again = len(imported.terms) - len(fresh)
    _print([Added(str(file), len(fresh), again, len(entries) + len(fresh))], as_json)


@app.command("explain")
def explain_term(
    term: Annotated[str, typer.Argument(help="An entry, as a list has it.")],
    text: Annotated[str | None, typer.Argument(help="Standard input if left out.")] = None,
    allow: Annotated[Path | None, typer.Option(help="Allow phrases, one a line.")] = None,
    option: EntryOptions = None,
    as_json: JsonOption = False,
) -> None:
    """Say where a term is found and in which view, or why not; exit with 1 unless it is found."""
    entry = term_of(*_fit_or_exit(term, option or []), "lexicon", TermKind.WORD, "")
    phrases = [] if allow is None else _entries(allow).values()
    excuses = [Term(phrase, kind=TermKind.ALLOW) for phrase in phrases]
    # A lone surrogate can stand in an argument, and is printed by no terminal and no JSON.
    content = (sys.stdin.read() if text is None else text).encode("utf-8", "replace").decode()
    places = explain(entry, content, excuses)
    _print(places, as_json)
    found = any(place.outcome is Outcome.FOUND for place in places)
    raise typer.Exit(Exit.OK if found else Exit.FINDINGS)


def _terms_of(files: Sequence[Path]) -> list[Term]:
    try:
        return [
            term
            for file in files
            for term in read_words(_bytes(file), str(file), file.stem, _kind(file), str(file))
        ]
    except PackError as error:
        exit_with_problems(*map(str, error.problems))


def _kind(file: Path) -> TermKind:
    return TermKind.ALLOW if file.name == _ALLOW else TermKind.WORD


def _pack_terms(pack: str | None, config: Path | None) -> Sequence[Term]:
    named = pack_or_exit(config, pack)
    try:
        return load_pack(named.pack, named.lists).terms
    except PackError as error:
        exit_with_problems(*map(str, error.problems))


def _compiled(terms: Sequence[Term]) -> Memory:
    # The tables, which are there once for any list, are read first.
    Lexicon.compile([Term("违禁词示例"), Term("forbiddenword")])
    before = resident_mib()
    compiled = Lexicon.compile(terms)
    grown = resident_mib() - before
    del compiled
    return Memory(round(max(0.0, grown), 1))


def resident_mib() -> float:
    """The memory that the process holds now; where the system does not say, held at most so far."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MIB


def _fit_or_exit(term: str, fields: Sequence[str]) -> tuple[str, Options]:
    """The entry trimmed and its options, if a list could hold it."""
    text = term.strip()
    if not text or text.startswith("#"):
        exit_with_problems("TERM: a list would read this as no entry; write one without `#` first")
    if len(text.splitlines()) > 1 or "\t" in text:
        exit_with_problems("TERM: an entry is one line without tabs; add them one by one")
    line = "\t".join((text, *fields)).encode("utf-8", "replace")
    try:
        read_words(line, "TERM", "lexicon", TermKind.WORD, "")
        return text, read_options(fields)
    except PackError as error:
        exit_with_problems(*(f"TERM: {p.what}; {p.remedy}" for p in error.problems))


def _imported_or_exit(source: Path, how: ListFormat | None, leaf: str, own: str) -> Imported:
    suffix = source.suffix.lower().removeprefix(".")
    if how is None and suffix not in {known.value for known in ListFormat}:
        exit_with_problems(f"{source}: say with --format whether it is txt, csv or jsonl")
    try:
        data, written = _bytes(source), how or ListFormat(suffix)
        imported = read_list(data, str(source), written, leaf, own)
        # Line for line, so that a problem names the line of the source.
        lines = [""] * max(imported.entries, default=0)
        for line, text in imported.entries.items():
            lines[line - 1] = text
        read_words("\n".join(lines).encode(), str(source), leaf, TermKind.WORD, "")
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    return imported


def _excused(files: Sequence[Path], allow: Path | None) -> dict[Path, list[Entry]]:
    """The entries that each file of allow phrases speaks for."""
    found: dict[Path, list[Entry]] = {}
    for file in files:
        excuses = allow or file.with_name(_ALLOW)
        if file.name != _ALLOW and (allow or excuses.exists()):
            entries = found.setdefault(excuses, [])
            entries += [Entry(str(file), line, text) for line, text in _readable(file).items()]
    return found


def _readable(file: Path) -> dict[int, str]:
    """The entries of a file; none where it is not UTF-8, which its own remarks say."""
    try:
        return entry_lines(_bytes(file))
    except UnicodeDecodeError:
        return {}


def _entries(file: Path) -> dict[int, str]:
    try:
        return entry_lines(_bytes(file))
    except UnicodeDecodeError:
        exit_with_problems(f"{file}: not UTF-8; save it as UTF-8")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        exit_with_problems(f"{file}: cannot be read ({error.strerror})")


def _append(file: Path, texts: Sequence[str]) -> None:
    """One write, so that who reads the list meanwhile sees whole lines."""
    try:
        with file.open("a+b") as lines:
            size = lines.seek(0, 2)
            lines.seek(max(0, size - 1))
            first = "\n" if size and lines.read(1) != b"\n" else ""
            lines.write((first + "".join(f"{text}\n" for text in texts)).encode())
    except OSError as error:
        exit_with_problems(f"{file}: cannot be written ({error.strerror})")


def _print(rows: Sequence[DataclassInstance], as_json: bool) -> None:
    if text := json_lines(rows) if as_json else table(rows):
        typer.echo(text)
