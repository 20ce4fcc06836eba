"""Classifiers that wait, in streams: no window leaves unjudged, no fault passes in silence."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest
from packs import active_pack

from classifiers.types import Failure, FailureReason, Finding, Report, Role, Segment
from gateway.dialects.dialect import Text
from gateway.screen import ActivePacks, StreamScreen
from gateway.sse import Frame
from gateway.stream import Held
from policies.policy_set import PolicySet
from policies.types import Action, OnFailure, Tier

CONTENT = (0, "message.content")
FRAME = Frame(b"data: {}\n\n", b"{}")
LONG = "A plain sentence about nothing much. " * 8


@dataclass(frozen=True)
class Judge:
    """Finds the word `evil`; reads only `share` of what it is given; may fail, or be slow."""

    share: float = 1.0
    fails: bool = False
    name: str = "judge"

    @property
    def categories(self) -> frozenset[str]:
        return frozenset({self.name})

    async def classify(self, segments: Sequence[Segment]) -> Report:
        await asyncio.sleep(0)
        total = sum(len(segment.text) for segment in segments)
        if self.fails:
            return Report((), (Failure(self.name, FailureReason.UNAVAILABLE),), 0, total)
        found = [
            Finding(self.name, self.name, 0.9, at, at + 4, segment=number)
            for number, segment in enumerate(segments)
            if (at := segment.text.find("evil")) >= 0
        ]
        return Report(tuple(found), (), int(total * self.share), total)


def content(text: str) -> Text:
    return Text(CONTENT, Role.ASSISTANT, ("text",), text)


async def run(
    active: ActivePacks, pieces: Sequence[str]
) -> tuple[StreamScreen, Action, list[Held]]:
    """Feed the pieces one frame each; stop where a verdict stops. What was let go, in order."""
    screen = StreamScreen(active)
    held: list[Held] = []
    async for action in _judged(screen, pieces, held):
        if action > Action.REDACT:
            return screen, action, [h for h in held[:-1] if h.released]
    return screen, screen.verdict.action, [h for h in held if h.released]


async def _judged(
    screen: StreamScreen, pieces: Sequence[str], held: list[Held]
) -> AsyncIterator[Action]:
    for piece in pieces:
        held.append(screen.hold(FRAME, {"text": piece}, [content(piece)], 0.0))
        yield (await screen.judge()).action
    screen.finish()
    yield (await screen.judge()).action


async def test_clean_text_is_let_go_window_by_window() -> None:
    """All of it in the end, and none of it before its window was judged."""
    screen, action, released = await run(active_pack(Judge()), LONG.split(" "))

    assert (Action.ALLOW, len(LONG.split(" "))) == (action, len(released))
    assert screen.scanned == screen.total > 0


async def test_what_a_classifier_finds_never_leaves() -> None:
    """Neither the word nor anything behind it."""
    pieces = [*LONG.split(" "), "and", "then", "evil", "comes.", "More."]
    _, action, released = await run(active_pack(Judge()), pieces)

    assert Action.BLOCK == action
    assert "evil" not in [piece.text for h in released for piece in h.carried]


async def test_a_classifier_that_reads_only_half_stops_the_stream() -> None:
    """What was passed over in silence counts as unread, and unread is never let go."""
    screen, action, _ = await run(active_pack(Judge(share=0.5)), LONG.split(" "))

    assert Action.BLOCK == action
    assert screen.verdict.scanned < screen.verdict.total


@pytest.mark.parametrize(
    ("mode", "expected"), [(OnFailure.CLOSED, Action.BLOCK), (OnFailure.OPEN, Action.FLAG)]
)
async def test_a_failing_classifier_does_what_the_pack_says(
    mode: OnFailure, expected: Action
) -> None:
    """Closed stops, open passes and says so; the failure is named either way."""
    active = active_pack(Judge(fails=True))
    pack = replace(active.policies.packs[0], on_failure=dict.fromkeys(Tier, mode))
    active = replace(active, policies=PolicySet((pack,)))
    screen, action, _ = await run(active, LONG.split(" "))

    assert expected == action
    assert ["judge"] == [failure.classifier for failure in screen.verdict.failures][:1]


async def test_a_scanner_that_cannot_read_a_stream_says_so() -> None:
    """A text encoded more often than may be looked into is a failure, streamed too."""
    said = b"text of many words that says little"
    for _ in range(4):
        said = base64.b64encode(said)
    nested = said.decode()
    whole = await active_pack().panel.classify([Segment(nested)])
    screen, action, _ = await run(active_pack(), [nested])

    assert {FailureReason.UNDECODABLE} == {failure.reason for failure in whole.failures}
    assert {FailureReason.UNDECODABLE} == {f.reason for f in screen.verdict.failures}
    assert Action.BLOCK == action


async def test_a_field_that_says_something_else_each_time_costs_little() -> None:
    """Ten thousand ids in one stream: linear, and what they spell together is found."""
    screen = StreamScreen(active_pack())

    def event(said: str) -> Text:
        return Text((-1, "id"), Role.FIELD, ("id",), said, whole=True, repeats=True)

    for number in range(10_000):
        screen.hold(FRAME, {}, [event(f"id-{number} ")], 0.0)
    assert (await screen.judge()).action is Action.ALLOW
    for letter in " forbiddenword ":
        screen.hold(FRAME, {}, [event(letter)], 0.0)

    assert (await screen.judge()).action is Action.BLOCK
