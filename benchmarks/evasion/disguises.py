# ruff: noqa: E501, a table reads best in rows
"""The rows of the catalogue, in order: which words each can hide, and how."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.evasion import carried, han, latin
from benchmarks.evasion.words import Forms, forms

WORD, PHRASE, MIXED, HAN = "wpmh"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A word to hide."""

    text: str
    kind: str
    """One of `wpmh`: a Latin word, several, Latin with Chinese, Chinese."""
    forms: Forms | None = None

    @property
    def latin(self) -> str:
        """In ASCII letters alone: itself, or its pinyin."""
        return "".join(self.forms.pinyin) if self.forms else self.text.replace(" ", "")

    @property
    def heard(self) -> Forms:
        if self.forms is None:
            raise TypeError(f"{self.kind} has no Chinese forms")
        return self.forms


Make = Callable[[Hidden, Random], str | None]


@dataclass(frozen=True, slots=True)
class Disguise:
    """A way of hiding a word."""

    row: str
    """Of the catalogue."""
    name: str
    tier: int
    """1 what normalising undoes, 2 tables and decoders, 3 guesses that are only evidence."""
    kinds: str
    make: Make
    least: int = 2
    """Characters (of Chinese) or letters that a word must have to be found in it."""
    exact: bool = True
    """Whether the disguise is all that is put in, so that a hit's span must be all of it."""

    def able(self, word: Hidden) -> bool:
        return word.kind in self.kinds and len(word.text) >= self.least


def hidden(term: str) -> Hidden:
    if term.isascii():
        return Hidden(term, PHRASE if " " in term else WORD)
    found = next((f for which in "ab" for t, f in forms(which).items() if t == term), None)
    return Hidden(term, HAN, found) if found else Hidden(term, MIXED)


def _map(table: dict[str, str]) -> Make:
    return lambda w, _: changed(w.text, latin.mapped(w.text, table))


def _partly(table: dict[str, str]) -> Make:
    def make(word: Hidden, chance: Random) -> str | None:
        able = [at for at, char in enumerate(word.text) if char in table]
        chosen = set(chance.sample(able, chance.randint(1, len(able)))) if able else set()
        text = "".join(table[c] if at in chosen else c for at, c in enumerate(word.text))
        return changed(word.text, text)

    return make


def _text(how: Callable[[str], str]) -> Make:
    return lambda w, _: how(w.text)


def _ascii(how: Callable[[str], str]) -> Make:
    return lambda w, _: how(w.latin)


def _dice(how: Callable[[str, Random], str]) -> Make:
    return lambda w, c: how(w.text, c)


def _han(how: Callable[[Forms, Random], str | None]) -> Make:
    return lambda w, c: how(w.heard, c)


def changed(before: str, after: str) -> str | None:
    return after if after != before else None


def _one_separator(word: Hidden, chance: Random) -> str:
    return chance.choice(latin.NOISE).join(word.text.replace(" ", ""))


def _filler(word: Hidden, chance: Random) -> str | None:
    options = "丨丶xX1" if word.kind == HAN else "xzqj"
    free = [f for f in options if f not in word.text]
    return chance.choice(free).join(word.text) if free else None


def _spaced_pieces(word: Hidden, chance: Random) -> str:
    options = (" ", "-", " - ", "_", "*", *(() if word.kind == HAN else (".",)))
    separator: str = chance.choice(options)
    return separator.join(latin.pieces(word.text, chance))


def _bidi(word: Hidden, chance: Random) -> str:
    return f"\u202e{word.text[::-1]}\u202c"


def _bidi_middle(word: Hidden, chance: Random) -> str:
    at = chance.randrange(1, len(word.text) - 1)
    return f"{word.text[:at]}\u202e{word.text[at:][::-1]}\u202c"


def _isolates(word: Hidden, chance: Random) -> str:
    at = chance.randrange(1, len(word.text))
    return f"{word.text[:at]}\u2066\u2069{word.text[at:]}"


def _typo(word: Hidden, chance: Random) -> str | None:
    at = chance.randrange(1, len(word.text) - 1)
    a, b = word.text[at], word.text[at + 1]
    ways = (
        word.text[:at] + b + a + word.text[at + 2 :],
        word.text[:at] + word.text[at + 1 :],
        "x" + word.text,
    )
    return changed(word.text, chance.choice(ways))


