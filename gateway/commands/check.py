"""`stoplog check`: what `serve` would say, without serving."""

from __future__ import annotations

import typer

from gateway.commands.options import ConfigOption, command, exit_with_problems, settings_or_exit
from policies.load import PackError, load_pack

app = command()


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check settings, pack and word lists; exit with 2 and a line per problem."""
    settings = settings_or_exit(config).settings
    try:
        pack = load_pack(settings.policy.pack, settings.policy.lists).pack
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    typer.echo(f"Settings are valid: {settings.mode} mode, upstream {settings.upstream.url}.")
    typer.echo(f"Pack {pack.name} {pack.version} is valid: {len(pack.leaves)} leaves.")
    typer.echo(pack.digest)
