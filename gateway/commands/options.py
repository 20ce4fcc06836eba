"""Options that several commands share, and how a command ends when the settings are wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from gateway.settings import LoadedSettings, Policy, Problem, SettingsError, trace_settings

DEFAULT_FILE = Path("stoplog.yaml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="STOPLOG_CONFIG",
        help=f"Settings file; {DEFAULT_FILE} of this folder, if there is one.",
        show_default=False,
    ),
]
LedgerOption = Annotated[
    Path,
    typer.Option(
        "--ledger", "-l", envvar="STOPLOG_LEDGER__PATH", help="The ledger's file, or a copy."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def command() -> typer.Typer:
    """An app for one command, printed as plainly as the program it belongs to."""
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        # A traceback with local variables would print prompts.
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def group(help_text: str) -> typer.Typer:
    """An app for commands of one kind."""
    app = command()
    app.callback(help=help_text, no_args_is_help=True)(_nothing)
    return app


class Exit(IntEnum):
    """What the process says to the shell."""

    OK = 0
    FINDINGS = 1
    USAGE = 2


def settings_or_exit(
    path: Path | None, flags: Mapping[str, str | None] | None = None
) -> LoadedSettings:
    """The settings as this command line, environment and file give them; else exit with 2."""
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return trace_settings(_file(path), os.environ, given)
    except SettingsError as error:
        exit_with_problems(*error.problems)


@dataclass(frozen=True, slots=True)
class NamedPack:
    """The pack that a command is about."""

    pack: str
    lists: Mapping[str, Sequence[Path]]
    """The operator's lists for it, by leaf id."""
    classifier_deadline_s: float


def policy_or_exit(path: Path | None) -> Policy:
    """The policy section, for commands that need no more: without a file, the defaults."""
    return settings_or_exit(path).settings.policy if _file(path) else Policy()


def pack_or_exit(path: Path | None, pack: str | None) -> NamedPack:
    """The pack that is named, or else the first of the settings."""
    policy = policy_or_exit(path)
    name = pack or policy.packs[0]
    return NamedPack(name, policy.lists_of(name), policy.classifier_deadline_s)


def exit_with_problems(*problems: Problem | str) -> NoReturn:
    """Print each problem on a line of its own and exit with 2."""
    for problem in problems:
        typer.echo(f"error: {problem}", err=True)
    raise typer.Exit(Exit.USAGE)


def _file(path: Path | None) -> Path | None:
    return path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


def _nothing() -> None:
    return
