"""Where the end of a growing text is still in the middle of something.

A disguise is undone whole: half an entity, tag or base64 token says nothing yet. Ordinary words
and Han are the only text that is taken as it comes.
"""

from __future__ import annotations

import re

_REACH = 4096
_ORDINARY = re.compile(r"(?![0-9A-Fa-f]{2}\Z)(?:[A-Z]?[a-z]+|[A-Z][A-Z]+)[.,;:!?\"')]*\Z")
_BREAK = re.compile(r"[\s\u3400-\u9fff，。！？、：；“”（）《》]")
_ENCLOSED = (("<!--", "-->", 520), ("<", ">", 260), ("/*", "*/", 260), ("\u202e", "\u202c", 520))
_FILLED = re.compile(r"(?:[\u3400-\u9fff][a-zA-Z0-9丨丶丿乀亅]){1,512}[\u3400-\u9fff]?\Z")


def unfinished_from(text: str) -> int:
    """Where the text's last unfinished stretch begins; its length where there is none."""
    end = len(text)
    start = _odd_tokens(text, end)
    for opening, closing, reach in _ENCLOSED:
        at = text.rfind(opening, max(0, end - reach))
        if at >= 0 and text.find(closing, at) < 0:
            start = min(start, at)
    filled = _FILLED.search(text, max(0, end - 64))
    start = min(start, filled.start()) if filled else start
    while 0 < start < end and text[start - 1] == text[start]:
        start -= 1
    return max(start, end - _REACH)


def _odd_tokens(text: str, end: int) -> int:
    """The start of the last token, and of those before it that are no ordinary words."""
    start, floor = _token_start(text, end), max(0, end - _REACH)
    while start > floor and text[start - 1].isspace():
        before = start
        while before > floor and text[before - 1].isspace():
            before -= 1
        earlier = _token_start(text, before)
        if earlier == before or _ORDINARY.match(text[earlier:before]):
            break
        start = earlier
    return start


def _token_start(text: str, end: int) -> int:
    floor = max(0, end - _REACH)
    found = _BREAK.search(text[floor:end][::-1])
    return end - found.start() if found else floor
