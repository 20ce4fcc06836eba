"""Reading stretches of a text as something else, with the way home kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from classifiers.text.gaps import MAX_GAP
from classifiers.text.squeeze import in_token
from classifiers.text.view import View

_REACH = 128
"""Characters about an edit that are read with it: more than a word and its separators."""

_WALL = "\ufdd0" * (MAX_GAP + 1)
"""Stands for text left out: a gap that no word is read across."""

Replacement = Callable[[re.Match[str]], str | None]
"""What a match is read as; None where it stays as it is."""


def rewrite(view: View, pattern: re.Pattern[str], replace: Replacement) -> View | None:
    """The view with every match read as `replace` says. None where nothing changed.

    Characters of a replacement each map to the whole of their match.
    """
    found = ((match, replace(match)) for match in pattern.finditer(view.text))
    return splice(view, ((m.start(), m.end(), new) for m, new in found if new is not None))


def splice(view: View, edits: Iterable[tuple[int, int, str]]) -> View | None:
    """The view with each `[start, end)` read as its text; edits in order and apart.

    Text further than a word's reach from every edit is left out, for it reads as it did before.
    """
    text = view.text
    pieces: list[str] = []
    stretches: list[int] = []
    at = None
    for start, end, new in edits:
        if at is not None and start - at < 2 * _REACH:
            kept = [(at, start)]
        else:
            kept = _near(text, at, start)
        pieces.append(text[kept[0][0] : kept[0][1]])
        stretches += (*kept[0], 0)
        for first, last in kept[1:]:
            pieces += _WALL, text[first:last]
            stretches += (start, start + 1, len(_WALL), first, last, 0)
        if new:
            pieces.append(new)
            stretches += (start, end, len(new))
        at = end
    if at is None:
        return None
    last = _whole(text, at + _REACH, 1)
    pieces.append(text[at:last])
    stretches += (at, last, 0)
    return View("".join(pieces), lambda: _home(view, stretches))


def _home(view: View, stretches: Sequence[int]) -> tuple[list[int], list[int]]:
    """The way home of a view put together of stretches, three numbers each.

    `[start, end)` of the text, and for how many characters all of it stands; 0: one for one.
    """
    begins: list[int] = []
    ends: list[int] = []
    old_begins, old_ends = view.begins, view.ends
    numbers = iter(stretches)
    for start, end, count in zip(numbers, numbers, numbers, strict=True):
        if count:
            begins.extend(repeat(old_begins[start], count))
            ends.extend(repeat(old_ends[end - 1], count))
        else:
            begins.extend(old_begins[start:end])
            ends.extend(old_ends[start:end])
    return begins, ends


def _near(text: str, before: int | None, after: int) -> list[tuple[int, int]]:
    """What to keep between two edits that are not close: both ends, or all of it."""
    head = _whole(text, after - _REACH, -1)
    if before is None:
        return [(head, after)]
    tail = _whole(text, before + _REACH, 1)
    return [(before, after)] if head - tail < _REACH else [(before, tail), (head, after)]


def _whole(text: str, at: int, step: int) -> int:
    """`at` moved outward to the edge of the token it is in, so that no token is cut."""
    at = min(max(at, 0), len(text))
    for _ in range(_REACH):
        if not (0 < at < len(text) and in_token(text[at]) and in_token(text[at - 1])):
            break
        at += step
    return at


def payload(view: View, start: int, end: int, text: str) -> View:
    """A text that the stretch `[start, end)` carries as a whole."""
    return payloads(view, [(start, end, text)])


def payloads(view: View, carried: Sequence[tuple[int, int, str]]) -> View:
    """Texts that stretches `[start, end)` carry, each as a whole, walls between them."""

    def home() -> tuple[list[int], list[int]]:
        begins: list[int] = []
        ends: list[int] = []
        for number, (start, end, text) in enumerate(carried, 1):
            first, last = view.span(start, end)
            length = len(text) + len(_WALL) * (number < len(carried))
            begins += [first] * length
            ends += [last] * length
        return begins, ends

    return View(_WALL.join([text for _, _, text in carried]), home)
