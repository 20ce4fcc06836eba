"""Replay: what a candidate newly stops and newly passes, counted by leaf, without the words."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from classifiers.types import Failure, FailureReason, Report, Role, Segment
from policies.build import build_panel
from policies.load import load_pack
from policies.replay import SAMPLES, Judge, Shift, ShiftRow, Text, replay
from policies.types import Direction

BENIGN = "a forbidden word is no such thing"


def judge(folder: Path) -> Judge:
    loaded = load_pack(folder)
    return Judge(loaded.pack, build_panel(loaded).classify)


def changed(sample: Path, file: str, old: str, new: str) -> Judge:
    """A copy of the sample in which one thing is another."""
    other = Path(shutil.copytree(sample, sample.parent / "candidate" / "sample"))
    text = (other / file).read_text(encoding="utf-8")
    assert old in text
    (other / file).write_text(text.replace(old, new), encoding="utf-8")
    return judge(other)


def prompts(*texts: str) -> list[Text]:
    return [Text(f"t{n}", text, Role.USER, Direction.PROMPT) for n, text in enumerate(texts)]


async def test_a_pack_against_itself_changes_nothing(sample: Path) -> None:
    """Though a text is stopped by both."""
    traffic = prompts("a forbiddenword", BENIGN)
    found = await replay(judge(sample), judge(sample), traffic)

    assert (found.compared, found.stopped_before, found.stopped_after) == (2, 1, 1)
    assert (found.rows, found.samples) == ((), ())


async def test_a_new_term_newly_stops_what_holds_it_and_not_its_look_alike(sample: Path) -> None:
    """Counted under its leaf, as a share of the prompts."""
    new = changed(sample, "lexicon/S.1.txt", "forbiddenword", "forbiddenword\nplaceholderterm")
    traffic = prompts("a forbiddenword", "the placeholderterm", "the place holder", BENIGN)
    found = await replay(judge(sample), new, traffic)

    assert found.rows == (
        ShiftRow("newly stopped", "prompt", "", 1, 0.25, ""),
        ShiftRow("newly stopped", "prompt", "S.1", 1, 0.25, "t1"),
    )
    assert (found.stopped_before, found.stopped_after) == (1, 2)


async def test_a_milder_action_newly_passes_what_the_old_leaf_stopped(sample: Path) -> None:
    """The leaf is that of the pack which stopped it."""
    new = changed(sample, "pack.yaml", "prompt: block", "prompt: flag")
    found = await replay(judge(sample), new, prompts("a forbiddenword", BENIGN))

    assert [(row.change, row.leaf, row.ids) for row in found.rows] == [
        ("newly passed", "", ""),
        ("newly passed", "S.1", "t0"),
    ]
    assert [text.text for text in found.samples] == ["a forbiddenword"]


async def test_a_stricter_flag_stops_nobody_and_is_told_apart(sample: Path) -> None:
    """A mark on the record is no stop."""
    new = changed(sample, "pack.yaml", "prompt: flag", "prompt: redact")
    found = await replay(judge(sample), new, prompts("write to someone@example.com", BENIGN))

    assert found.count(Shift.STRICTER) == 1
    assert found.count(Shift.STOPPED) == found.count(Shift.PASSED) == 0


async def test_directions_are_counted_apart(sample: Path) -> None:
    """A rate is of the texts that travel the same way."""
    new = changed(sample, "lexicon/S.1.txt", "forbiddenword", "forbiddenword\nplaceholderterm")
    traffic = [
        *prompts("the placeholderterm", BENIGN),
        Text("o", "the placeholderterm", Role.ASSISTANT, Direction.OUTPUT),
    ]
    found = await replay(judge(sample), new, traffic)

    assert [(row.direction, row.rate) for row in found.rows if row.leaf] == [
        ("prompt", 0.5),
        ("output", 1.0),
    ]


async def test_only_the_first_texts_are_named_and_no_row_holds_words(sample: Path) -> None:
    """A replay of a day's traffic fits a screen."""
    new = changed(sample, "pack.yaml", "prompt: block", "prompt: flag")
    found = await replay(judge(sample), new, prompts(*["a forbiddenword"] * 9))

    assert [(row.texts, row.ids) for row in found.rows if row.leaf] == [(9, "t0 t1 t2 t3 t4")]
    assert len(found.samples) == SAMPLES
    assert "forbidden" not in repr(found)


async def failing(segments: Sequence[Segment]) -> Report:
    return Report(failures=(Failure("model", FailureReason.TIMEOUT),))


async def test_a_text_on_which_a_classifier_fails_is_not_compared(sample: Path) -> None:
    """A time-out would pass for a candidate that stops everything."""
    broken = Judge(load_pack(sample).pack, failing)
    found = await replay(judge(sample), broken, prompts(BENIGN, BENIGN))

    assert (found.compared, found.failed, found.rows) == (0, 2, ())
