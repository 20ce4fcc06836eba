"""Reading stretches of a text as something else, with the way home kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
    pieces: list[str] = []
    begins: list[int] = []
    ends: list[int] = []

    def keep(start: int, end: int) -> None:
        pieces.append(view.text[start:end])
        begins.extend(view.begins[start:end])
        ends.extend(view.ends[start:end])

    at = None
    for start, end, new in edits:
        kept = _near(view.text, at, start)
        keep(*kept[0])
        for piece in kept[1:]:
            pieces.append(_WALL)
            begins.extend([view.begins[start]] * len(_WALL))
            ends.extend([view.ends[start]] * len(_WALL))
            keep(*piece)
        pieces.append(new)
        begins.extend([view.begins[start]] * len(new))
        ends.extend([view.ends[end - 1]] * len(new))
        at = end
    if at is None:
        return None
    keep(at, _whole(view.text, at + _REACH, 1))
    return View("".join(pieces), begins, ends)


def _near(text: str, before: int | None, after: int) -> list[tuple[int, int]]:
    """What to keep between two edits: all of a short stretch, both ends of a long one."""
    if before is not None and after - before < 2 * _REACH:
        return [(before, after)]
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
    first, last = view.span(start, end)
    return View(text, [first] * len(text), [last] * len(text))
