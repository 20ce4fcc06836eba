"""Disguises of letters: other shapes, other order, things put between and around (1.1 and 1.2)."""

from __future__ import annotations

import string
import unicodedata
from random import Random

LOWER, UPPER = string.ascii_lowercase, string.ascii_uppercase

HOMOGLYPHS = {
    **dict(zip("acdeghijklmnopqrstuvwxyz", "асԁеցһіјⲕӏмռорԛгѕтսνԝхуᴢ", strict=True)),
    **dict(zip("ABCEHIJKMNOPSTXYZ", "АВСЕНІЈКМΝОРЅТХҮΖ", strict=True)),
}
GREEK = dict(zip("abeikmnoprtuvxyz", "αϐεικϻηορгτυνχγᴢ", strict=True))
ARMENIAN = dict(zip("hgnuoqls", "հցոսօզլՏ".replace("Տ", "ѕ"), strict=True))
CHEROKEE = dict(zip("ABCDEGHIJKLMPRSTVWYZ", "ᎪᏴᏟᎠᎬᏀᎻᏆᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎩᏃ", strict=True))
LISU = dict(zip("BPDTGKJCZFMNLSRVHWXYAEIOU", "ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", strict=True))
SMALL = dict(zip("abcdefghijklmnopqrstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
FLIPPED = dict(zip(LOWER, "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz", strict=True))
LEET = (
    dict(zip("aeiost", "431057", strict=True)),
    dict(zip("aeiosb", "@31058", strict=True)),
    dict(zip("eolst", "3015+", strict=True)),
    dict(zip("aiso", "4!$0", strict=True)),
)
MATHS = (0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5A0, 0x1D5D4, 0x1D63C, 0x1D670)
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u1160\u17b4\u180e\u2800\u3164\uffa0\u200e"
    "\u200f\u061c\u2061\u2063\ufe0f\ufe00\U000e0100\u206a"
)
MARKS = "\u0336\u0335\u0338\u0301\u0308\u0332\u20e3\u20dd\u0489\u035c"
NOISE = " .-_*/~|·￥#+=^•:"
EMOJI = ("😀", "🌟", "🔥", "❤️", "👍🏽", "👨‍👩‍👧", "✨")
TAGS = {
    "html": ("<b>", "</b>"),
    "span": ('<span style="x">', "</span>"),
    "comment": ("<!-- x -->", ""),
    "bold": ("**", "**"),
    "latex": (r"\textbf{", "}"),
    "braces": ("{}", ""),
    "ansi": ("\x1b[31m", "\x1b[0m"),
    "code": ("`", "`"),
    "strike": ("~~", "~~"),
}


def mapped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(char, char) for char in text)


def shifted(text: str, lower: int, upper: int) -> str:
    """Letters moved into a block that begins at these code points."""
    return "".join(
        chr(lower + ord(c) - 97) if c in LOWER else chr(upper + ord(c) - 65) if c in UPPER else c
        for c in text
    )


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def math(text: str, chance: Random) -> str:
    """One of the mathematical alphabets; a hole in the chart keeps the plain letter."""
    block = chance.choice(MATHS)
    moved = shifted(text, block + 26, block)
    return "".join(
        m if unicodedata.category(m) != "Cn" else c for m, c in zip(moved, text, strict=True)
    )


def between(text: str, chance: Random, what: str | tuple[str, ...], share: float = 1.0) -> str:
    """Something put between characters, at least once."""
    sure = chance.randrange(1, len(text))
    return text[0] + "".join(
        (chance.choice(what) if at == sure or chance.random() < share else "") + char
        for at, char in enumerate(text[1:], 1)
    )


def marked(text: str, chance: Random) -> str:
    mark = chance.choice(MARKS)
    return "".join(char + mark for char in text)


def zalgo(text: str, chance: Random) -> str:
    pool = [chr(code) for code in range(0x300, 0x370)]
    return "".join(char + "".join(chance.choices(pool, k=chance.randint(1, 6))) for char in text)


def accented(text: str) -> str:
    table = dict(zip("aeioucnsyz", "áéíöüçñšÿž", strict=True))
    return mapped(text, table)


def repeated(text: str, chance: Random) -> str:
    """Some letters said three times and more."""
    sure = chance.randrange(len(text))
    return "".join(
        char * (chance.randint(3, 5) if at == sure or chance.random() < 0.3 else 1)
        for at, char in enumerate(text)
    )


def pieces(text: str, chance: Random) -> list[str]:
    """The text in three or four irregular pieces."""
    cuts = sorted(chance.sample(range(1, len(text)), min(len(text) - 1, chance.randint(2, 3))))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def wrapped(text: str, chance: Random) -> str:
    """A stretch of the inside put between two tags."""
    opening, closing = TAGS[chance.choice(list(TAGS))]
    at = chance.randrange(1, len(text))
    if at == len(text) - 1:
        return text[:at] + opening + closing + text[at:]
    end = chance.randrange(at + 1, len(text))
    return text[:at] + opening + text[at:end] + closing + text[end:]


def rubbed_out(text: str, chance: Random) -> str:
    """Wrong letters, each taken back by a backspace or DEL."""
    at = chance.randrange(1, len(text))
    count = chance.randint(1, 3)
    return text[:at] + "X" * count + chance.choice("\b\x7f") * count + text[at:]


def literals(text: str, chance: Random) -> str:
    """String literals that a program puts together."""
    quote = chance.choice("'\"")
    parts = [f"{quote}{piece}{quote}" for piece in pieces(text, chance)]
    return chance.choice(("+", " + ", " . ", " & ", " ", " .. ", " || ", ", ")).join(parts)


def listed(text: str, chance: Random) -> str:
    quote = chance.choice("'\"")
    return "[" + ",".join(f"{quote}{char}{quote}" for char in text) + "]"
