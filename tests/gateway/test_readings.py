"""Further readings: what is spelled out over neighbours or packed into a string is still seen."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needles import Needles
from packs import active_pack

from classifiers.types import Finding, Role, Segment
from gateway.readings import Joined, further, last_said
from gateway.screen import redactions, screen
from gateway.seams import ALONE, Around
from policies.types import Action, Direction

WORD = "forbiddenword"
NEEDLES = Needles({WORD: "stopped", "违禁词示例": "stopped"})
REACH = 32


def turn(text: str, number: int, role: Role = Role.USER) -> Segment:
    return Segment(text, role, ("messages", number, "content"))


def part(text: str, number: int) -> Segment:
    return Segment(text, Role.USER, ("messages", 0, "content", number, "text"))


def found(segments: Sequence[Segment], said_before: str = "") -> list[Finding]:
    """What is seen in the further readings alone."""
    beyond = further(segments, REACH, Around((said_before,)) if said_before else ALONE)
    report = NEEDLES.scan(beyond.segments)
    return list(beyond.told(NEEDLES.scan(segments), report).findings)


def spans(segments: Sequence[Segment], said_before: str = "") -> list[tuple[int, str]]:
    return [
        (f.segment, segments[f.segment].text[f.start : f.end]) for f in found(segments, said_before)
    ]


@given(st.integers(0, 3), st.lists(st.integers(1, len(WORD) - 1), min_size=1, max_size=6))
def test_a_word_over_any_number_of_parts_is_told_of_each(pad: int, cuts: list[int]) -> None:
    """Every piece of it is named, so masking the pieces masks the word."""
    edges = [0, *sorted(set(cuts)), len(WORD)]
    pieces = [WORD[a:b] for a, b in itertools.pairwise(edges)]
    texts = ["x" * (100 * pad) + " " + pieces[0], *pieces[1:-1], pieces[-1] + " y" * (50 * pad)]
    segments = [part(text, number) for number, text in enumerate(texts)]

    assert pieces == [text for _, text in spans(segments)]


def test_turns_of_one_speaker_are_read_on_whoever_speaks_between() -> None:
    """The user's words meet over the assistant's; the roles themselves do not."""
    turns = [turn("违禁", 0), turn("ok", 1, Role.ASSISTANT), turn("词示例", 2)]
    mixed = [turn("违禁", 0), turn("词示例", 1, Role.ASSISTANT)]

    assert [(0, "违禁"), (2, "词示例")] == spans(turns)
    assert [] == spans(mixed)


def test_turns_of_words_do_not_run_together() -> None:
    """Two turns that end and begin in letters are two words, not one: no word is made up."""
    words = Needles({"anal": "stopped"})
    segments = [turn("give me an", 0), turn("algorithm", 2)]
    beyond = further(segments, REACH)

    assert not beyond.told(words.scan(segments), words.scan(beyond.segments)).findings


def test_two_answers_to_one_question_are_never_read_together() -> None:
    """What stands in two choices was never said in one."""
    choices = [
        Segment(text, Role.ASSISTANT, ("choices", n, "message", "content"))
        for n, text in enumerate(["forbidden", "word"])
    ]

    assert [] == spans(choices)
    assert [(1, "word")] == spans(choices, "forbidden")


def test_an_answer_goes_on_from_what_the_assistant_said() -> None:
    """From a turn begun for it directly, from an earlier one as a new word."""
    begun = [turn("hi", 0), turn("so: forbid", 1, Role.ASSISTANT)]

    assert "so: forbid" == last_said(begun, REACH)
    assert "so: forbid " == last_said([*begun, turn("go on", 2)], REACH)
    assert "" == last_said(begun[:1], REACH)


def test_only_what_lies_around_a_seam_is_read_again() -> None:
    """A long neighbour costs its ends and no more; a single text costs nothing."""
    long = "plain " * 10_000
    beyond = further([turn(long, 0), turn(long, 2)], REACH)

    assert [2 * REACH] == [len(r.text.strip()) for r in beyond.readings if isinstance(r, Joined)]
    assert not further([turn(long, 0)], REACH)


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_json_in_strings_is_unpacked_level_by_level(levels: int) -> None:
    """A letter written as an escape at any depth; the span covers what stands there."""
    packed = '{"q": "forbidden\\u0077ord, \\"quoted\\""}'
    for _ in range(levels - 1):
        packed = json.dumps({"q": packed})
    segment = Segment(packed, Role.ASSISTANT, ("messages", 0, "tool_calls", 0, "arguments"))

    [(_, told)] = spans([segment])
    assert told.startswith("forbidden")
    assert told.endswith("ord")
    assert not [f for f in found([segment]) if f.end > len(packed)]


def test_what_is_packed_deeper_counts_as_unread() -> None:
    """So it is stopped: nothing unread passes."""
    segment = Segment('["' + "\\" * 4096 + '"]', Role.TOOL, ("messages", 0, "content"))
    beyond = further([segment], REACH)
    told = beyond.told(NEEDLES.scan([segment]), NEEDLES.scan(beyond.segments))

    assert told.scanned < told.total


async def test_what_is_masked_over_a_seam_is_masked_in_each_part() -> None:
    """A number in two halves leaves neither half."""
    segments = [part("card 110105194", 0), part("91231002X, thanks", 1)]
    verdict = await screen(active_pack(), Direction.PROMPT, segments)

    assert Action.REDACT is verdict.action
    assert [
        (segments[0].path, "card *********"),
        (segments[1].path, "*********, thanks"),
    ] == sorted(redactions(verdict, segments))
    assert verdict.scanned == verdict.total == sum(len(s.text) for s in segments)
