"""`stoplog scan`: what a pack makes of a text, and why."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from classifiers.types import Role, Segment
from gateway.commands.listing import json_lines, table
from gateway.commands.options import (
    ConfigOption,
    Exit,
    JsonOption,
    command,
    exit_with_problems,
    policy_or_exit,
)
from gateway.settings import Policy
from policies.build import build_panel
from policies.decide import decide
from policies.load import PackError, load_pack
from policies.types import Action, Direction, Hit, Verdict

app = command()

ROLES = {Direction.PROMPT: Role.USER, Direction.OUTPUT: Role.ASSISTANT}


@dataclass(frozen=True, slots=True)
class Line:
    """A hit as it is printed: where and why, never the words."""

    action: str
    leaf: str
    article: str
    classifier: str
    rule: str
    score: float
    start: int
    end: int
    view: str


@app.command()
def scan(
    text: Annotated[
        str | None, typer.Argument(help="The text; standard input if left out.")
    ] = None,
    direction: Annotated[
        Direction, typer.Option(help="Judge it as a prompt or as an output.")
    ] = Direction.PROMPT,
    pack: Annotated[str | None, typer.Option(help="Name or folder of a policy pack.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the pack makes of a text; exit with 1 unless it is allowed."""
    policy = policy_or_exit(config, pack)
    content = sys.stdin.read() if text is None else text
    verdict = _judge(policy, direction, content)
    lines = [_line(hit) for hit in verdict.hits]
    if as_json:
        typer.echo(json_lines(lines))
    else:
        typer.echo(f"{verdict.action.label}\n{table(lines)}".rstrip())
    raise typer.Exit(Exit.OK if verdict.action is Action.ALLOW else Exit.FINDINGS)


def _judge(policy: Policy, direction: Direction, text: str) -> Verdict:
    try:
        loaded = load_pack(policy.pack, policy.lists)
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
    panel = build_panel(loaded, deadline_s=policy.classifier_deadline_s)
    segments = [Segment(text, ROLES[direction])]
    report = asyncio.run(panel.classify(segments))
    return decide(loaded.pack, direction, report, segments)


def _line(hit: Hit) -> Line:
    finding = hit.finding
    return Line(
        hit.action.label,
        hit.leaf.id,
        hit.leaf.article,
        finding.classifier,
        finding.rule,
        finding.score,
        finding.start,
        finding.end,
        finding.view,
    )
