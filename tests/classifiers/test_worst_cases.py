"""Texts made to be costly cost little, and long ordinary ones are read to the end."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.corpus import chinese, english, terms
from benchmarks.worst_cases import GENERATORS
from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.text.views import budget_for, disguised
from classifiers.types import FailureReason, Segment

SIZE = 65_536
WORD = "forbiddenword"
LEXICON = Lexicon.compile([Term(text) for text in (*terms(2000), WORD)])
_COSTLY = 500
"""Times what plain English of the same size takes."""


def _code(size: int) -> str:
    files = sorted(Path("classifiers").glob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)[:size]


def _records(size: int) -> str:
    chance = Random(1)
    words = english(20_000).split()
    records = [
        {"id": n, "name": chance.choice(words), "n": chance.random(), "ok": True}
        for n in range(size // 50)
    ]
    return json.dumps(records, separators=(",", ":"))[:size]


def _novel(size: int) -> str:
    words = "она сказала что вечером придёт домой и будет читать старую книгу у окна".split()
    chance = Random(1)
    return " ".join(chance.choice(words) for _ in range(size))[:size]


ORDINARY: dict[str, Callable[[int], str]] = {
    "English": english,
    "Chinese": chinese,
    "an image": lambda size: "See data:image/png;base64," + GENERATORS["base64"](size),
    "an attachment": lambda size: english(400) + "\n\n" + GENERATORS["base64 in lines"](size),
    "a hex dump": GENERATORS["hex in pairs"],
    "source code": _code,
    "JSON": _records,
    "a novel": _novel,
}


def held(text: str) -> int:
    """Characters that all views of a text hold."""
    return sum(len(view.text) for _, view in disguised(text, budget_for(text)))


@pytest.mark.parametrize("name", GENERATORS)
def test_views_hold_a_bounded_number_of_characters(name: str) -> None:
    """Whatever is hidden in what."""
    text = GENERATORS[name](SIZE)

    assert held(text) <= 8 * len(text) + 65_536


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(GENERATORS)), min_size=1, max_size=4),
    st.integers(min_value=16, max_value=4096),
)
def test_views_of_any_mixture_are_bounded(names: list[str], size: int) -> None:
    """Several kinds in one text."""
    text = " ".join(GENERATORS[name](size) for name in names)

    assert held(text) <= 8 * len(text) + 65_536


@pytest.mark.parametrize("name", ORDINARY)
def test_long_ordinary_text_is_read_to_the_end(name: str) -> None:
    """It is not failed as undecodable, and a word at its end is found."""
    text = f"{ORDINARY[name](SIZE)} {WORD}"
    report = LEXICON.scan([Segment(text)])

    assert () == report.failures
    assert len(text) in [finding.end for finding in report.findings]


def _bomb() -> str:
    return base64.b64encode(gzip.compress(b"a " * 4_000_000)).decode()


def _deep(word: str) -> str:
    data = f"a text of some length that says {word} at its end".encode()
    for _ in range(5):
        data = base64.b64encode(data)
    return data.decode()


OVER_BUDGET = {
    "a decoder bomb": _bomb(),
    "encoded five times": _deep(WORD),
    "more bits than are read": "\u200b\u200c" * 6_000,
    "guesses upon guesses": "".join(
        f"a{n % 7}b.c-d{n % 5}e rnvv{n % 3}ll 'x'+\"y\" aabb{n % 4}cc " for n in range(3_000)
    ),
}


@pytest.mark.parametrize("name", OVER_BUDGET)
def test_what_is_over_budget_is_told_as_undecodable(name: str) -> None:
    """Whichever budget it is, nothing is left unread in silence; what was found is still told."""
    report = LEXICON.scan([Segment(f"{WORD} {OVER_BUDGET[name]}")])

    assert [FailureReason.UNDECODABLE] == [failure.reason for failure in report.failures]
    assert 0 in [finding.start for finding in report.findings]


@pytest.mark.parametrize("name", OVER_BUDGET)
def test_a_stream_that_was_over_budget_says_so(name: str) -> None:
    """And does not forget it when the text that was too much is gone."""
    stream = LEXICON.stream(frozenset())
    stream.feed(OVER_BUDGET[name])
    stream.feed(" and so on")
    stream.finish()

    assert [FailureReason.UNDECODABLE] == [failure.reason for failure in stream.failures]


def test_a_word_behind_much_base64_is_read() -> None:
    """A token is decoded to its end, however long it is."""
    data = b"all is well and nothing happens here " * 4_000 + WORD.encode()
    report = LEXICON.scan([Segment(base64.b64encode(data).decode())])

    assert report.findings
    assert () == report.failures


def test_no_text_is_a_denial_of_service() -> None:
    """Generous, for machines that do other things as well."""
    plain = min(_taken(english(SIZE)) for _ in range(3))
    worst = {name: _taken(make(SIZE)) / plain for name, make in GENERATORS.items()}

    assert max(worst.values()) < _COSTLY, worst


def _taken(text: str) -> float:
    start = time.perf_counter()
    LEXICON.scan([Segment(text)])
    return time.perf_counter() - start
