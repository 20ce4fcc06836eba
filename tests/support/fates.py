"""What becomes of whole bodies on their way: stopped, or what leaves of them."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from packs import active_pack
from vendors import JSON

from gateway.dialects.dialect import Dialect, Limits, Notice, Prompt
from gateway.errors import Refusal
from gateway.fields import UnknownFields, kept
from gateway.screen import block_instead, cannot_mask, redactions, screen
from policies.types import Action, Direction

ACTIVE = active_pack()
ASKED = Prompt(None, (), "m")
NOTICE = Notice("01J", "block", "T.1", "名称", "name", "IM Art. 4(1)", "test@1")


@dataclass(frozen=True)
class Fate:
    """What became of a body: stopped, or what left."""

    stopped: bool
    left: bytes
    refused: bool = False
    """Whether no verdict was needed to stop it."""


async def asked(dialect: Dialect, body: JSON) -> Fate:
    """What a request becomes before it goes upstream."""
    try:
        prompt = dialect.read(orjson.dumps(body), Limits())
    except Refusal as refusal:
        return Fate(stopped=True, left=str(refusal).encode(), refused=True)
    prompt = kept(prompt, UnknownFields.SCREEN).prompt
    verdict = await screen(ACTIVE, Direction.PROMPT, prompt.segments)
    if verdict.action > Action.REDACT or cannot_mask(verdict, prompt.segments):
        _, told = dialect.blocked_prompt(NOTICE)
        return Fate(stopped=True, left=orjson.dumps(told))
    edits = redactions(verdict, prompt.segments)
    left = dialect.redacted(prompt.body, edits) if edits else prompt.body
    return Fate(stopped=False, left=orjson.dumps(left))


async def answered(dialect: Dialect, body: JSON) -> Fate:
    """What an answer becomes before it goes to the client."""
    segments = dialect.outputs(body)
    verdict = await screen(ACTIVE, Direction.OUTPUT, segments)
    if cannot_mask(verdict, segments):
        verdict = block_instead(verdict)
    if verdict.action > Action.REDACT:
        told = dialect.blocked_output(ASKED, body, NOTICE, 1)
        return Fate(stopped=True, left=orjson.dumps(told))
    edits = redactions(verdict, segments)
    return Fate(False, orjson.dumps(dialect.redacted(body, edits) if edits else body))
