"""Characters that a reader never sees as such: tags, comments, control sequences, deletions."""

from __future__ import annotations

import re

from classifiers.text.rewrite import rewrite
from classifiers.text.view import View

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

    def home() -> tuple[list[int], list[int]]:
        begins, ends = view.begins, view.ends
        return [begins[at] for at in stack], [ends[at] for at in stack]

    return [View("".join(view.text[at] for at in stack), home)]


def overridden(view: View) -> list[View]:
    """The text with right-to-left overrides read in the order they show."""
    text = view.text
    spans = [match.span(1) for match in _OVERRIDE.finditer(text)]
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += text[at:start], text[start:end][::-1]
        at = end
    if not spans:
        return []
    return [View("".join([*pieces, text[at:]]), lambda: _home(view, spans))]


def _home(view: View, spans: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Where the characters stand once these stretches are turned round."""
    begins, ends = list(view.begins), list(view.ends)
    for start, end in spans:
        begins[start:end] = begins[start:end][::-1]
        ends[start:end] = ends[start:end][::-1]
    return begins, ends
