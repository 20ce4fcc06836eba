"""Words bent at the keyboard: digits for letters, letters said twice, letters put between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters, ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from classifiers.linear import Search
from classifiers.text.fold import codes_of
from classifiers.text.rewrite import Spans, respelled, splice
from classifiers.text.tokens import lowered, stammers
from classifiers.text.view import Numbers, View

_READ_AS = dict(zip("0134578@$!|+€£692¡¢¥µ", "oieastbasiitelbgzicyu", strict=True))
_FIRST = str.maketrans(_READ_AS)
_SECOND = str.maketrans({**_READ_AS, "1": "l", "!": "l", "|": "l", "7": "l", "6": "g", "9": "q"})
_SIGNS = re.escape("".join(_READ_AS))
_SPACED = re.compile(
    rf"(?<![A-Za-z0-9])(?:[A-Za-z{_SIGNS}][ .\-_*~]{{1,3}}){{3,}}[A-Za-z{_SIGNS}](?![A-Za-z0-9])"
)
_HAN = "\u3400-\u9fff"
_TWICE = re.compile(r"([^\W\d_])\1+")
_FILLED_HAN = re.compile(rf"[{_HAN}](?:([a-zA-Z0-9丨丶丿乀亅])[{_HAN}])(?:\1[{_HAN}])+")
_BARE_HAN = re.compile(rf"[{_HAN}][丨丶丿乀亅][{_HAN}]")
_FILLED = re.compile(r"[a-z](?:([a-z])[a-z])(?:\1[a-z]){3,}", re.IGNORECASE)
_MAY_BE_SPACED = Search(rf"(?:[A-Za-z{_SIGNS}][ .\-_*~]{{1,3}}){{3}}[A-Za-z{_SIGNS}]")
_LETTER, _SIGN, _SURE = 1, 2, 3
_LONGEST_RUN = 8
_BEYOND = 0x20AD
"""Above every sign."""
_KIND = np.zeros(_BEYOND + 1, np.uint8)
_KIND[[ord(char) for char in ascii_letters]] = _LETTER
_KIND[[ord(sign) for sign in _READ_AS]] = _SIGN
_KIND[[ord(sign) for sign in "01345780@$+"]] = _SURE

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
    bent = _bent(view.text)
    spaced = []
    if _MAY_BE_SPACED.span(view.text.encode("utf-8", "replace")):
        spaced = [match.span() for match in _SPACED.finditer(view.text)]
    found = [
        respelled(view, spans, table)
        for spans in (bent, spaced)
        if len(spans)
        for table in (_FIRST, _SECOND)
    ]
    return [view for view in found if view]


def _bent(text: str) -> Spans:
    """The runs of signs that touch letters: before one all of it, behind one what is no accident.

    A sentence may end in `!` or a price begin with `$`; a digit in a word stands for a letter.
    """
    kinds = _KIND[np.minimum(codes_of(text), _BEYOND)]
    signs = np.concatenate(([False], kinds >= _SIGN, [False]))
    steps = np.flatnonzero(signs[1:] != signs[:-1])
    starts, ends = steps[::2], steps[1::2]
    letters = np.concatenate((kinds == _LETTER, [False]))
    led, followed = letters[starts - 1] & (starts > 0), letters[ends]
    short = ends - starts <= _LONGEST_RUN
    stops = np.where(followed & short, ends, starts)
    behind = np.flatnonzero(led & ~(followed & short))
    stops[behind] = _last_sure(kinds, starts[behind], ends[behind])
    kept = stops > starts
    return np.stack((starts[kept], stops[kept]), axis=1)


def _last_sure(kinds: NDArray[np.uint8], starts: Numbers, ends: Numbers) -> Numbers:
    """Where the last sign ends, of the first nine of each run, that is no punctuation."""
    stops = starts.copy()
    for at in range(_LONGEST_RUN + 1):
        here = starts + at
        inside = here < ends
        sure = inside & (kinds[np.minimum(here, len(kinds) - 1)] == _SURE)
        stops[sure] = here[sure] + 1
    return stops


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
