"""Reading stretches of a text as something else, with the way home kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.text.fold import codes_of, text_of_codes
from classifiers.text.page import WALL
from classifiers.text.squeeze import in_token
from classifiers.text.view import Numbers, Places, View, numbers_of, places_of

_REACH = 128
"""Characters about an edit that are read with it: more than a word and its separators."""
_BESIDE = 48
"""Characters between two edits that one word may need both of, and about an edit of an edit."""

Spans = Sequence[tuple[int, int]] | NDArray[np.int64]
"""Stretches `[start, end)`, in order and apart."""
Edit = tuple[int, int, str]
"""A stretch `[start, end)`, and what it is read as."""
Replacement = Callable[[re.Match[str]], str | None]
"""What a match is read as; None where it stays as it is."""


def rewrite(view: View, pattern: re.Pattern[str], replace: Replacement) -> View | None:
    """The view with every match read as `replace` says. None where nothing changed.

    Characters of a replacement each map to the whole of their match.
    """
    found = ((match, replace(match)) for match in pattern.finditer(view.text))
    return splice(view, ((m.start(), m.end(), new) for m, new in found if new is not None))


def splice(
    view: View,
    edits: Iterable[Edit],
    *,
    even: bool = False,
    all_of_it: bool = False,
    cut: bool = False,
) -> View | None:
    """The view with each `[start, end)` read as its text; edits in order and apart.

    Text further than a word's reach from every edit is left out, for it reads as it did before,
    unless `all_of_it` is asked for.
    `even`: each character of an edit's text stands for the one in its place, not for all of them.
    `cut`: the edits say more than was read of them.
    """
    rows = list(edits)
    if view.changed is not None and rows:
        rows = _near_changes(rows, view.changed())
    if not rows:
        return None
    text = view.text
    first, last = 0, len(text)
    if not all_of_it:
        reach = _REACH if view.changed is None else _BESIDE
        rows = _without_the_far(text, rows, reach)
        first = _whole(text, rows[0][0] - reach, -1)
        last = _whole(text, rows[-1][1] + reach, 1)
    starts, ends, news = zip(*rows, strict=True)
    pieces = [""] * (2 * len(rows) + 1)
    pieces[::2] = [text[at:to] for at, to in zip((first, *ends), (*starts, last), strict=True)]
    pieces[1::2] = news

    def changed() -> Numbers:
        lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
        return (np.cumsum(lengths) - lengths)[1::2]

    def home() -> tuple[Places, Places]:
        return _home(view, (first, last), rows, even)

    return View("".join(pieces), home, changed=None if all_of_it else changed, cut=cut)


def _near_changes(rows: list[Edit], changes: Numbers) -> list[Edit]:
    """The edits near places that read otherwise already: elsewhere, they were made before."""
    starts = np.array([start for start, _, _ in rows], np.int64)
    ends = np.array([end for _, end, _ in rows], np.int64)
    near = np.searchsorted(changes, starts - _BESIDE) < np.searchsorted(changes, ends + _BESIDE)
    return [row for row, wanted in zip(rows, near.tolist(), strict=True) if wanted]


def _home(
    view: View, reach: tuple[int, int], rows: Sequence[Edit], even: bool
) -> tuple[Places, Places]:
    """The way home of the stretch `reach` of a view with these edits."""
    starts = np.array([start for start, _, _ in rows], np.int64)
    ends = np.array([end for _, end, _ in rows], np.int64)
    # What stood between the edits and the edits, in turn.
    begins = np.empty(2 * len(rows) + 1, np.int64)
    begins[0], begins[1::2], begins[2::2] = reach[0], starts, ends
    stops = np.append(begins[1:], reach[1])
    lengths = stops - begins
    whole = np.zeros(len(begins), bool)
    if not even:
        lengths[1::2] = [len(new) for _, _, new in rows]
        whole[1::2] = True
    else:
        whole[1::2] = [new is WALL for _, _, new in rows]
        lengths[whole] = len(WALL)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    wholly = np.repeat(whole, lengths)
    first = np.repeat(begins, lengths) + np.where(wholly, 0, within)
    last = np.where(wholly, np.repeat(stops, lengths) - 1, first)
    return places_of(numbers_of(view.begins)[first]), places_of(numbers_of(view.ends)[last])


def _without_the_far(text: str, rows: list[Edit], reach: int) -> list[Edit]:
    """The edits, and between those far apart one that leaves out what is near neither."""
    found = rows[:1]
    for row in rows[1:]:
        before, after = found[-1][1], row[0]
        if after - before >= 2 * reach:
            tail, head = _whole(text, before + reach, 1), _whole(text, after - reach, -1)
            if head - tail >= reach:
                found.append((tail, head, WALL))
        found.append(row)
    return found


def _whole(text: str, at: int, step: int) -> int:
    """`at` moved outward to the edge of the token it is in, so that no token is cut."""
    at = min(max(at, 0), len(text))
    for _ in range(_REACH):
        if not (0 < at < len(text) and in_token(text[at]) and in_token(text[at - 1])):
            break
        at += step
    return at


def respelled(view: View, spans: Spans, table: Mapping[int, str]) -> View | None:
    """The view with the characters of these stretches read as the table says, one for one."""
    text = view.text
    if view.changed is not None or 2 * _REACH * len(spans) < len(text):
        rows = spans.tolist() if isinstance(spans, np.ndarray) else spans
        edits = ((start, end, text[start:end].translate(table)) for start, end in rows)
        return splice(view, edits, even=True)
    steps = np.zeros(len(text) + 1, np.int8)
    starts, ends = np.asarray(spans, np.int64).T
    steps[starts] = 1
    steps[ends] -= 1
    inside = np.cumsum(steps[:-1], dtype=np.int8).astype(bool)
    read = codes_of(text.translate(table))
    return view.read_as(text_of_codes(np.where(inside, read, codes_of(text))))


def payload(view: View, start: int, end: int, text: str, *, cut: bool = False) -> View:
    """A text that the stretch `[start, end)` carries as a whole; `cut` where it says more."""
    return payloads(view, [(start, end, text)], cut=cut)


def payloads(view: View, carried: Sequence[tuple[int, int, str]], *, cut: bool = False) -> View:
    """Texts that stretches `[start, end)` carry, each as a whole, walls between them."""

    def home() -> tuple[Places, Places]:
        spans = [view.span(start, end) for start, end, _ in carried]
        lengths = [len(text) + len(WALL) for _, _, text in carried]
        lengths[-1] -= len(WALL)
        begins, ends = np.repeat(np.array(spans, np.int64), lengths, axis=0).T
        return places_of(begins), places_of(ends)

    return View(WALL.join([text for _, _, text in carried]), home, cut=cut)
