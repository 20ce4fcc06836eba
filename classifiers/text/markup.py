"""Characters that a reader never sees as such: tags, comments, control sequences, deletions."""

from __future__ import annotations

import re

from classifiers.text.rewrite import rewrite
from classifiers.text.view import View, joined

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

TRIGGER_MARKUP = r"<[A-Za-z/!]|\x1b|\x{9b}|\\(?:text|emph|math|under|mbox|hbox)|/\*|\]\(|\]\[|\{\}"
TRIGGER_ERASED = r"[\x08\x7f]"
TRIGGER_OVERRIDE = "\u202e"


def unmarked(view: View) -> list[View]:
    """The text with markup taken out."""
    changed = rewrite(view, _MARKUP, lambda _: "")
    return [changed] if changed else []


def erased(view: View) -> list[View]:
    """The text as a terminal shows it: each backspace or DEL takes away the character before."""
    stack: list[int] = []
    for at, char in enumerate(view.text):
        if char not in "\b\x7f":
            stack.append(at)
        elif stack:
            stack.pop()
    begins, ends = view.begins, view.ends
    text = "".join(view.text[at] for at in stack)
    return [View(text, [begins[at] for at in stack], [ends[at] for at in stack])]


def overridden(view: View) -> list[View]:
    """The text with right-to-left overrides read in the order they show."""
    pieces: list[View] = []
    at = 0
    for match in _OVERRIDE.finditer(view.text):
        start, end = match.span(1)
        part = view.part(start, end)
        pieces.append(view.part(at, start))
        pieces.append(View(part.text[::-1], part.begins[::-1], part.ends[::-1]))
        at = match.end()
    return [joined([*pieces, view.part(at, len(view.text))])] if pieces else []
