"""`stoplog packs sign` and `verify`: who stands for a pack, and whether they still do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    NamedPack,
    exit_with_problems,
    pack_or_exit,
)
from policies.folder import read_file
from policies.load import PackError, load_pack
from policies.signing import Signature, Standing, read_signatures, standings, written
from policies.signing import sign as signed
from policies.trust import public_key
from policies.types import PolicyPack

PackArgument = Annotated[str, typer.Argument(help="Name or folder of a pack.")]
SignaturesOption = Annotated[Path, typer.Option(help="The file of signatures, beside the pack.")]


def sign(
    pack: PackArgument,
    key: Annotated[Path, typer.Option(help="Ed25519 private key, PEM without a passphrase.")],
    signatures: SignaturesOption,
    config: ConfigOption = None,
) -> None:
    """Add a signature over the pack's digest, the lists of the settings included."""
    try:
        named = _pack(pack_or_exit(config, pack))
        made = signed(_private(key), named.digest)
        _write(signatures, [*(_read(signatures) if signatures.exists() else ()), made])
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    typer.echo(f"{named.name} {named.version}  {named.digest}\nsigned by {made.key}")


def verify(
    pack: PackArgument,
    key: Annotated[list[Path], typer.Option(help="Ed25519 public key, PEM; once for each person.")],
    signatures: SignaturesOption,
    least: Annotated[int, typer.Option(min=1, help="How many of the keys must have signed.")] = 1,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check who signed the pack; exit with 1 if too few did or a signature is invalid."""
    try:
        digest = _pack(pack_or_exit(config, pack)).digest
        rows = standings(digest, _read(signatures), map(public_key, key))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    if len(rows) < least:
        exit_with_problems(f"{least} signatures are asked for, and {len(rows)} keys are given")
    valid = sum(row.signature is Standing.VALID for row in rows)
    sound = valid >= least and all(row.signature is not Standing.INVALID for row in rows)
    typer.echo((json_lines if as_json else table)(rows))
    if not as_json:
        typer.echo(f"{digest}: {valid} valid of {least} asked for")
    raise typer.Exit(Exit.OK if sound else Exit.FINDINGS)


def _pack(named: NamedPack) -> PolicyPack:
    return load_pack(named.pack, named.lists).pack


def _read(path: Path) -> tuple[Signature, ...]:
    return read_signatures(read_file(path, path.name), path.name)


def _write(path: Path, signatures: list[Signature]) -> None:
    """Whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(written(signatures))
        os.replace(part, path)
    except OSError as error:
        exit_with_problems(f"{path} cannot be written ({error.strerror})")


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(read_file(path, path.name), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        exit_with_problems(f"{path}: no PEM private key that opens without a passphrase")
    if not isinstance(key, Ed25519PrivateKey):
        exit_with_problems(f"{path}: not an Ed25519 key")
    return key
