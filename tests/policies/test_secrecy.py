"""No word of a list is in a verdict, nor in anything it is made of."""

from __future__ import annotations

from classifiers.types import Segment
from policies.build import build_panel
from policies.decide import decide
from policies.load import load_pack
from policies.types import Action, Direction


async def test_a_verdict_holds_no_word_of_a_list() -> None:
    """Refusals, records and metrics are made of it: leaf, rule and place, never the word."""
    loaded = load_pack("cn-interim-measures")
    segments = [Segment(term.text) for term in loaded.terms]
    report = await build_panel(loaded).classify(segments)
    verdict = decide(loaded.pack, Direction.OUTPUT, report, segments)
    told = repr(verdict).casefold()

    assert verdict.action is Action.BLOCK
    assert len({hit.finding.segment for hit in verdict.hits}) > len(segments) * 0.9
    assert [term for term in loaded.terms if term.text.casefold() in told] == []
