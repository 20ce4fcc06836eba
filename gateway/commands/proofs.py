"""`stoplog ledger prove` and its kin: evidence for people who do not have the ledger."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.commands.keeping import or_exit
from gateway.commands.options import Exit, JsonOption, LedgerOption, exit_with_problems
from gateway.ledger.notes import Verifier
from gateway.ledger.proofs import (
    BadProof,
    Consistency,
    check_growth,
    check_inclusion,
    prove_growth,
)
from gateway.ledger.proofs import prove as prove_inclusion
from gateway.settings import Ledger

DEFAULT = Ledger().path
ByOption = Annotated[str, typer.Option(help="Verifier key of the ledger: name+id+key.")]
NoteArgument = Annotated[Path, typer.Argument(help="A checkpoint, as it was published.")]


def prove(
    exchange: Annotated[str, typer.Argument(help="Exchange id, or the number of a record.")],
    checkpoint: NoteArgument,
    by: ByOption,
    ledger: LedgerOption = DEFAULT,
    as_json: JsonOption = True,
) -> None:
    """Print a proof for every record of an exchange, or for one record, a JSON line each."""
    what = int(exchange) if exchange.isdecimal() else exchange
    found = or_exit(lambda: prove_inclusion(ledger, what, _note(checkpoint), Verifier.parse(by)))
    typer.echo("\n".join(proof.model_dump_json() for proof in found))


def consistency(
    old: NoteArgument,
    new: NoteArgument,
    by: ByOption,
    ledger: LedgerOption = DEFAULT,
    as_json: JsonOption = True,
) -> None:
    """Print a proof that the ledger of the old checkpoint is the beginning of the new one's."""
    found = or_exit(lambda: prove_growth(ledger, _note(old), _note(new), Verifier.parse(by)))
    typer.echo(found.model_dump_json())


def check_proof(
    proof: Annotated[Path, typer.Argument(help="Proofs, a JSON line each.")],
    by: ByOption,
    as_json: JsonOption = False,
) -> None:
    """Check proofs without any ledger; exit with 1 at the first that does not hold."""
    lines = or_exit(lambda: [line for line in proof.read_bytes().splitlines() if line])
    verifier = or_exit(lambda: Verifier.parse(by))
    if not lines:
        exit_with_problems(f"{proof} holds no proof")
    try:
        for line in lines:
            holds = _checked(line, verifier)
            typer.echo(orjson.dumps(asdict(holds)).decode() if as_json else f"holds: {holds}")
    except BadProof as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.FINDINGS) from None


@dataclass(frozen=True, slots=True)
class Included:
    """A record is in the ledger."""

    record: int
    body: str

    def __str__(self) -> str:
        return f"record {self.record} is in the ledger"


@dataclass(frozen=True, slots=True)
class Grew:
    """A ledger is the beginning of a larger one."""

    old: int
    new: int

    def __str__(self) -> str:
        return f"the ledger of {self.old} records grew to {self.new}"


def _checked(line: bytes, verifier: Verifier) -> Included | Grew:
    if _format(line) == Consistency.model_fields["format"].default:
        old, new = check_growth(line, verifier)
        return Grew(old.size, new.size)
    proof = check_inclusion(line, verifier)
    return Included(proof.seq, proof.body)


def _format(line: bytes) -> str:
    try:
        return str(orjson.loads(line)["format"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadProof("this is no proof") from None


def _note(path: Path) -> str:
    """A note as text, or the last line of a file of JSON strings."""
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line]
    if not lines or not lines[-1].startswith('"'):
        return text
    return str(orjson.loads(lines[-1]))
