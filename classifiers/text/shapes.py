"""Letters drawn with other characters: look-alikes of other scripts, turned, flagged, raised."""

from __future__ import annotations

import re

from classifiers.text.letters import AMBIGUOUS, BORROWED, BRAILLE, MORSE, REGIONAL, UPSIDE_DOWN
from classifiers.text.rewrite import rewrite, splice
from classifiers.text.tables import many_to_one
from classifiers.text.tokens import NARROW, lowered, narrow_tokens
from classifiers.text.view import View

_LATIN = {**many_to_one("latin"), **BORROWED}
_FIRST_WAY = str.maketrans(_LATIN)
_SECOND_WAY = str.maketrans({**_LATIN, **AMBIGUOUS})
_FOREIGN = "".join(re.escape(char) for char in _LATIN)
_BORROWED = re.compile(f"[{_FOREIGN}]")
_MIXED = re.compile(f"[\x00-\x7f{_FOREIGN}]*")
_TOKEN = re.compile(r"[^\W_\u2e80-\u9fff]+")
_UNSURE = re.compile(f"[{''.join(AMBIGUOUS)}]")
_WEDGE = re.compile(r"[\u3400-\u9fff_\-*·|~+=^#/\\]")
_FLAGS = re.compile(
    "[\U0001f1e6-\U0001f1ff](?:[\ufe0f\u200b-\u200d ]{0,2}[\U0001f1e6-\U0001f1ff]){3,}"
)
_DOTS = re.compile("[\u2800-\u28ff]{3,}")
_TURNED = "".join(sorted({c for c in UPSIDE_DOWN if not c.isascii()}))
_EITHER = rf"[a-zA-Z.,' {re.escape(_TURNED)}]"
_FLIPPED = re.compile(rf"{_EITHER}+")
_MORSE = re.compile(r"(?:[.\-·•–—−]{1,6}(?: ?/ ?| {1,3}|\||\n)){2,}[.\-·•–—−]{1,6}")

TRIGGER_SKELETON = f"[{_FOREIGN}]"
TRIGGER_FLAGS = "(?:[\U0001f1e6-\U0001f1ff].{0,2}){4}"
TRIGGER_TURNED = f"[{_TURNED}].*[{_TURNED}]"
TRIGGER_BRAILLE = "[\u2801-\u283f]{3}"
TRIGGER_MORSE = r"(?:[.\-·•–—−]{1,6}[ /|\n]{1,3}){2}[.\-·•–—−]"


def skeleton(view: View) -> list[View]:
    """The text with tokens of borrowed letters read as Latin (UTS #39), in up to two ways."""
    tokens = [match for match in _TOKEN.finditer(view.text) if _is_borrowed(match)]
    unsure = any(_UNSURE.search(match.group()) for match in tokens)
    ways = (_FIRST_WAY, _SECOND_WAY) if unsure else (_FIRST_WAY,)
    changed = (splice(view, [_latinised(match, way) for match in tokens]) for way in ways)
    return [view for view in changed if view]


def _latinised(match: re.Match[str], way: dict[int, str]) -> tuple[int, int, str]:
    return match.start(), match.end(), match.group().translate(way)


def _is_borrowed(match: re.Match[str]) -> bool:
    """A token of mixed scripts, or all of look-alikes; a word of its own script is not.

    A short one may be of either kind; beside Han or a wedge of a sign it counts.
    """
    token = match.group()
    if token.isascii() or not _MIXED.fullmatch(token):
        return False
    own = len(token) - len(_BORROWED.findall(token))
    return own > 0 or len(token) >= 4 or _is_wedged(match)


def _is_wedged(match: re.Match[str]) -> bool:
    text = match.string
    about = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return _WEDGE.search(about) is not None


def unflagged(view: View) -> list[View]:
    """Runs of four regional indicators and more as letters; a flag or two stay flags."""
    changed = rewrite(
        view, _FLAGS, lambda m: "".join(REGIONAL[c] for c in m.group() if c in REGIONAL)
    )
    return [changed] if changed else []


def turned(view: View) -> list[View]:
    """Upside-down writing set upright: each letter, and the order."""
    found = []
    for match in _FLIPPED.finditer(view.text):
        if match.group().isascii():
            continue
        part = view.part(*match.span()).backwards()
        found.append(part.read_as("".join(UPSIDE_DOWN.get(char, char) for char in part.text)))
    return found


def unbrailled(view: View) -> list[View]:
    """Braille cells of the basic alphabet as letters."""
    changed = rewrite(view, _DOTS, lambda m: "".join(BRAILLE.get(char, " ") for char in m.group()))
    return [changed] if changed else []


_SIGN = re.compile(r"([.\-·•–—−]+)|[ /|\n]+")
_DASHES = str.maketrans("·•–—−", "..---")


def unkeyed(view: View) -> list[View]:
    """Morse code as letters, a slash or wide gap as the space between words."""
    edits = [edit for match in _MORSE.finditer(view.text) for edit in _keyed(match)]
    changed = splice(view, edits)
    return [changed] if changed else []


def _keyed(match: re.Match[str]) -> list[tuple[int, int, str]]:
    """Each sign of a run as its letter, gaps as nothing or a space; none if it spells little."""
    edits = []
    for part in _SIGN.finditer(match.group()):
        sign = part.group().translate(_DASHES)
        letter = MORSE.get(sign, "?") if part.group(1) else " " * (sign != " ")
        edits.append((match.start() + part.start(), match.start() + part.end(), letter))
    unknown = sum(letter == "?" for _, _, letter in edits)
    return edits if unknown * 8 <= len(edits) else []


def narrowed(view: View) -> list[View]:
    """Pairs that look like one letter, in tokens that are no English word: rn, vv, cl."""
    edits = (
        (token.start(), token.end(), _narrow(token.group()))
        for token in narrow_tokens(lowered(view.text))
    )
    changed = splice(view, edits)
    return [changed] if changed else []


def _narrow(token: str) -> str:
    for pair, letter in NARROW.items():
        token = token.replace(pair, letter)
    return token
