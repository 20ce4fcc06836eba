"""Answers that go on from a prompt and run into a suffix: read as whoever joins them will."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import CHAT, Live, live
from needles import Needles
from vendors import vendors_app

from gateway.script import FORBIDDEN, FORBIDDEN_ZH, ID_CARD, Scene
from gateway.seams import SeamReading

HEAD, TAIL = FORBIDDEN[:6], FORBIDDEN[6:]
HEAD_ZH, TAIL_ZH = FORBIDDEN_ZH[:2], FORBIDDEN_ZH[2:]
SCENES = [
    Scene("@tail-zh", content=f"{TAIL_ZH}等等"),
    Scene("@head-zh", content=f"先说{HEAD_ZH}"),
    Scene("@tail", content=f"{TAIL} and more."),
    Scene("@head", content=f"And so {HEAD}"),
    Scene("@word", content=f"{FORBIDDEN} it is."),
    Scene("@id-tail", content=f"{ID_CARD[9:]} , noted"),
    Scene("@plain", content="a plain continuation."),
]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Live]:
    surfaces = ["openai.chat", "openai.completions", "ollama"]
    async with live(tmp_path, endpoint=vendors_app(SCENES), surfaces=surfaces) as running:
        yield running


PLACES = pytest.mark.parametrize("path", ["/v1/completions", "/api/generate"])
STREAM = pytest.mark.parametrize("stream", [False, True])


async def asked(gateway: Live, path: str, prompt: Any, **more: Any) -> httpx2.Response:
    body = {"model": "m", "prompt": prompt, **more}
    return await gateway.http.post(path, json=body)


@STREAM
@PLACES
@pytest.mark.parametrize(
    ("prompt", "left"), [(f"@tail {HEAD}", TAIL), (f"@tail-zh {HEAD_ZH}", TAIL_ZH)]
)
async def test_a_word_over_prompt_and_answer_is_stopped(
    gateway: Live, path: str, stream: bool, prompt: str, left: str
) -> None:
    """Either half is harmless alone; behind the first not one character of the second leaves."""
    answer = await asked(gateway, path, prompt, stream=stream)

    assert "content_filter" in answer.text
    assert left[:3] not in answer.text
    assert "blocked_output" == (await gateway.final())["outcome"]


@STREAM
@PLACES
@pytest.mark.parametrize(
    ("prompt", "suffix", "left"), [("@head", TAIL, HEAD), ("@head-zh", TAIL_ZH, HEAD_ZH)]
)
async def test_a_word_over_answer_and_suffix_is_stopped(
    gateway: Live, path: str, stream: bool, prompt: str, suffix: str, left: str
) -> None:
    """What stands in the middle is read on into what was given to follow it."""
    answer = await asked(gateway, path, prompt, suffix=suffix, stream=stream)

    assert "content_filter" in answer.text
    assert left not in answer.text


@STREAM
@PLACES
async def test_what_is_whole_in_the_answer_is_stopped_whatever_stands_around_it(
    gateway: Live, path: str, stream: bool
) -> None:
    """Letters on either side make another word of it for one reader, and none for another."""
    answer = await asked(gateway, path, "@word xyz", suffix="xyz", stream=stream)

    assert "content_filter" in answer.text
    assert FORBIDDEN[:4] not in answer.text


async def test_so_is_what_a_turn_was_begun_for(gateway: Live) -> None:
    """The same in chat: half a word in front does not hide a whole one behind it."""
    turns = [("user", "@word"), ("assistant", "abc"), ("user", "@word")]
    for begun in (turns[:2], turns):
        messages = [{"role": role, "content": text} for role, text in begun]
        body = {"model": "m", "messages": messages, "stream": True}
        answer = await gateway.http.post(CHAT, json=body)
        assert FORBIDDEN[:4] not in answer.text, begun


@STREAM
@PLACES
async def test_halves_that_never_meet_pass(gateway: Live, path: str, stream: bool) -> None:
    """A harmless prompt, answer and suffix; and halves with a word between them."""
    for prompt, suffix in [("@plain Once", " upon"), (f"@tail {HEAD} of", "it"), ("@head", "s")]:
        answer = await asked(gateway, path, prompt, suffix=suffix, stream=stream)
        assert 200 == answer.status_code
        assert "content_filter" not in answer.text, (prompt, suffix)


@STREAM
async def test_each_answer_goes_on_from_its_own_prompt(gateway: Live, stream: bool) -> None:
    """With several prompts, the second half of a word stands only behind the first of another."""
    body = {"prompt": [f"{HEAD} @tail of", "@tail den"], "stream": stream}
    answer = await gateway.http.post("/v1/completions", json={"model": "m", **body})

    assert "content_filter" not in answer.text


@STREAM
async def test_a_number_over_the_seam_is_masked_in_the_answer(gateway: Live, stream: bool) -> None:
    """As over any seam: what stands in the prompt has been said already."""
    prompt = f"@id-tail {ID_CARD[:9]}"
    answer = await asked(gateway, "/v1/completions", prompt, stream=stream)

    assert ID_CARD[9:14] not in answer.text
    assert "noted" in answer.text


WORD = "badword"
NEEDLES = Needles({WORD: "stop"})
fills = st.text(alphabet="bad wor", max_size=12)


@given(fills, fills, fills, st.lists(st.integers(0, 12), max_size=4))
def test_all_that_crosses_a_seam_is_told_and_none_of_it_has_left(
    before: str, text: str, after: str, cuts: list[int]
) -> None:
    """For any cutting: exactly what plain search sees over the seams, and held till then."""
    reading = SeamReading(lambda: NEEDLES.stream(frozenset({"stop"})), 12, before, after)
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    told: set[tuple[int, int]] = set()
    safe = 0
    for a, b in itertools.pairwise(edges):
        found = reading.feed(text[a:b])
        assert all(finding.start >= safe for finding in found)
        told |= {(finding.start, finding.end) for finding in found}
        safe = reading.safe
    told |= {(finding.start, finding.end) for finding in reading.finish()}

    assert reading.safe == len(text)
    assert told == (over_seams(before, text, after) if text else set())


def over_seams(before: str, text: str, after: str) -> set[tuple[int, int]]:
    """Where plain search finds the word across an end of `text`, as far as it lies within."""
    joined, lead = before + text + after, len(before)
    starts = [at - lead for at in range(len(joined)) if joined.startswith(WORD, at)]
    spans = [(start, start + len(WORD)) for start in starts]
    return {
        (max(0, start), min(end, len(text)))
        for start, end in spans
        if start < 0 < end or start < len(text) < end
    }
