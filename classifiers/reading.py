"""What the bundled model reads of a text: the folded text, and what disguises hide in it.

The model reads the canonical view with pieces put together that symbols or spaces break apart, and
beside it each view that undoes a disguise, so that a spelling trick shows the model nothing new.
Ordinary text has one reading. All readings map back to the original.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from classifiers.text.page import WALL
from classifiers.text.view import View, canonical
from classifiers.text.views import Budget, disguised

_MOST = 4
"""Readings of one text, the plain one included."""
_ROOM = 65_536
_SKIPPED = frozenset({"once", "narrowed", "numbers", "base32", "hex", "morse"})
"""Views that ordinary text gives rise to and that are no running text."""
_HAN = "\u3400-\u9fff"
_BROKEN_HAN = re.compile(
    f"(?<=[{_HAN}])(?:_|[^\\w\\s{_HAN}，。！？；：、（）《》“”‘’()<>,.!?;:%/+]){{1,3}}(?=[{_HAN}])"
)
_APART_HAN = re.compile(f"(?<![{_HAN}] )(?:[{_HAN}] ){{3,}}[{_HAN}](?! [{_HAN}])")
_APART_LATIN = re.compile(
    r"(?<!\w)(?:[a-z0-9$@!]([ *·_~|.\-]|[\U0001f300-\U0001faff])){3,}[a-z0-9](?!\w)"
)
_THRICE = re.compile(r"([a-z\u3400-\u9fff])\1{2,}")


_NO_WALL = " " * len(WALL)
"""What stands for text left out of a view."""


def readings(text: str) -> tuple[list[tuple[str, View]], bool]:
    """The readings of a text, each with the name of its view, the plain one first.

    And whether there were more than are read.
    """
    folded = canonical(text)
    plain = joined(folded)
    found = [("plain", plain)]
    seen = {plain.text}
    budget = Budget(_MOST * 4, 2 * len(text) + _ROOM)
    more = False
    for name, view in disguised(text, budget):
        if name in _SKIPPED:
            continue
        if len(found) == _MOST:
            more = True
            break
        whole = joined(view.read_as(view.text.replace(WALL, _NO_WALL)))
        if whole.text not in seen:
            seen.add(whole.text)
            found.append((name, whole))
    return found, more or budget.spent


def plain_text(text: str) -> str:
    """The plain reading alone, without the way home: what the model is trained on."""
    return joined(canonical(text)).text


def joined(view: View) -> View:
    """The view with letters and characters put together that stand one by one."""
    for pattern, put_together in _APART:
        if pattern.search(view.text):
            view = _replaced(view, pattern, put_together)
    return view


def _replaced(
    view: View, pattern: re.Pattern[str], put_together: Callable[[re.Match[str]], str]
) -> View:
    found = list(pattern.finditer(view.text))
    pieces: list[str] = []
    at = 0
    for match in found:
        pieces += view.text[at : match.start()], put_together(match)
        at = match.end()
    text = "".join([*pieces, view.text[at:]])

    def home() -> tuple[list[int], list[int]]:
        begins: list[int] = []
        ends: list[int] = []
        at = 0
        for match, new in zip(found, pieces[1::2], strict=True):
            start, end = match.span()
            begins += [*view.begins[at:start], *[view.begins[start]] * len(new)]
            ends += [*view.ends[at:start], *[view.ends[end - 1]] * len(new)]
            at = end
        return [*begins, *view.begins[at:]], [*ends, *view.ends[at:]]

    return View(text, home)


_APART: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_BROKEN_HAN, lambda _: ""),
    (_APART_HAN, lambda match: match[0].replace(" ", "")),
    (_APART_LATIN, lambda match: match[0].replace(match[1], "")),
    (_THRICE, lambda match: match[1]),
)
