"""Text carried by characters that show nothing: tags, variation selectors, zero-width bits."""

from __future__ import annotations

import re

from classifiers.text.rewrite import payload
from classifiers.text.view import View

_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_BITS = re.compile("[\u200b\u200c\u200d\u2060\ufeff]{16,}")

TRIGGER = (
    "[\U000e0020-\U000e007e]{2}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}"
    "|[\u200b-\u200d\u2060\ufeff]{16}"
)

_LONGEST = 8192


def uncovered(view: View) -> list[View]:
    """The texts that invisible characters spell."""
    found: list[View] = []
    for match in _TAGS.finditer(view.text):
        start, end = match.span()
        part = view.part(start, end)
        found.append(part.read_as("".join(chr(ord(c) - 0xE0000) for c in part.text)))
    for match in _SELECTORS.finditer(view.text):
        data = bytes(map(_selected, match.group()[:_LONGEST]))
        found.append(_spelt(view, match, data.decode("utf-8", "ignore")))
    for match in _BITS.finditer(view.text):
        found.extend(_spelt(view, match, text) for text in _spelled(match.group()))
    return found


def _spelt(view: View, match: re.Match[str], text: str) -> View:
    return payload(view, *match.span(), text, cut=len(match.group()) > _LONGEST)


def _selected(char: str) -> int:
    """The byte that a variation selector's number stands for."""
    code = ord(char)
    return code - 0xFE00 if code < 0xFE10 else code - 0xE0100 + 16


def _spelled(run: str) -> list[str]:
    """A run of two kinds of blank read as bits, either kind as 1."""
    kinds = sorted(set(run[:_LONGEST]), key=run.index)[:2]
    texts = []
    for one in kinds:
        bits = "".join("1" if char == one else "0" for char in run[:_LONGEST] if char in kinds)
        octets = [int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)]
        texts.append(bytes(octets).decode("utf-8", "ignore"))
    return texts
