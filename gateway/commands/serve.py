"""`stoplog serve`: run the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from uvicorn.loops.auto import auto_loop_factory

from gateway.app import serve as serve_until_stopped
from gateway.commands.options import ConfigOption, command, exit_with_problems, settings_or_exit
from gateway.ledger.config import LedgerUnusable
from gateway.settings import Mode, Settings
from policies.load import PackError

app = command()


@app.command()
def serve(
    config: ConfigOption = None,
    upstream: Annotated[
        str | None, typer.Option(help="Model endpoint.", envvar="STOPLOG_UPSTREAM__URL")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="development asks for no producer code.")
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="Names or folders of policy packs, between commas.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on.")] = None,
    admin_port: Annotated[str | None, typer.Option(help="Port of probes and metrics.")] = None,
) -> None:
    """Run the gateway in front of a model endpoint.

    SIGTERM and Ctrl-C let open exchanges end; SIGHUP loads the packs again.
    """
    flags = {
        "upstream.url": upstream,
        "mode": mode,
        "policy.packs": pack,
        "server.host": host,
        "server.port": port,
        "server.admin_port": admin_port,
    }
    if problems := _run(settings_or_exit(config, flags).settings):
        exit_with_problems(*problems)


def _run(settings: Settings) -> list[str]:
    """Serve; return why that could not be, where somebody can put it right."""
    problems: list[str] = []
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
            runner.run(serve_until_stopped(settings))
    # A group, because the gateway's parts run side by side.
    except* (PackError, LedgerUnusable, OSError) as group:
        problems += _told(group)
    return problems


def _told(group: BaseExceptionGroup[Exception]) -> list[str]:
    """What each exception says, however deep it stands."""
    told: list[str] = []
    for error in group.exceptions:
        told += _told(error) if isinstance(error, BaseExceptionGroup) else [str(error)]
    return told
