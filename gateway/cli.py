"""The command line. Each command's module is loaded when it is called, so that help is instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

EPILOG = """\b
Examples:
  stoplog demo                                      show every action, offline
  stoplog serve --upstream http://127.0.0.1:8000 --mode development
  stoplog init && stoplog check && stoplog serve    with a settings file
  stoplog scan "some text"                          what the pack makes of a text

\b
Exit codes: 0 all is well, 1 something was found, 2 wrong usage or settings."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is not loaded yet."""

    name: str
    help: str

    @property
    def module(self) -> str:
        return f"gateway.commands.{self.name}"


COMMANDS = (
    Command("serve", "Run the gateway in front of a model endpoint."),
    Command("demo", "Show every action on a scripted model endpoint, offline."),
    Command("init", "Write a settings file to start from."),
    Command("check", "Check settings, pack and word lists."),
    Command("scan", "Say what the pack makes of a text."),
    Command("classify", "Score every text of a file with the bundled model."),
    Command("eval", "Say how well classifiers and packs do on labelled texts."),
    Command("drift", "Say whether classifiers score the traffic as they did before."),
    Command("packs", "List, show, lint, test, compare, replay and sign policy packs."),
    Command("lexicon", "Count, look over, extend and explain word lists."),
    Command("ledger", "Read, verify and prove the record."),
    Command("labels", "Write, judge and look up the labels of files."),
    Command("config", "Show the settings in force."),
)


class _Deferred(TyperGroup):
    """Lists commands by name and help, and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, known, rest = super().resolve_command(ctx, args)
        if known is None:
            return name, known, rest
        module = import_module(next(c.module for c in COMMANDS if c.name == known.name))
        command = get_command(module.app)
        command.name = known.name
        return name, command, rest


app = typer.Typer(
    name="stoplog",
    cls=_Deferred,
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    # A traceback with local variables would print prompts.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _placeholder(command: Command) -> Callable[[], None]:
    def run() -> None:
        raise AssertionError(f"{command.name} is loaded before it runs; this is a bug")

    return run


for _command in COMMANDS:
    app.command(_command.name, help=_command.help)(_placeholder(_command))


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stoplog {version('stoplog')}")
        raise typer.Exit


@app.callback()
def stoplog(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="And exit.")
    ] = False,
) -> None:
    """Content moderation in front of a model endpoint: stop, and log."""


def main() -> None:
    """The `stoplog` console script."""
    app()
