"""`stoplog ledger erase` and its kin: what a user, a court or the law may ask of a record."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.commands import keeping
from gateway.commands.keeping import (
    DEFAULT_TENANT,
    ByOption,
    KeyOption,
    LedgerPathOption,
    ReasonOption,
    RoleOption,
    TenantOption,
    UserOption,
    carry_out,
    or_exit,
    word,
)
from gateway.commands.listing import json_lines, table
from gateway.commands.options import ConfigOption, JsonOption, exit_with_problems
from gateway.ledger.config import Place
from gateway.ledger.orders import (
    Correct,
    Done,
    Erase,
    Hold,
    Order,
    Read,
    Release,
    Restrict,
    Role,
    Supplement,
    User,
)
from gateway.ledger.places import open_read_only
from gateway.ledger.read import body_of
from gateway.ledger.reader import Reader
from gateway.ledger.records import Kind

ExchangeArgument = Annotated[str, typer.Argument(help="Exchange id.")]
TextOption = Annotated[
    Path, typer.Option("--text", help="File with the user's words; - reads standard input.")
]


@dataclass(frozen=True, slots=True)
class Line:
    """An exchange of a user's as `access` lists it."""

    time: str
    exchange: str
    records: int
    content: str


def access(
    user: UserOption,
    role: RoleOption,
    reason: ReasonOption,
    tenant: TenantOption = DEFAULT_TENANT,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is kept of a user; `export --user` makes them a copy. Goes on record."""
    kept, asked = keeping.keeping(config, ledger, None), keeping.user(tenant, user)
    carry_out(kept, Read(word(role, by, reason), user=asked, of="list of exchanges"))
    lines = or_exit(lambda: _exchanges(kept.place, asked))
    typer.echo(json_lines(lines) if as_json else table(lines))


def erase(
    user: UserOption,
    role: RoleOption,
    reason: ReasonOption,
    tenant: TenantOption = DEFAULT_TENANT,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy what a user said and was told; what the law wants kept is restricted until then.

    Proofs stay valid. What has not yet been kept for the retention of the pack is restricted: out
    of exports, readable by authorities only, and destroyed by itself when the time has come.
    """
    order = Erase(word(role, by, reason), keeping.user(tenant, user))
    _tell(_done(order, config, ledger, key), as_json)


def restrict(
    user: UserOption,
    role: RoleOption,
    reason: ReasonOption,
    tenant: TenantOption = DEFAULT_TENANT,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop use of what a user said and was told; it is destroyed when the law lets it go."""
    order = Restrict(word(role, by, reason), keeping.user(tenant, user))
    _tell(_done(order, config, ledger, key), as_json)


def hold(
    user: UserOption,
    role: RoleOption,
    reason: ReasonOption,
    tenant: TenantOption = DEFAULT_TENANT,
    release: Annotated[bool, typer.Option("--release", help="End a hold.")] = False,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep what a user said and was told from being destroyed, until the hold is released."""
    spoken, asked = word(role, by, reason), keeping.user(tenant, user)
    order = Release(spoken, asked) if release else Hold(spoken, asked)
    _tell(_done(order, config, ledger, key), as_json)


def correct(
    exchange: ExchangeArgument,
    text: TextOption,
    reason: ReasonOption,
    role: RoleOption = Role.SUBJECT,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put on record what a user says is wrong in an exchange; nothing on record is changed."""
    order = Correct(word(role, by, reason), exchange, or_exit(lambda: _text(text)))
    _tell(_done(order, config, ledger, key), as_json)


def supplement(
    exchange: ExchangeArgument,
    text: TextOption,
    reason: ReasonOption,
    role: RoleOption = Role.SUBJECT,
    by: ByOption = "",
    config: ConfigOption = None,
    ledger: LedgerPathOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put on record what a user adds to an exchange."""
    order = Supplement(word(role, by, reason), exchange, or_exit(lambda: _text(text)))
    _tell(_done(order, config, ledger, key), as_json)


def _done(order: Order, config: Path | None, ledger: Path | None, key: Path | None) -> Done:
    return carry_out(keeping.keeping(config, ledger, key), order)


def _tell(done: Done, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(asdict(done)).decode())
        return
    if done.shredded:
        typer.echo(f"destroyed: {done.shredded} data keys, and all they sealed with them")
    if done.restricted and done.due_ms is not None:
        when = datetime.fromtimestamp(done.due_ms / 1000, UTC).date()
        held = ", or once the hold is released if that is later" if done.held else ""
        typer.echo(f"restricted: {done.restricted} data keys, to be destroyed on {when}{held}")
    typer.echo(f"on record: {', '.join(map(str, done.records))}")


def _exchanges(path: Place, user: User) -> list[Line]:
    with closing(open_read_only(path)) as reader:
        return [_line(reader, exchange) for exchange in reader.exchanges_of(user)]


def _line(reader: Reader, exchange: str) -> Line:
    rows = reader.rows_of(exchange)
    time = datetime.fromtimestamp(rows[0].time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    notes = [body_of(row).content for row in rows if row.kind in (Kind.INTENT, Kind.DELIVERED)]
    keys = {note.key for note in notes if note and note.key is not None}
    return Line(time, exchange, len(rows), ", ".join(sorted({_state(reader, k) for k in keys})))


def _state(reader: Reader, number: int) -> str:
    kept = reader.key(number)
    if kept is None or kept.destroyed:
        return "erased"
    return "kept" if kept.restricted_ms is None else "restricted"


def _text(path: Path) -> str:
    if str(path) == "-":
        return typer.get_text_stream("stdin").read()
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        exit_with_problems(f"{path} is not UTF-8 text")
