"""`stoplog labels`: write, judge and look up the labels of files. Nothing here takes one off."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer

from gateway.commands.keeping import Keeping, KeyOption, LedgerPathOption, keeping
from gateway.commands.keeping import or_exit as ledger_or_exit
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
from gateway.labels.media.marking import Marked, Propagator, labels_in, marked
from gateway.labels.media.medium import Unlabellable
from gateway.labels.producer import producer_problem, propagator_problem
from gateway.labels.propagation import judged, passed_along
from gateway.labels.visible import made_visible
from gateway.ledger.lookup import Made, made_as, made_with
from gateway.ledger.opening import fingerprints_of
from gateway.settings import Label
from policies.load import PackError, load_pack

app = group("Write, judge and look up the labels of AI-made files.")
T = TypeVar("T")
_OFFLINE = {"upstream.url": "http://localhost", "mode": "development"}
"""Labels are written without a model endpoint; serving asks for one."""

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
    settings = settings_or_exit(config, _OFFLINE)
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


@app.command()
def propagate(
    file: Annotated[Path, typer.Argument(help="Content that somebody else has brought.")],
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; the file itself if left out.")
    ] = None,
    declared: Annotated[
        bool, typer.Option("--declared", help="Whoever brought it says that AI made it.")
    ] = False,
    propagate_id: Annotated[
        str, typer.Option(help="Your number for the content; a new one if left out.")
    ] = "",
    propagator: Annotated[
        str, typer.Option(help="Propagator code; that of the settings if left out.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge content as confirmed, possible or suspected to be AI-made, and label it so."""
    label = settings_or_exit(config, _OFFLINE).settings.label
    code = or_exit(file, lambda: _propagator_code(propagator, label))
    number = propagate_id or new_exchange_id(int(time.time() * 1000))
    data = or_exit(file, file.read_bytes)
    found = or_exit(file, lambda: judged(data, file.name, declared=declared))
    done = or_exit(file, lambda: passed_along(data, found, Propagator(code, number), file.name))
    if done is not None:
        or_exit(file, lambda: _write(out or file, done))
    if as_json:
        told = {"file": str(file), "certainty": found.certainty, "reason": found.reason}
        typer.echo(orjson.dumps(told))
    else:
        why = f" ({found.reason})" if found.reason else ""
        typer.echo(f"{file}: {found.certainty}{why}")


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A file, or a text, as it left the service.")
    ] = None,
    produce_id: Annotated[str, typer.Option(help="ProduceID of a label instead.")] = "",
    sha256: Annotated[str, typer.Option(help="Hash of the file or text instead.")] = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether this service made something, and when; exit with 1 if it did not.

    Files and texts are found where `verify.enabled` was on when they left.
    """
    if sum(map(bool, (file, produce_id, sha256))) != 1:
        exit_with_problems("give a file, --produce-id or --sha256, and one of them only")
    kept = keeping(config, ledger, key)
    made = ledger_or_exit(lambda: _made(kept, file, produce_id, sha256))
    when = datetime.fromtimestamp(made.time_ms / 1000, UTC).isoformat() if made else ""
    if as_json:
        told = {"made": made is not None, "produce_id": made.exchange if made else "", "time": when}
        typer.echo(orjson.dumps(told))
    else:
        typer.echo(f"made here: {made.exchange}, {when}" if made else "not known here")
    if made is None:
        raise typer.Exit(Exit.FINDINGS)


def _made(kept: Keeping, file: Path | None, produce_id: str, sha256: str) -> Made | None:
    if produce_id:
        return made_as(kept.place, produce_id)
    fingerprint = fingerprints_of(kept.place, kept.key())
    for digest in _digests(file, sha256):
        if made := made_with(kept.place, fingerprint(digest)):
            return made
    return None


def _digests(file: Path | None, sha256: str) -> list[bytes]:
    """Of the file, and of what it says without the line ends that an editor puts behind it."""
    if file is None:
        try:
            return [bytes.fromhex(sha256)]
        except ValueError:
            exit_with_problems("--sha256 takes 64 hex digits")
    data = file.read_bytes()
    return [hashlib.sha256(each).digest() for each in dict.fromkeys((data, data.strip()))]


def _propagator_code(given: str, label: Label) -> str:
    """Raises ValueError."""
    code = given or label.propagator
    if code is None:
        raise ValueError("no propagator code is set; give --propagator, or set label.propagator")
    if problem := propagator_problem(code):
        raise ValueError(problem)
    return code


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
