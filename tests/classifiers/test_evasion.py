"""The evasion suite: what is hidden is found and mapped home, in pieces too; twins are left alone.

`benchmarks/evasion` makes the cases; `python -m benchmarks.disguises` shows them row by row.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from benchmarks.disguises import Seen, counted, judged, rate
from benchmarks.evasion.suite import cases, twins
from benchmarks.evasion.words import terms
from classifiers.batch import Batch
from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.types import Segment

SOAK = os.environ.get("STOPLOG_SOAK") == "1"
SEED = 20231
EACH = {"a": 60, "b": 60} if SOAK else {"a": 32, "b": 6}
OTHER = {"a": "b", "b": "a"}


@pytest.fixture(scope="module", params=["a", "b"])
def which(request: pytest.FixtureRequest) -> str:
    """The terms we build with, and others that we only check with."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def batch(which: str) -> Batch:
    return Batch(terms(which))


@pytest.fixture(scope="module")
def seen(which: str, batch: Batch) -> list[Seen]:
    each = EACH[which]
    return judged(batch.whole, cases(which, SEED, each, each * 60))


def test_suite_is_as_large_as_it_says(which: str, seen: list[Seen]) -> None:
    """Five thousand cases of the set we build with."""
    assert which == "b" or len(seen) >= 5000


@pytest.mark.parametrize(("tier", "least"), [(1, 0.99), (2, 0.95)])
def test_what_is_hidden_is_found(seen: list[Seen], tier: int, least: float) -> None:
    """Tier 1: what normalising undoes. Tier 2: tables, decoders, two disguises at once."""
    rows = counted(seen)

    assert rate(rows, tier) >= least, [row for row in rows if row.caught < row.cases]


def test_no_row_is_lost(seen: list[Seen]) -> None:
    """No way of hiding is left to the average."""
    weak = [row for row in counted(seen) if row.tier < 3 and row.caught < 0.8 * row.cases]

    assert not weak


def test_span_is_the_disguise_and_nothing_else(seen: list[Seen]) -> None:
    """What is masked is what was hidden, for all but one in two hundred."""
    exact = [one for one in seen if one.caught and one.case.exact]

    assert sum(one.exactly for one in exact) >= 0.995 * len(exact)


def test_no_twin_is_hit(which: str, batch: Batch) -> None:
    """The same disguises about other words, and texts that only look alike."""
    likenesses = judged(batch.whole, twins(which, OTHER[which], SEED, max(2, EACH[which] // 3)))

    assert not [(one.case.text, one.result.hits) for one in likenesses if one.result.hits]


def test_pieces_give_the_verdict_of_the_whole(which: str, batch: Batch, seen: list[Seen]) -> None:
    """Every kind of case, cut at random places."""
    chance = Random(SEED)
    long = 4000 if SOAK else 2000
    some = [one for one in seen if len(one.case.text) < long]
    for one in some if SOAK else chance.sample(some, 400):
        streamed = batch.streamed(one.result_case, chance.choice((1, 2, 3, 4, 7, 19)))

        assert streamed == one.result, one.case


def test_nothing_hidden_leaves_a_stream_before_it_is_found(which: str) -> None:
    """However it is cut, the guard holds all of a disguise until it is told."""
    lexicon = Lexicon.compile([Term(text) for text in terms(which)])
    chance = Random(SEED)
    found = list(cases(which, SEED + 1, 2, 60 if SOAK else 20))
    for case in found:
        if len(case.text) > 2000 or not lexicon.scan([Segment(case.text)]).findings:
            continue
        stream = lexicon.stream(lexicon.categories)
        at = 0
        while at < len(case.text):
            size = chance.randint(1, 9)
            before = stream.safe
            told = stream.feed(case.text[at : at + size])
            assert all(before <= finding.start for finding in told), case
            at += size
        before = stream.safe
        assert all(before <= finding.start for finding in stream.finish()), case
