"""Words bent at the keyboard: digits for letters, letters said twice, letters put between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

from classifiers.text.rewrite import splice
from classifiers.text.tokens import lowered, stammers
from classifiers.text.view import View

_READ_AS = dict(zip("0134578@$!|+€£692¡¢¥µ", "oieastbasiitelbgzicyu", strict=True))
_FIRST = str.maketrans(_READ_AS)
_SECOND = str.maketrans({**_READ_AS, "1": "l", "!": "l", "|": "l", "7": "l", "6": "g", "9": "q"})
_SIGNS = re.escape("".join(_READ_AS))
_BENT = re.compile(
    rf"(?<![{_SIGNS}])[{_SIGNS}]{{1,8}}(?=[A-Za-z])|(?<=[A-Za-z])[{_SIGNS}]{{0,8}}[01345780@$+]"
)
_SPACED = re.compile(
    rf"(?<![A-Za-z0-9])(?:[A-Za-z{_SIGNS}][ .\-_*~]{{1,3}}){{3,}}[A-Za-z{_SIGNS}](?![A-Za-z0-9])"
)
_HAN = "\u3400-\u9fff"
_TWICE = re.compile(r"([^\W\d_])\1+")
_FILLED_HAN = re.compile(rf"[{_HAN}](?:([a-zA-Z0-9丨丶丿乀亅])[{_HAN}])(?:\1[{_HAN}])+")
_BARE_HAN = re.compile(rf"[{_HAN}][丨丶丿乀亅][{_HAN}]")
_FILLED = re.compile(r"[a-z](?:([a-z])[a-z])(?:\1[a-z]){3,}", re.IGNORECASE)

TRIGGER_LEET = (
    rf"[A-Za-z][{_SIGNS}][A-Za-z{_SIGNS}]|[{_SIGNS}][A-Za-z][A-Za-z{_SIGNS}]"
    rf"|[A-Za-z][01345780@$]|[01345780@$][A-Za-z]|[A-Za-z][ .\-_*~]{{1,3}}[{_SIGNS}][ .\-_*~]"
)
TRIGGER_FILLED = (
    rf"[\x{{3400}}-\x{{9fff}}][A-Za-z0-9][\x{{3400}}-\x{{9fff}}][A-Za-z0-9][\x{{3400}}-\x{{9fff}}]|[丨丶丿乀亅]"
    rf"|(?i:{'|'.join(f'[a-z]{c}[a-z]{c}[a-z]{c}[a-z]{c}[a-z]' for c in ascii_lowercase)})"
)


def unbent(view: View) -> list[View]:
    """The text with signs read as letters, in tokens that mix the two; two ways to read each."""
    ways = ((pattern, table) for pattern in (_BENT, _SPACED) for table in (_FIRST, _SECOND))
    changed = (splice(view, _straightened(view, *way)) for way in ways)
    return [view for view in changed if view]


def _straightened(
    view: View, pattern: re.Pattern[str], table: dict[int, str]
) -> Iterator[tuple[int, int, str]]:
    for match in pattern.finditer(view.text):
        for at, char in enumerate(match.group(), match.start()):
            if ord(char) in table:
                yield at, at + 1, table[ord(char)]


def said_once(view: View) -> list[View]:
    """Tokens that stammer, with every run of one letter said once; their keys are shortened alike.

    One doubled letter is spelling; three in a row, or two pairs side by side, are not, but in the
    few words of the dictionary that are spelt so.
    """
    edits = (
        (token.start() + run.start(), token.start() + run.end(), run.group(1))
        for token in stammers(lowered(view.text))
        for run in _TWICE.finditer(token.group())
    )
    changed = splice(view, edits)
    return [changed] if changed else []


def unfilled(view: View) -> list[View]:
    """The text without a letter that stands between all others."""
    patterns = (_FILLED_HAN, _BARE_HAN, _FILLED)
    changed = (splice(view, _emptied(view, pattern)) for pattern in patterns)
    return [view for view in changed if view]


def _emptied(view: View, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Every second character of each match, to be taken out."""
    for match in pattern.finditer(view.text):
        for at in range(match.start() + 1, match.end(), 2):
            yield at, at + 1, ""
