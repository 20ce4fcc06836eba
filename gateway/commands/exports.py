"""`stoplog ledger export`: part of a record as a file, with a manifest beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.keeping import (
    DEFAULT_TENANT,
    ByOption,
    KeyOption,
    LedgerPathOption,
    ReasonOption,
    RoleOption,
    carry_out,
    keeping,
    or_exit,
    word,
)
from gateway.commands.options import ConfigOption, JsonOption, exit_with_problems
from gateway.ledger.exports import Format, Scope, export, manifest
from gateway.ledger.opening import checkpoint_path
from gateway.ledger.orders import Read, User
from gateway.ledger.publishing import last_note

DAY = "%Y-%m-%d"
FORMATS = [DAY, f"{DAY}T%H:%M:%S"]


def export_command(
    path: Annotated[Path, typer.Argument(help="File to write; *.jsonl, *.csv or *.parquet.")],
    since: Annotated[datetime, typer.Option(formats=FORMATS, help="Exchanges begun from (UTC).")],
    until: Annotated[datetime, typer.Option(formats=FORMATS, help="And before (UTC).")],
    role: RoleOption,
    reason: ReasonOption,
    by: ByOption = "",
    tenant: Annotated[str, typer.Option(help="Of one tenant only.")] = "",
    user: Annotated[str, typer.Option(help="Of one user key only.")] = "",
    content: Annotated[
        bool, typer.Option("--content", help="With prompts and outputs in clear.")
    ] = False,
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write records of a span of time to a file, and a manifest beside it. Goes on record.

    What is restricted stays out, and what was erased comes without its content.
    """
    form = _form(path)
    whose = User(tenant or DEFAULT_TENANT, user) if user else None
    scope = Scope(_ms(since), _ms(until), tenant, whose, content)
    kept, spoken = keeping(config, ledger, key), word(role, by, reason)
    unsealing = or_exit(kept.key)
    done = carry_out(kept, Read(spoken, user=whose, of=str(scope)))
    counts = or_exit(lambda: export(kept.place, unsealing, scope, role, path, form))
    said = manifest(
        *(path, form, scope, counts, done.records[0]), last_note(checkpoint_path(kept.path))
    )
    beside = path.with_name(f"{path.name}.manifest.json")
    or_exit(lambda: beside.write_bytes(said))
    if as_json:
        typer.echo(said.decode(), nl=False)
        return
    typer.echo(
        f"{path}: {counts.records} records of {counts.exchanges} exchanges;"
        f" {counts.restricted} restricted exchanges left out"
    )
    typer.echo(f"{beside}: what is in it, and its hash")


def _form(path: Path) -> Format:
    try:
        return Format(path.suffix.removeprefix("."))
    except ValueError:
        exit_with_problems(f"{path} has to end in .jsonl, .csv or .parquet")


def _ms(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)
