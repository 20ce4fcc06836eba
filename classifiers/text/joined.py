"""Words taken to pieces in ways that other disguises hide behind: spaced evenly, or quoted in code.

`classifiers.text.gaps` finds a word that is only broken by separators. What is broken and also
bent, borrowed or split has to be put together first, so that it can be looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifiers.text.rewrite import rewrite, splice
from classifiers.text.view import View

_SIGNS = r"!@$|€£¡¢¥µ"
_UNIT = rf"[^\W_{_SIGNS}]|[{_SIGNS}](?=\W)"
_EVEN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_UNIT})([^\w\s]{{1,8}}|\s{{1,3}}|_)(?:{_UNIT})"
    rf"(?:\1(?:{_UNIT}))+(?![A-Za-z0-9])"
)
_ASCII = re.compile("[\x00-\x7f]*")

_ONE = rf"[\p{{L}}\p{{N}}{_SIGNS}]"
_GAP = r"[^\p{L}\p{N}]{1,8}"
TRIGGER_EVEN = rf"(?:^|[^A-Za-z0-9])(?:{_ONE}{_GAP}){{3}}{_ONE}(?:$|[^A-Za-z0-9])"

_QUOTES = "\"'`“”‘’"
_BETWEEN = re.compile(
    rf"(?<=[^\W_])[{_QUOTES}](\s{{0,2}}(?:\+|\.\.|[.&,~]|\|\||\s)\s{{0,2}}|\s{{0,2}})"
    rf"[{_QUOTES}](?=[^\W_])"
)
_LETTERS = re.compile(r"[^\W_]{1,3}")

TRIGGER_QUOTED = (
    rf"[\p{{L}}\p{{N}}][{_QUOTES}]\s{{0,2}}(?:\+|\.\.?|&|,|~|\|\|)?\s{{0,2}}"
    rf"[{_QUOTES}][\p{{L}}\p{{N}}]"
)


def evened(view: View) -> list[View]:
    """The text without a separator that stands, always the same, between single characters."""
    changed = splice(view, _evenly(view))
    return [changed] if changed else []


def _evenly(view: View) -> Iterator[tuple[int, int, str]]:
    for match in _EVEN.finditer(view.text):
        separator = match.group(1)
        at = match.start() + 1
        while at < match.end():
            yield at, at + len(separator), ""
            at += len(separator) + 1


def unquoted(view: View) -> list[View]:
    """String literals that stand side by side, or with a sign of putting together, as one.

    A comma also lists things, so it only counts beside a scrap of a word.
    """
    changed = rewrite(view, _BETWEEN, _together)
    return [changed] if changed else []


def _together(match: re.Match[str]) -> str | None:
    if "," not in match.group(1):
        return ""
    text, start, end = match.string, match.start(), match.end()
    before = _LETTERS.fullmatch(_word_before(text, start))
    after = _LETTERS.match(text, end)
    whole = after is not None and not text[after.end() : after.end() + 1].isalnum()
    return "" if before or whole else None


def _word_before(text: str, end: int) -> str:
    start = end
    while start > max(0, end - 5) and text[start - 1].isalnum():
        start -= 1
    return text[start:end]
