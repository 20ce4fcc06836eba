"""Hold-back: what may leave, for any cutting of any text."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from needles import Needles

from classifiers.types import Role
from gateway.redact import mask
from gateway.sse import Frame, encode
from gateway.stream import Carried, Held, HoldBack, StreamGuard, mark_delivered

STOP, NOTE = "stop", "note"
NEEDLES = Needles({"badword": STOP, "违禁词": STOP, "mention": NOTE})

texts = st.lists(
    st.one_of(
        st.sampled_from(["badword", "bad", "word", "违禁", "词", "mention", " ", "badbadword"]),
        st.text(alphabet="abdorw违禁 x", max_size=6),
    ),
    max_size=8,
).map("".join)


def guard() -> StreamGuard:
    scan = NEEDLES.stream(frozenset({STOP}))
    return StreamGuard(0, (0, "message.content"), Role.ASSISTANT, scan, None)


def held(watched: StreamGuard, text: str) -> Held:
    start = watched.received
    watched.feed(text)
    piece = Carried(watched, start, watched.received, ("text",), text)
    return Held(Frame(encode(text.encode() or b" "), b""), {"text": text}, (piece,))


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    return [text[a:b] for a, b in itertools.pairwise(edges)]


@given(texts, st.lists(st.integers(min_value=0), max_size=10))
def test_no_character_of_a_match_is_released_before_it_is_found(text: str, cuts: list[int]) -> None:
    """Whatever has left when a match becomes certain lies before the match."""
    watched = guard()
    released = 0
    for piece in pieces_of(text, cuts):
        found = [f for f in watched.feed(piece) if f.category == STOP]
        assert all(f.start >= released for f in found)
        released = watched.releasable

    watched.finish()

    assert watched.releasable == len(text)


@given(texts, st.lists(st.integers(min_value=0), max_size=10))
def test_frames_leave_whole_in_order_and_all_of_them(text: str, cuts: list[int]) -> None:
    """After the end of the text nothing is held, nothing was lost, nothing changed places."""
    watched, queue = guard(), HoldBack(max_bytes=10_000)
    left: list[Held] = []
    for piece in pieces_of(text, cuts):
        assert queue.push(held(watched, piece))
        left += queue.pop_released()
    watched.finish()
    left += queue.pop_released()

    assert (text, None) == ("".join(c.text for h in left for c in h.carried), queue.since)


def test_clean_text_is_not_held() -> None:
    """Text in which nothing can be under way leaves at once."""
    watched, queue = guard(), HoldBack(max_bytes=1000)

    queue.push(held(watched, "good morning "))

    assert len(queue.pop_released()) == 1


def test_categories_that_are_only_noted_hold_nothing() -> None:
    """A live prefix of a word that is merely flagged does not delay anybody."""
    watched, queue = guard(), HoldBack(max_bytes=1000)

    queue.push(held(watched, "ment"))

    assert len(queue.pop_released()) == 1


def test_a_frame_waits_for_every_text_it_carries() -> None:
    """Two choices in one frame: the later of the two lets it go."""
    first, second, queue = guard(), guard(), HoldBack(max_bytes=1000)
    one, two = held(first, "hello "), held(second, "bad")
    queue.push(Held(one.frame, one.event, (*one.carried, *two.carried)))
    early = queue.pop_released()
    second.feed("ly")

    assert ([], 1) == (early, len(queue.pop_released()))


def test_what_is_held_is_bounded() -> None:
    """A stream that makes the gateway hold too much is to be stopped, not stored."""
    watched, queue = guard(), HoldBack(max_bytes=30)

    assert [True, False] == [queue.push(held(watched, "bad")), queue.push(held(watched, "b" * 30))]


def test_redactions_are_masked_across_frames() -> None:
    """A span over two frames is masked in both, and only there."""
    watched = guard()
    first, second = held(watched, "my id is 12"), held(watched, "34 and more")
    watched.redactions.append((9, 13))

    edits = [first.edits, second.edits]

    assert [[(("text",), "my id is **")], [(("text",), "** and more")]] == edits


def test_delivered_marks_move_with_the_frames() -> None:
    """The mark says how far the text was let go, in characters."""
    watched = guard()
    frame = held(watched, "hello")

    mark_delivered([frame])

    assert watched.delivered == 5


@given(
    st.text(max_size=30), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5)
)
def test_masks_keep_length_and_everything_outside(text: str, spans: list[tuple[int, int]]) -> None:
    """One mark per character inside the spans, every other character as it was."""
    masked = mask(text, spans)

    expected = [
        "*" if any(a <= i < b for a, b in spans) else character for i, character in enumerate(text)
    ]
    assert "".join(expected) == masked
