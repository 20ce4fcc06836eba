"""`stoplog check`: what `serve` would say, without serving."""

from __future__ import annotations

import asyncio

import typer

from gateway.classifier_parts import classifier_parts
from gateway.commands.options import ConfigOption, command, exit_with_problems, settings_or_exit
from policies.build import build_panel
from policies.load import LoadedPack, PackError, load_pack

app = command()


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check settings, pack and word lists; exit with 2 and a line per problem."""
    settings = settings_or_exit(config).settings
    try:
        loaded = load_pack(settings.policy.pack, settings.policy.lists)
        asyncio.run(_build(loaded))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    pack = loaded.pack
    typer.echo(f"Settings are valid: {settings.mode} mode, upstream {settings.upstream.url}.")
    typer.echo(f"Pack {pack.name} {pack.version} is valid: {len(pack.leaves)} leaves.")
    typer.echo(pack.digest)


async def _build(loaded: LoadedPack) -> None:
    """Build its lists and models, as `serve` would. Raises PackError."""
    async with classifier_parts() as parts:
        build_panel(loaded, parts=parts)
