"""Characters that a reader never sees as such: tags, comments, control sequences, deletions."""

from __future__ import annotations

import re

import numpy as np

from classifiers.text.rewrite import rewrite, splice
from classifiers.text.view import Places, View, numbers_of, places_of

_MARKUP = re.compile(
    r"<!--.{0,512}?-->|</?[A-Za-z][^<>]{0,256}>|<!\[CDATA\[|\]\]>"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)|[@-Z\\^_])"
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\\(?:text(?:bf|it|tt|rm|sf|sc)?|emph|mathrm|mathbf|mathit|underline|mbox|hbox)(?=\{)"
    r"|/\*.{0,256}?\*/|\{\}"
    r"|(?<=\])\([^()\s]{0,256}\)|\]\[[^\[\]]{0,64}\]",
    re.DOTALL,
)
_OVERRIDE = re.compile("[\u202e\u202d]([^\u202a-\u202e\n]{1,512})\u202c?")
_DELETIONS = re.compile("[\b\x7f]+")

TRIGGER_MARKUP = r"<[A-Za-z/!]|\x1b|\x{9b}|\\(?:text|emph|math|under|mbox|hbox)|/\*|\]\(|\]\[|\{\}"
TRIGGER_ERASED = r"[\x08\x7f]"
TRIGGER_OVERRIDE = "\u202e"


def unmarked(view: View) -> list[View]:
    """The text with markup taken out."""
    changed = rewrite(view, _MARKUP, lambda _: "")
    return [changed] if changed else []


def erased(view: View) -> list[View]:
    """The text as a terminal shows it: each backspace or DEL takes away the character before."""
    changed = splice(view, ((start, end, "") for start, end in _struck(view.text)))
    return [changed] if changed else []


def _struck(text: str) -> list[tuple[int, int]]:
    """The stretches that are taken away, with the deletions themselves."""
    gone: list[tuple[int, int]] = []
    for match in _DELETIONS.finditer(text):
        start, end = match.span()
        left = end - start
        while left and start:
            before = gone[-1][1] if gone else 0
            taken = min(left, start - before)
            start, left = start - taken, left - taken
            if start == before and gone:
                start = gone.pop()[0]
        gone.append((start, end))
    return gone


def overridden(view: View) -> list[View]:
    """The text with right-to-left overrides read in the order they show."""
    text = view.text
    spans = [match.span(1) for match in _OVERRIDE.finditer(text)]
    if not spans:
        return []
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += text[at:start], text[start:end][::-1]
        at = end
    return [View("".join([*pieces, text[at:]]), lambda: _home(view, spans))]


def _home(view: View, spans: list[tuple[int, int]]) -> tuple[Places, Places]:
    """Where the characters stand once these stretches are turned round."""
    order = np.arange(len(view.text))
    for start, end in spans:
        order[start:end] = order[start:end][::-1]
    return places_of(numbers_of(view.begins)[order]), places_of(numbers_of(view.ends)[order])
