"""A classifier over a model: what it reads, what it reports, what it asks again."""

from __future__ import annotations

import base64

import pytest
from scorers import MALFORMED, Told, WordBackend

from classifiers.cache import VerdictCache
from classifiers.observing import Spared
from classifiers.panel import Panel
from classifiers.passages import passages
from classifiers.scored import Reading, ScoredClassifier
from classifiers.scoring import Side
from classifiers.types import Failure, FailureReason, Role, Segment

FLOORS = Reading(floors={"violence": 0.5, "hate": 0.5})


async def test_a_finding_has_its_span_and_score() -> None:
    """Of the window in which it was seen, in the segment's own characters."""
    text = "Nothing here. " * 10 + "Then a murky end."
    classifier = ScoredClassifier("m", WordBackend(), FLOORS)
    report = await classifier.classify([Segment("fine"), Segment(text)])

    assert (report.scanned, report.total) == (len(text) + 4,) * 2
    assert {("violence", 1)} == {(f.category, f.segment) for f in report.findings}
    assert all("murky" in text[f.start : f.end] for f in report.findings)
    assert max(f.end - f.start for f in report.findings) <= 64


async def test_every_character_of_a_long_text_is_read() -> None:
    """A word anywhere is in some window, also across the edge of one."""
    for at in range(0, 200, 7):
        text = "x" * at + "murky" + "y" * (250 - at)
        report = await ScoredClassifier("m", WordBackend(), FLOORS).classify([Segment(text)])

        assert report.findings, at


async def test_disguises_are_undone_before_the_model_reads() -> None:
    """And the span is where the disguise stands."""
    hidden = base64.b64encode(b"something murky this way comes").decode()
    for text, view in [(f"read {hidden} now", "base64"), ("mur\u200bky words", "plain")]:
        report = await ScoredClassifier("m", WordBackend(), FLOORS).classify([Segment(text)])

        assert {view} == {f.view for f in report.findings}


def test_ordinary_text_is_read_once() -> None:
    """Case, width of punctuation and language make no second reading."""
    ordinary = ["How do I bake bread?", "今天天气真好，我们去公园吧！", "HTTP 404: see RFC 9110."]

    assert len(ordinary) == len(passages([Segment(text) for text in ordinary], 512).passages)


def test_what_holds_no_word_is_not_asked_about() -> None:
    """Brackets, spaces and the empty text have nothing to judge."""
    segments = [Segment(text) for text in ("", "  ", "{}[]", "...!?", "\n")]

    assert () == passages(segments, 512).passages


async def test_sides_follow_who_speaks() -> None:
    """What the model said is judged as output, also within a prompt."""
    backend = WordBackend()
    segments = [Segment(f"by {role}", role) for role in Role]
    await ScoredClassifier("m", backend).classify(segments)
    sides = {text: side for side, texts in backend.scorer.batches for text in texts}

    assert {f"by {role}" for role in (Role.ASSISTANT, Role.REASONING)} == {
        text for text, side in sides.items() if side is Side.OUTPUT
    }


async def test_a_text_is_asked_about_once() -> None:
    """Within a batch by itself, between batches by the cache."""
    backend, told = WordBackend(), Told()
    cache = VerdictCache("pack", backend.digest)
    classifier = ScoredClassifier("m", backend, FLOORS, cache=cache, observer=told)
    first = await classifier.classify([Segment("murky"), Segment("murky")])
    again = await classifier.classify([Segment("murky")])

    assert ["murky"] == backend.asked
    assert (2, 1) == (len(first.findings), len(again.findings))
    assert {("m", Spared.ASKED): 1, ("m", Spared.CACHED): 1} == told.outcomes
    assert 2 == len(told.scores)


async def test_a_fault_is_a_failure_and_is_not_remembered() -> None:
    """Nothing counts as scanned, and the next call asks again."""
    backend = WordBackend(fault=MALFORMED)
    cache = VerdictCache("pack", backend.digest)
    classifier = ScoredClassifier("m", backend, FLOORS, cache=cache)
    report = await classifier.classify([Segment("murky")])
    backend.fault = None

    failure = Failure("m", FailureReason.MALFORMED, "score")
    assert ((), (failure,), 0, 5) == (
        report.findings, report.failures, report.scanned, report.total,
    )  # fmt: skip
    assert (await classifier.classify([Segment("murky")])).findings


async def test_only_scores_that_somebody_looks_for_are_findings() -> None:
    """Labels without a floor never are; without floors, every score is."""
    only = Reading(floors={"hate": 0.5})
    segments = [Segment("murky and muddy")]

    for reading, expected in [(only, ["hate"]), (Reading(), ["violence", "hate"])]:
        report = await ScoredClassifier("m", WordBackend(), reading).classify(segments)
        assert expected == [f.category for f in report.findings]


async def test_more_readings_than_are_looked_into_is_said() -> None:
    """Over budget is the verdict `undecodable`, for the pack to judge."""
    text = "so%20far <b>bold</b> ab\b \u202edlob\u202c ⠃⠕⠇⠙ .- -... -.-. 0x62 " + "6f6c64206f6c64"
    report = await ScoredClassifier("m", WordBackend(), FLOORS).classify([Segment(text)])

    assert [FailureReason.UNDECODABLE] == [f.reason for f in report.failures]


@pytest.mark.parametrize("size", [10, 200_000])
async def test_the_panel_believes_it(size: int) -> None:
    """Small batches and large ones."""
    text = "so murky. " * (size // 10)
    panel = Panel([], [ScoredClassifier("m", WordBackend(), FLOORS)])
    report = await panel.classify([Segment(text)])

    assert ((), len(text)) == (report.failures, report.scanned)
    assert report.findings
