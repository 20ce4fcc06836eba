"""`stoplog ledger prove` and its kin: evidence for people who do not have the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer

from gateway.commands.options import Exit, LedgerOption, exit_with_problems
from gateway.ledger.config import LedgerUnusable
from gateway.ledger.notes import BadNote, Verifier
from gateway.ledger.proofs import (
    BadProof,
    Consistency,
    NotCovered,
    check_growth,
    check_inclusion,
    prove_growth,
)
from gateway.ledger.proofs import prove as prove_inclusion
from gateway.ledger.read import Damaged
from gateway.settings import Ledger

DEFAULT = Ledger().path
ByOption = Annotated[str, typer.Option(help="Verifier key of the ledger: name+id+key.")]
NoteArgument = Annotated[Path, typer.Argument(help="A checkpoint, as it was published.")]
T = TypeVar("T")


def prove(
    exchange: Annotated[str, typer.Argument(help="Exchange id.")],
    checkpoint: NoteArgument,
    by: ByOption,
    ledger: LedgerOption = DEFAULT,
) -> None:
    """Print a proof for every record of an exchange, a JSON line each."""
    found = _or_exit(
        lambda: prove_inclusion(ledger, exchange, _note(checkpoint), Verifier.parse(by))
    )
    typer.echo("\n".join(proof.model_dump_json() for proof in found))


def grown(
    old: NoteArgument, new: NoteArgument, by: ByOption, ledger: LedgerOption = DEFAULT
) -> None:
    """Print a proof that the ledger of the old checkpoint is the beginning of the new one's."""
    found = _or_exit(lambda: prove_growth(ledger, _note(old), _note(new), Verifier.parse(by)))
    typer.echo(found.model_dump_json())


def check_proof(
    proof: Annotated[Path, typer.Argument(help="Proofs, a JSON line each.")], by: ByOption
) -> None:
    """Check proofs without any ledger; exit with 1 at the first that does not hold."""
    lines = _or_exit(lambda: [line for line in proof.read_bytes().splitlines() if line])
    verifier = _or_exit(lambda: Verifier.parse(by))
    try:
        for line in lines:
            typer.echo(_checked(line, verifier))
    except BadProof as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.FINDINGS) from None


def _checked(line: bytes, verifier: Verifier) -> str:
    if _format(line) == Consistency.model_fields["format"].default:
        old, new = check_growth(line, verifier)
        return f"holds: the ledger of {old.size} records grew to {new.size}"
    return f"holds: record {check_inclusion(line, verifier).seq} is in the ledger"


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


def _or_exit(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except (LedgerUnusable, Damaged, BadNote, NotCovered) as error:
        exit_with_problems(str(error))
    except OSError as error:
        exit_with_problems(f"{error.filename} cannot be read ({error.strerror})")
