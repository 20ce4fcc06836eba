"""How Chinese text sounds: Han characters and Latin syllables as one line of syllables.

A syllable without its tone is written as one letter of the Yi block, which no other reading uses,
so that words are found by sound as they are by letters. Tones are compared on a hit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from operator import ne

import numpy as np

from classifiers.linear import Search
from classifiers.text.rewrite import rewrite, splice
from classifiers.text.squeeze import Squeezed, Units, text_of
from classifiers.text.tables import rows
from classifiers.text.view import View

_FIRST_SIGN = 0xA000


@cache
def readings() -> dict[str, tuple[str, ...]]:
    """For each character its toned syllables, the usual one first."""
    usual = {char: (syllable,) for syllable, chars in rows("pinyin") for char in chars}
    rare = {char: tuple(others.split()) for char, others in rows("readings")}
    return {char: first + rare.get(char, ()) for char, first in usual.items()}


@cache
def signs() -> dict[str, str]:
    """For each toneless syllable the sign it is written with."""
    syllables = sorted({reading[:-1] for found in readings().values() for reading in found})
    return {syllable: chr(_FIRST_SIGN + n) for n, syllable in enumerate(syllables)}


@cache
def _sign_of() -> dict[int, str]:
    table = signs()
    return {ord(char): table[found[0][:-1]] for char, found in readings().items()}


@cache
def _sign_units() -> Units:
    """For each UTF-16 code unit the sign it is heard as, or itself."""
    table = np.arange(0x10000, dtype=np.uint16)
    for code, sign in _sign_of().items():
        if code < len(table):
            table[code] = ord(sign)
    return table


_SYLLABLE_EDGES = re.compile(r"[A-Za-z]+[1-5]?(?:[A-Za-z]+[1-5]?)*")
_NO_HAN = re.compile("[^\u3105-\u9fff\ua000-\ua48c]+")
_BESIDE_CHARS = 24
"""How far from a Han character a Latin syllable may stand and still be read with it."""
BOPOMOFO = re.compile(
    r"(?:[\u3105-\u3119]?[\u3127-\u3129]?[\u311a-\u3126]|[\u3105-\u3119]?[\u3127-\u3129]|[\u3113-\u3119])"
    r"[ˊˇˋ˙]?"
)
TRIGGER_BOPOMOFO = r"[\x{3105}-\x{312f}]"


_HAN, _BETWEEN = r"[\x{3400}-\x{9fff}]", r"[^a-z\x{3400}-\x{9fff}]{0,3}"
_LATIN = re.compile("[a-z]")
_BESIDE = Search(f"{_HAN}{_BETWEEN}[a-z]|[a-z][1-5]?{_BETWEEN}{_HAN}")
"""A letter right beside a Han character."""


def sounded(squeezed: Squeezed) -> str:
    """The key of folded text with a sign for every Han character, one for one."""
    if squeezed.units is None:
        return squeezed.key.translate(_sign_of())
    return text_of(_sign_units()[squeezed.units])


def spelled(view: View) -> View | None:
    """The folded view with signs for the Latin syllables beside Han; None if there are none."""
    if (
        _LATIN.search(view.text) is None
        or _BESIDE.span(view.text.encode("utf-8", "replace")) is None
    ):
        return None
    return splice(view, _spelled(view.text))


def same_sound(term: str, heard: Sequence[str]) -> bool:
    """Whether each character heard has a tone that the term's has; a spelled syllable has any.

    Three syllables are so often alike by chance that two of their characters must be others, or
    one of them spelled.
    """
    known = readings()
    if len(term) == 3 and sum(map(ne, term, heard)) < 2 and known.keys() >= set(heard):
        return False
    return all(
        char not in known or known[char][0] in known[wanted][:2]
        for wanted, char in zip(term, heard, strict=True)
    )


def _spelled(text: str) -> Iterator[tuple[int, int, str]]:
    for begin, end in _beside_han(text):
        for match in _SYLLABLE_EDGES.finditer(text, begin, end):
            at = match.start()
            for syllable in cut(match.group()):
                plain = syllable.rstrip("12345")
                yield at, at + len(syllable), signs()[plain]
                at += len(syllable)


def _beside_han(text: str) -> Iterator[tuple[int, int]]:
    """The stretches without Han that stand between Han, cut to what is near it at either end."""
    for stretch in _NO_HAN.finditer(text):
        begin, end = stretch.span()
        if end - begin <= 2 * _BESIDE_CHARS:
            if begin or end < len(text):
                yield begin, end
            continue
        if begin:
            yield begin, begin + _BESIDE_CHARS
        if end < len(text):
            yield end - _BESIDE_CHARS, end


@lru_cache(maxsize=8192)
def cut(word: str) -> Sequence[str]:
    """The word cut into syllables, the longest first at each place. Empty where it cannot be."""
    ends: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 7), end):
            before = ends[start]
            plain = word[start:end]
            plain = plain[:-1] if plain[-1] in "12345" else plain
            if before is not None and plain in signs():
                ends[end] = [*before, word[start:end]]
                break
    return ends[-1] or []


def syllables(term: str) -> list[tuple[str, ...]]:
    """For each Han character of a term its toned readings. Empty if any has none."""
    found = [readings().get(char, ()) for char in term]
    return found if all(found) else []


_INITIALS = dict(zip("ㄅㄆㄇㄈㄉㄊㄋㄌㄍㄎㄏㄐㄑㄒㄓㄔㄕㄖㄗㄘㄙ",
    "b p m f d t n l g k h j q x zh ch sh r z c s".split(), strict=True))  # fmt: skip
_FINALS = dict(zip(
    "ㄚ ㄛ ㄜ ㄝ ㄞ ㄟ ㄠ ㄡ ㄢ ㄣ ㄤ ㄥ ㄦ ㄧ ㄧㄚ ㄧㄛ ㄧㄝ ㄧㄞ ㄧㄠ ㄧㄡ ㄧㄢ ㄧㄣ ㄧㄤ ㄧㄥ "
    "ㄨ ㄨㄚ ㄨㄛ ㄨㄞ ㄨㄟ ㄨㄢ ㄨㄣ ㄨㄤ ㄨㄥ ㄩ ㄩㄝ ㄩㄢ ㄩㄣ ㄩㄥ".split(),
    "a o e e ai ei ao ou an en ang eng er i ia io ie iai iao iu ian in iang ing u ua uo uai ui "
    "uan un uang ong v ve van vn iong".split(), strict=True))  # fmt: skip
_ALONE = {"i": "yi", "in": "yin", "ing": "ying", "iu": "you", "u": "wu", "ui": "wei", "un": "wen",
    "ong": "weng", "v": "yu", "ve": "yue", "van": "yuan", "vn": "yun", "iong": "yong"}  # fmt: skip
_MARKS = {"ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "5"}


def romanised(view: View) -> list[View]:
    """The text with Bopomofo syllables in pinyin."""
    changed = rewrite(view, BOPOMOFO, _pinyin)
    return [changed] if changed else []


def _pinyin(match: re.Match[str]) -> str | None:
    body = match.group().rstrip("ˊˇˋ˙")
    first = _INITIALS.get(body[0], "")
    rest = body[1:] if first else body
    final = (
        _FINALS.get(rest, "")
        if rest
        else ("i" if first in ("zh", "ch", "sh", "r", "z", "c", "s") else "")
    )
    if not final:
        return None
    if not first:
        spelled = _ALONE.get(final) or ({"i": "y", "u": "w"}.get(final[0], final[0]) + final[1:])
    elif first in ("j", "q", "x"):
        spelled = first + final.replace("v", "u", 1)
    else:
        spelled = first + final
    return spelled + " "
