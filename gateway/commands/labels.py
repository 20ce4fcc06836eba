"""`stoplog labels`: write, judge and look up the labels of files. Nothing here takes one off."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer

from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    exit_with_problems,
    group,
    settings_or_exit,
)
from gateway.exchange import new_exchange_id
from gateway.labels.aigc import AigcLabel
from gateway.labels.checking import Standing, checked
from gateway.labels.media.marking import Marked, labels_in, marked
from gateway.labels.media.medium import Unlabellable
from gateway.labels.producer import producer_problem
from gateway.labels.visible import made_visible
from gateway.settings import Label
from policies.load import PackError, load_pack

app = group("Write, judge and look up the labels of AI-made files.")
T = TypeVar("T")

FilesArgument = Annotated[list[Path], typer.Argument(help="Files; their kind is seen for itself.")]


@dataclass(frozen=True, slots=True)
class Line:
    """A file as `check` prints it."""

    file: str
    verdict: str
    places: str
    problems: str
    label: str


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A picture, sound, film, document or text.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; the file itself if left out.")
    ] = None,
    produce_id: Annotated[
        str, typer.Option(help="Your number for the content; a new one if left out.")
    ] = "",
    producer: Annotated[
        str, typer.Option(help="Producer code; that of the settings if left out.")
    ] = "",
    visible: Annotated[
        bool, typer.Option("--visible", help="Also one that people see or hear.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the label into a file and read it back. A label that is there stays the only one."""
    settings = settings_or_exit(config, {"upstream.url": "http://localhost", "mode": "development"})
    numbered = produce_id or new_exchange_id(int(time.time() * 1000))
    label = or_exit(file, lambda: AigcLabel(_code(producer, settings.settings.label), numbered))
    pack = settings.settings.policy.packs[0]
    data = or_exit(file, file.read_bytes)
    if visible and not or_exit(file, lambda: labels_in(data, file.name)):
        data = or_exit(file, lambda: made_visible(data, file.name, _words(pack)))
    done = or_exit(file, lambda: marked(data, label, file.name))
    or_exit(file, lambda: _write(out or file, done))
    if as_json:
        told = {"file": str(out or file), "medium": done.medium, "kept": done.kept}
        typer.echo(orjson.dumps(told | {"label": labels_in(done.data, file.name)[0].value}))
    elif done.kept:
        typer.echo(f"{file}: has a label, which stays")
    else:
        typer.echo(f"{out or file}: labelled as {done.medium}, ProduceID {numbered}")


@app.command()
def check(files: FilesArgument, as_json: JsonOption = False) -> None:
    """Say whether files bear a label as the standard wants it; exit with 1 where one does not."""
    lines = [_line(file) for file in files]
    typer.echo(json_lines(lines) if as_json else table(lines))
    if any(line.verdict != Standing.COMPLIANT for line in lines):
        raise typer.Exit(Exit.FINDINGS)


def or_exit(file: Path, ask_for: Callable[[], T]) -> T:
    """What is asked for; exits with 2 and a line where it cannot be had."""
    try:
        return ask_for()
    except OSError as error:
        exit_with_problems(f"{error.filename or file} cannot be opened ({error.strerror})")
    except (Unlabellable, ValueError) as error:
        exit_with_problems(f"{file}: {error}")


def _code(given: str, label: Label) -> str:
    """Raises ValueError."""
    code = given or label.producer
    if code is None:
        raise ValueError("no producer code is set; give --producer, or set label.producer")
    if problem := producer_problem(code):
        raise ValueError(problem)
    return code


def _words(pack: str) -> str:
    try:
        return load_pack(pack).pack.label.text_zh
    except PackError as error:
        exit_with_problems(*map(str, error.problems))


def _line(file: Path) -> Line:
    data = or_exit(file, file.read_bytes)
    found = checked(data, file.name)
    places = ", ".join(label.place for label in found.labels)
    value = found.labels[0].value if found.labels else ""
    return Line(str(file), found.standing, places, "; ".join(found.problems), value)


def _write(path: Path, done: Marked) -> None:
    """All or nothing: a file that is half written would be damaged and without its label."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(done.data)
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
