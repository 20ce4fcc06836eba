"""The spellings under which an entry is found, so that one automaton reads many disguises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase

from classifiers.terms import Term, TermKind
from classifiers.text.sound import signs, syllables
from classifiers.text.squeeze import squeeze
from classifiers.text.view import canonical

_ROT13 = str.maketrans(ascii_lowercase, ascii_lowercase[13:] + ascii_lowercase[:13])
_ATBASH = str.maketrans(ascii_lowercase, ascii_lowercase[::-1])
_LATIN = re.compile("[a-z]+")
_HAN = re.compile("[\u3400-\u9fff]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_LONGEST_HEARD = 16


@dataclass(frozen=True, slots=True)
class Key:
    """One spelling under which an entry is looked up."""

    text: str
    term: int
    """Index of the entry."""
    name: str = ""
    """The view that a hit is told under. Empty: that of the text it was found in."""
    only: str = ""
    """The one view it counts in. Empty: any."""


def literal_of(term: Term) -> str:
    """The entry folded and squeezed: how it is looked up as it stands."""
    return squeeze(canonical(term.text).text)


def keys_of(term: Term, number: int) -> Iterator[Key]:
    """Every spelling that the entry's kind, script and length allow."""
    literal = literal_of(term) if term.kind is not TermKind.REGEX else ""
    if not literal:
        return
    yield Key(literal, number, only="plain" if term.kind is TermKind.EXACT else "")
    if term.kind is not TermKind.WORD:
        return
    once = _RUN.sub(r"\1", literal)
    yield Key(once, number, only="once")
    yield from _turned(literal, number)
    if term.phonetic and _HAN.fullmatch(literal) and 3 <= len(literal) <= _LONGEST_HEARD:
        yield from _heard(literal, number)


def _turned(literal: str, number: int) -> Iterator[Key]:
    """Backwards and, for Latin, in the two ciphers that need no key.

    Shorter words are left out: turned, they are too often words themselves.
    """
    latin = _LATIN.fullmatch(literal) is not None
    if len(literal) >= (6 if latin else 4) and literal != literal[::-1]:
        yield Key(literal[::-1], number, name="reversed")
    if latin and len(literal) >= 6:
        yield Key(literal.translate(_ROT13), number, name="rot13")
        yield Key(literal.translate(_ATBASH), number, name="atbash")


def _heard(literal: str, number: int) -> Iterator[Key]:
    readings = syllables(literal)
    if not readings:
        return
    usual = [reading[0] for reading in readings]
    spelled = "".join(syllable[:-1] for syllable in usual)
    yield Key("".join(signs()[syllable[:-1]] for syllable in usual), number, only="sound")
    if len(spelled) >= 7:
        yield Key(spelled, number, name="pinyin")
        if "v" in spelled:  # ü without its dots
            yield Key(spelled.replace("v", "u"), number, name="pinyin")
        yield Key("".join(usual), number, name="pinyin")
        yield Key(spelled.translate(_ROT13), number, name="rot13")
        yield Key(spelled[::-1], number, name="reversed")
