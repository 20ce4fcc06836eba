"""`stoplog ledger`: read and verify a record, beside or without the gateway that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from gateway.commands.exports import export_command
from gateway.commands.keeping import (
    ByOption,
    KeyOption,
    LedgerPathOption,
    carry_out,
    keeping,
    or_exit,
    word,
)
from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    LedgerOption,
    exit_with_problems,
    group,
)
from gateway.commands.proofs import check_proof, consistency, prove
from gateway.commands.rights import access, correct, erase, hold, restrict, supplement
from gateway.ledger import read
from gateway.ledger.notes import Checkpoint, Verifier
from gateway.ledger.orders import Read, Role
from gateway.ledger.read import Shown, Unread
from gateway.ledger.records import Kind
from gateway.ledger.verify import Verified
from gateway.ledger.verify import verify as verify_file
from gateway.ledger.written import Row
from gateway.logs import visible
from gateway.settings import Ledger

app = group("Read, verify and prove the record.")

DEFAULT = Ledger().path


@dataclass(frozen=True, slots=True)
class Line:
    """A record as `tail` prints it."""

    seq: int
    time: str
    kind: str
    exchange: str
    what: str


@app.command()
def tail(
    ledger: LedgerOption = DEFAULT,
    count: Annotated[int, typer.Option("-n", min=1, help="How many records.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Print the last records, oldest first. Content stays sealed."""
    rows = or_exit(lambda: read.tail(ledger, count))
    typer.echo(json_lines(map(_line, rows)) if as_json else table([*map(_line, rows)]))


@app.command()
def show(
    exchange: Annotated[str, typer.Argument(help="Exchange id, as a refusal or header has it.")],
    role: Annotated[Role, typer.Option(help="In what capacity you read.")] = Role.REVIEWER,
    reason: Annotated[
        str, typer.Option(help="Why you read; goes on record. Content stays sealed without it.")
    ] = "",
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print everything on record about an exchange; with --reason, its content in clear.

    Every reading of content is a record of its own.
    """
    kept = keeping(config, ledger, key)
    if reason:
        unsealing = or_exit(kept.key)
        carry_out(kept, Read(word(role, by, reason), exchange))
        found = or_exit(lambda: read.show(kept.place, exchange, unsealing, role))
    else:
        found = or_exit(lambda: read.show_sealed(kept.place, exchange))
    if not found:
        exit_with_problems(f"{kept.path} holds no exchange {visible(exchange)}")
    render = _as_json if as_json else _as_text
    typer.echo("\n".join(map(render, found)))


@app.command()
def verify(
    ledger: LedgerOption = DEFAULT,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Checkpoints that were kept elsewhere; with --by.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Verifier key of the ledger: name+id+key.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every hash; exit with 1 and the first bad record if one does not fit.

    Without checkpoints, records cut off the end, or a history rewritten as a whole, stay unseen.
    """
    if (checkpoints is None) is not (by is None):
        exit_with_problems("--checkpoints and --by go together; give both, or neither")
    found = or_exit(lambda: verify_file(ledger, _kept(checkpoints, by)))
    typer.echo(_json(found) if as_json else _told(ledger, found))
    if not found.ok:
        raise typer.Exit(Exit.FINDINGS)


app.command()(prove)
app.command()(consistency)
app.command()(check_proof)
app.command("export")(export_command)
app.command()(access)
app.command()(erase)
app.command()(restrict)
app.command()(hold)
app.command()(correct)
app.command()(supplement)


def _kept(checkpoints: Path | None, by: str | None) -> list[Checkpoint]:
    if checkpoints is None or by is None:
        return []
    return list(read.checkpoints_in(checkpoints, Verifier.parse(by)))


def _json(found: Verified) -> str:
    result = {
        "ok": found.ok,
        "count": found.count,
        "root": found.root.hex(),
        "checkpoints": found.checkpoints,
        "first_bad": found.first_bad,
        "reason": found.reason,
    }
    return orjson.dumps(result).decode()


def _told(ledger: Path, found: Verified) -> str:
    kept = f", as {found.checkpoints} checkpoints say" if found.checkpoints else ""
    if found.ok:
        return f"{ledger}: {found.count} records are whole{kept}, root {found.root.hex()}"
    before = f"{found.count} records before it are whole"
    return f"{ledger}: record {found.first_bad} is bad: {found.reason}; {before}"


def _line(row: Row) -> Line:
    time = datetime.fromtimestamp(row.time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    what = visible(_what(row.kind, orjson.loads(row.body)))
    return Line(row.seq, time, visible(row.kind), visible(row.exchange), what)


def _what(kind: str, body: Mapping[str, Any]) -> str:
    match kind:
        case Kind.INTENT:
            return f"{body['route']} {body['model']} {body['prompt_chars']} characters"
        case Kind.DELIVERED:
            marks = body["marks"]
            return f"{sum(mark['upto'] for mark in marks)} characters may leave"
        case Kind.STOPPING:
            return f"{body['direction']}: {_verdict(body['verdict'])}"
        case Kind.FINAL:
            verdicts = [body[side] for side in ("prompt", "output") if body[side]]
            return " ".join([body["outcome"], str(body["status"]), *map(_verdict, verdicts)])
    return f"{body['role']} {body['by']}: {body['reason']}" if "role" in body else ""


def _verdict(verdict: Mapping[str, Any]) -> str:
    leaves = dict.fromkeys(hit["leaf"] for hit in verdict["hits"])
    return ":".join([verdict["action"], *leaves])


def _as_json(shown: Shown) -> str:
    return orjson.dumps(
        {"record": orjson.loads(shown.row.body), "content": _content(shown)}
    ).decode()


def _as_text(shown: Shown) -> str:
    line = _line(shown.row)
    head = f"{line.seq}  {line.time}  {line.kind}  {line.what}"
    content = _content(shown)
    return head if content is None else f"{head}\n    {visible(content)}"


def _content(shown: Shown) -> str | None:
    match shown.content:
        case Unread.NONE:
            return None
        case Unread():
            return f"({shown.content})"
        case _:
            return shown.content.decode(errors="backslashreplace")