def _entities(word: Hidden, chance: Random) -> str:
    form = chance.choice(("&#{};", "&#x{:x};", "&#{:07d};", "&#X{:X};", "&#x{:06x};"))
    return carried.points(word.text, form)


def _notation(word: Hidden, chance: Random) -> str:
    if chance.random() < 0.4:
        return carried.units(word.text, r"\u{:04x}")
    ways = ((r"\u{{{:x}}}", ""), (r"\U{:08x}", ""), ("U+{:04X}", " "), ("U+{:04X}", ""))
    return carried.points(word.text, *chance.choice(ways))


def _hex(word: Hidden, chance: Random) -> str:
    mark, gap = chance.choice(
        (("", ""), ("", " "), (r"\x", ""), ("0x", " "), ("", ":"), ("0x", ", "))
    )
    return carried.octets(word.text, mark, gap, chance.random() < 0.5)


def _codes(word: Hidden, chance: Random) -> str:
    ways = (("{}", " "), ("{}", ", "), ("{}", ",")) + (
        (("{:08b}", " "), ("{:03o}", " ")) if word.text.isascii() else ()
    )
    return carried.points(word.text, *chance.choice(ways))


def _pinyin(word: Hidden, chance: Random) -> str:
    spelled = word.heard
    plain = spelled.pinyin
    return chance.choice(
        (
            "".join(plain),
            " ".join(plain),
            "".join(map(str.capitalize, plain)),
            " ".join(spelled.marked),
            "".join(spelled.marked),
            " ".join(spelled.numbered),
            "".join(spelled.numbered),
            "-".join(plain),
        )
    )


def _nfd(word: Hidden, chance: Random) -> str:
    return unicodedata.normalize("NFD", latin.accented(word.text))


def _dots(word: Hidden, chance: Random) -> str | None:
    return changed(word.text, word.text.upper().replace("I", chance.choice("İı")))


