"""`stoplog check`: what `serve` would say, without serving."""

from __future__ import annotations

import asyncio

import typer

from gateway.app import selection
from gateway.classifier_parts import classifier_parts
from gateway.commands.options import ConfigOption, command, exit_with_problems, settings_or_exit
from gateway.editions import Edition, build_edition
from gateway.settings import Policy
from policies.load import PackError

app = command()


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check settings, packs and word lists; exit with 2 and a line per problem."""
    settings = settings_or_exit(config).settings
    try:
        edition = asyncio.run(_build(settings.policy))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    typer.echo(f"Settings are valid: {settings.mode} mode, upstream {settings.upstream.url}.")
    for pack in edition.packs:
        typer.echo(f"Pack {pack.name} {pack.version} is valid: {len(pack.leaves)} leaves.")
        typer.echo(pack.digest)


async def _build(policy: Policy) -> Edition:
    """Build all lists and models, as `serve` would. Raises PackError."""
    async with classifier_parts() as parts:
        return build_edition(selection(policy), parts)
