"""`stoplog demo`: every action on a scripted model endpoint, offline."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Annotated

import typer
from uvicorn.loops.auto import auto_loop_factory

from gateway.commands.options import Exit, command
from gateway.demo import Ports, Print, demonstrate, free_or_any, interruption
from gateway.logs import configure_logging
from gateway.settings import Log, LogLevel

app = command()

BOLD, RED, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[0m"


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the last act.")] = False,
    port: Annotated[int | None, typer.Option(help="Port; 8080 if it is free.")] = None,
) -> None:
    """Show every action on a scripted model endpoint, offline.

    Exits with 1 if an act did not go as it should.
    """
    configure_logging(Log(level=LogLevel.ERROR))
    ports = Ports(free_or_any(8080) if port is None else port, free_or_any(9090))
    afterwards = _at_once if once else _ctrl_c
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        well = runner.run(demonstrate(_printer(), ports, afterwards))
    raise typer.Exit(Exit.OK if well else Exit.FINDINGS)


async def _at_once() -> None:
    return


async def _ctrl_c() -> None:
    stop = interruption()
    typer.echo("\nCtrl-C ends it.")
    await stop.wait()


def _printer() -> Print:
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return _coloured if coloured else typer.echo


def _coloured(line: str) -> None:
    if "WRONG" in line:
        typer.echo(f"{RED}{line}{PLAIN}")
    else:
        typer.echo(line if line.startswith("   ") else f"{BOLD}{line}{PLAIN}")