ROWS = (
    Disguise("U1", "wide", 1, "wpm", _text(latin.wide)),
    Disguise("U1", "wide capitals", 1, "wp", lambda w, _: latin.wide(w.text.upper())),
    Disguise("U2", "mathematical", 1, "wpm", _dice(latin.math)),
    Disguise("U2", "circled", 1, "wp", lambda w, _: latin.shifted(w.text, 0x24D0, 0x24B6)),
    Disguise("U2", "squared", 1, "w", lambda w, _: latin.shifted(w.text.upper(), 0, 0x1F130)),
    Disguise("U2", "superscript", 1, "w", _partly(dict(zip("aeioutnlmrs", "ᵃᵉⁱᵒᵘᵗⁿˡᵐʳˢ", strict=True)))),
    Disguise("U2", "letterlike", 1, "w", _partly(dict(zip("eghilopr", "ℯℊℎℹℓℴ℗ℛ".replace("℗", "ｐ"), strict=True)))),
    Disguise("U3", "negative squared", 1, "w", lambda w, _: latin.shifted(w.text.upper(), 0, 0x1F170)),
    Disguise("U3", "negative circled", 1, "w", lambda w, _: latin.shifted(w.text.upper(), 0, 0x1F150)),
    Disguise("U3", "small capitals", 1, "w", _map(latin.SMALL)),
    Disguise("U4", "invisible, one kind", 1, "wpmh", lambda w, c: c.choice(latin.INVISIBLE).join(w.text)),
    Disguise("U4", "invisible, mixed", 1, "wpmh", lambda w, c: latin.between(w.text, c, latin.INVISIBLE, 0.4)),
    Disguise("U5", "override", 1, "wph", _bidi, exact=False),
    Disguise("U5", "override in the middle", 1, "wh", _bidi_middle, least=3, exact=False),
    Disguise("U5", "isolates", 1, "wph", _isolates),
    Disguise("U6", "tags", 2, "w", _text(carried.tags), exact=False),
    Disguise("U6", "tags of pinyin", 2, "h", _ascii(carried.tags), least=3, exact=False),
    Disguise("U7", "selectors", 2, "wh", lambda w, c: "😊" + carried.selectors(w.text), exact=False),
    Disguise("U8", "zero-width bits", 2, "wh", _dice(carried.bits), exact=False),
    Disguise("U9", "one mark on each", 1, "wpmh", _dice(latin.marked)),
    Disguise("U9", "zalgo", 1, "wh", _dice(latin.zalgo)),
    Disguise("U9", "accents", 1, "w", lambda w, _: changed(w.text, latin.accented(w.text))),
    Disguise("U10", "Cyrillic", 1, "wp", _map(latin.HOMOGLYPHS)),
    Disguise("U10", "Cyrillic, partly", 1, "wpm", _partly(latin.HOMOGLYPHS)),
    Disguise("U10", "Cyrillic capitals", 1, "w", lambda w, c: latin.mapped(w.text.upper(), latin.HOMOGLYPHS)),
    Disguise("U10", "Greek, partly", 1, "w", _partly(latin.GREEK)),
    Disguise("U10", "Armenian, partly", 1, "w", _partly(latin.ARMENIAN)),
    Disguise("U10", "Cherokee, partly", 1, "w", lambda w, c: _partly(latin.CHEROKEE)(Hidden(w.text.upper(), "w"), c)),
    Disguise("U10", "Lisu", 1, "w", lambda w, c: latin.mapped(w.text.upper(), latin.LISU)),
    Disguise("U11", "rn, vv, cl", 2, "w", _map({"m": "rn", "w": "vv", "d": "cl"})),
    Disguise("U12", "upside down", 2, "w", lambda w, _: latin.mapped(w.text[::-1], latin.FLIPPED)),
    Disguise("U12", "backwards", 2, "w", lambda w, _: w.text[::-1], least=6),
    Disguise("U13", "regional indicators", 2, "w", _text(carried.flags)),
    Disguise("U13", "regional indicators of pinyin", 2, "h", _ascii(carried.flags), least=3),
    Disguise("U14", "Braille", 2, "w", _text(carried.braille)),
    Disguise("U14", "Braille of pinyin", 2, "h", _ascii(carried.braille), least=3),
    Disguise("U15", "emoji between all", 1, "wh", lambda w, c: c.choice(latin.EMOJI).join(w.text)),
    Disguise("U15", "emoji between some", 1, "wh", lambda w, c: latin.between(w.text, c, latin.EMOJI, 0.3), least=6),
    Disguise("U15", "emoji between some", 1, "h", lambda w, c: latin.between(w.text, c, latin.EMOJI, 0.3)),
    Disguise("U16", "rubbed out", 1, "wh", _dice(latin.rubbed_out)),
    Disguise("U17", "decomposed", 1, "w", lambda w, c: changed(w.text, _nfd(w, c))),
    Disguise("U17", "compatibility", 1, "h", _han(han.compatibility)),
    Disguise("U18", "lone surrogates", 1, "wh", lambda w, c: latin.between(w.text, c, "\ud83d\udc00\udfff", 0.3)),
    Disguise("U19", "dotted and dotless", 1, "w", _dots),
    Disguise("P1", "case", 1, "wpm", lambda w, c: "".join(c.choice((x.upper(), x.lower())) for x in w.text)),
    *(Disguise("P2", f"leet {n}", 2, "w", _map(table)) for n, table in enumerate(latin.LEET)),
    Disguise("P2", "leet, partly", 2, "w", lambda w, c: _partly(c.choice(latin.LEET))(w, c)),
    Disguise("P3", "one separator", 1, "wh", _one_separator, least=3),
    Disguise("P3", "many separators", 1, "wh", lambda w, c: latin.between(w.text, c, latin.NOISE), least=3),
    Disguise("P4", "letters between", 2, "wh", _filler, least=3),
    Disguise("P5", "pieces", 1, "w", _spaced_pieces, least=6),
    Disguise("P5", "pieces", 1, "h", _spaced_pieces, least=4),
    Disguise("P6", "said thrice", 2, "w", _dice(latin.repeated)),
    Disguise("P6", "each said twice", 2, "wh", lambda w, _: "".join(c * 2 for c in w.text), least=3),
    Disguise("P8", "typo", 3, "w", _typo, least=8),
    Disguise("P9", "markup", 1, "wh", _dice(latin.wrapped)),
    Disguise("P10", "literals", 2, "wh", _dice(latin.literals), least=4, exact=False),
    Disguise("P10", "list of letters", 2, "wh", _dice(latin.listed), least=3, exact=False),
    Disguise("P11", "one a line", 1, "wh", lambda w, c: "\n".join(w.text), least=3),
    Disguise("P12", "padding", 1, "wh", lambda w, c: "good morning. " * 1500 + w.text, exact=False),
    Disguise("P15", "after signs", 1, "wpmh", lambda w, c: c.choice(("AA+ ", "100% ", "a&b ", '"')) + w.text, exact=False),
    Disguise("C1", "traditional", 1, "h", lambda w, _: changed(w.text, w.heard.traditional)),
    Disguise("C1", "traditional, Taiwan", 1, "h", lambda w, _: changed(w.text, w.heard.taiwanese)),
    Disguise("C1", "mixed scripts", 1, "h", _han(han.mixed_script)),
    Disguise("C3", "split, all", 2, "h", lambda w, c: han.split(w.heard, c, True)),
    Disguise("C3", "split, some", 2, "h", lambda w, c: han.split(w.heard, c, False)),
    Disguise("C4", "homophones", 2, "h", _han(han.homophones), least=3),
    Disguise("C5", "near homophones", 3, "h", lambda w, _: changed(w.text, w.heard.near), least=3),
    Disguise("C6", "look-alike", 3, "h", _han(han.lookalike), least=3),
    Disguise("C7", "pinyin", 2, "h", _pinyin, least=3),
    Disguise("C8", "half pinyin", 2, "h", _han(han.half_spelled), least=3),
    Disguise("C9", "initials", 3, "h", lambda w, _: "".join(s[0] for s in w.heard.pinyin), least=4),
    Disguise("C12", "Bopomofo", 2, "h", lambda w, c: c.choice(("", " ")).join(w.heard.bopomofo), least=3),
    Disguise("C13", "backwards", 2, "h", lambda w, _: w.text[::-1], least=4),
    Disguise("E1", "base64", 2, "wpmh", lambda w, _: carried.base64_of(w.text)),
    Disguise("E1", "base64 of a sentence", 2, "wpmh", _dice(carried.base64_among)),
    Disguise("E1", "base64 for URLs", 2, "wpmh", _text(carried.base64_url)),
    Disguise("E1", "base64 in lines", 2, "wpmh", _text(carried.base64_lines)),
    Disguise("E1", "base64 twice", 2, "wpmh", _text(carried.base64_twice)),
    Disguise("E2", "base64 of UTF-16", 2, "wh", lambda w, c: carried.base64_of(w.text, c.choice(("utf-16-le", "utf-16-be", "utf-16")))),
    Disguise("E2", "base64 of GBK", 2, "mh", lambda w, _: carried.base64_of(w.text, "gbk"), least=3),
    Disguise("E3", "hexadecimal", 2, "wpmh", _hex),
    Disguise("E4", "percent", 2, "wpmh", lambda w, _: carried.octets(w.text, "%", upper=True)),
    Disguise("E4", "percent twice", 2, "wpmh", _text(carried.percent_twice)),
    Disguise("E4", "percent u", 2, "wpmh", lambda w, _: carried.units(w.text, "%u{:04X}")),
    Disguise("E5", "entities", 2, "wpmh", _entities),
    Disguise("E5", "soft hyphens", 2, "wph", lambda w, c: latin.between(w.text, c, ("&shy;", "&ZeroWidthSpace;", "&zwj;"), 0.3)),
    Disguise("E5", "entities twice", 2, "wh", lambda w, c: _entities(w, c).replace("&", "&amp;")),
    Disguise("E7", "code points", 2, "wpmh", _notation),
    Disguise("E8", "rot13", 2, "w", _text(carried.rot13), least=6),
    Disguise("E8", "rot13 of pinyin", 2, "h", lambda w, _: carried.rot13(w.latin), least=3),
    Disguise("E8", "atbash", 2, "w", _text(carried.atbash), least=6),
    Disguise("E9", "Morse", 2, "wp", _text(carried.morse)),
    Disguise("E9", "Morse of pinyin", 2, "h", _ascii(carried.morse), least=3),
    Disguise("E9", "number codes", 2, "wmh", _codes, least=3),
    Disguise("E10", "base32", 2, "wpmh", _text(carried.base32_of)),
    Disguise("E10", "quoted-printable", 2, "wpmh", _text(carried.quoted)),
    Disguise("E11", "gzip", 2, "wpmh", _text(carried.gzipped)),
)  # fmt: skip
