"""Spellings that hide a text from a classifier, put on at random for training and for judging.

Each follows a row of the evasion catalogue: full width, zero-width, separators, leet, traditional
characters, pinyin, homophones, split characters, emoji, typos. Most are undone by the views before
the model reads the text; the others (sounds, typos, parts) it has to learn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from classifiers.text.sound import readings
from classifiers.text.tables import rows

Disguise = Callable[[str, random.Random], str]

_ZERO_WIDTH = "\u200b\u200d\u2060\ufeff"
_FILLERS = "*·-_~.|"
_EMOJI = "😀🌟🔥💥🎉"
_BY_SOUND = 0.35
"""How often a disguise by sound goes first: the views undo the others, these must be learnt."""
_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
_CYRILLIC = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "y": "у"})


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@cache
def _sounding() -> dict[str, list[str]]:
    """The common characters of each toneless syllable."""
    found: dict[str, list[str]] = {}
    for char, said in readings().items():
        if _is_han(char):
            found.setdefault(said[0][:-1], []).append(char)
    return found


def full_width(text: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def zero_width(text: str, rng: random.Random) -> str:
    return "".join(c + (rng.choice(_ZERO_WIDTH) if rng.random() < 0.4 else "") for c in text)


def separated(text: str, rng: random.Random) -> str:
    """Two to four words, or runs of Han, broken by one filler."""
    filler = rng.choice(_FILLERS)
    return _some_words(text, rng, lambda word: filler.join(word))


def leet(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: word.translate(_LEET))


def look_alike(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: word.translate(_CYRILLIC))


def mixed_case(text: str, rng: random.Random) -> str:
    return "".join(c.upper() if rng.random() < 0.5 else c.lower() for c in text)


def emoji(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: rng.choice(_EMOJI).join(word))


def typos(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: _swapped(word, rng))


def repeated(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: "".join(c * rng.choice((1, 1, 3)) for c in word))


def traditional(text: str, rng: random.Random) -> str:
    """Simplified characters in a traditional or variant form."""
    return "".join(rng.choice(_variants().get(c, [c])) for c in text)


def homophones(text: str, rng: random.Random) -> str:
    def said(char: str) -> str:
        if rng.random() > 0.3 or not _is_han(char) or char not in readings():
            return char
        return rng.choice(_sounding()[readings()[char][0][:-1]])

    return "".join(map(said, text))


def pinyin(text: str, rng: random.Random) -> str:
    return "".join(
        readings()[char][0][:-1]
        if _is_han(char) and char in readings() and rng.random() < 0.3
        else char
        for char in text
    )


def spaced(text: str, _: random.Random) -> str:
    return " ".join(text)


def markup(text: str, rng: random.Random) -> str:
    return _some_words(text, rng, lambda word: f"{word[:1]}<b>{word[1:]}</b>")


DISGUISES: dict[str, Disguise] = {
    "full_width": full_width,
    "zero_width": zero_width,
    "separated": separated,
    "leet": leet,
    "look_alike": look_alike,
    "mixed_case": mixed_case,
    "emoji": emoji,
    "typos": typos,
    "repeated": repeated,
    "traditional": traditional,
    "homophones": homophones,
    "pinyin": pinyin,
    "markup": markup,
    "spaced": spaced,
}


def disguised(text: str, rng: random.Random) -> tuple[str, str]:
    """The name of a disguise that changes the text, and the text in it."""
    names = list(DISGUISES)
    rng.shuffle(names)
    if rng.random() < _BY_SOUND:
        names = [*rng.sample(("homophones", "pinyin"), 2), *names]
    for name in names:
        changed = DISGUISES[name](text, rng)
        if changed != text:
            return name, changed
    return "", text


@cache
def _variants() -> dict[str, list[str]]:
    """Common character to the forms that the fold reads as it."""
    return {target: list(sources) for target, sources in rows("han") if len(target) == 1}


def _swapped(word: str, rng: random.Random) -> str:
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 2)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _some_words(text: str, rng: random.Random, change: Callable[[str], str]) -> str:
    """The text with about a third of its longer words, or runs of two to four Han, changed."""
    words = _words(text)
    return "".join(
        change(word) if len(word) > 1 and word.isalnum() and rng.random() < 0.35 else word
        for word in words
    )


def _words(text: str) -> list[str]:
    words: list[str] = []
    for char in text:
        together = words and char.isalnum() and words[-1][-1].isalnum()
        alike = together and _is_han(char) == _is_han(words[-1][-1])
        if alike and (not _is_han(char) or len(words[-1]) < 3):
            words[-1] += char
        else:
            words.append(char)
    return words
