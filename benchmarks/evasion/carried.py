"""Disguises that carry a text as something else: encodings, codes, hidden payloads (1.4)."""

from __future__ import annotations

import base64
import codecs
import gzip
import quopri
import string
from random import Random

from benchmarks.evasion.latin import LOWER

_MORSE = dict(
    zip(
        LOWER + string.digits,
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- "
        ".-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        strict=True,
    )
)
_BRAILLE = dict(zip(LOWER, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))


def base64_of(text: str, encoding: str = "utf-8") -> str:
    return base64.b64encode(text.encode(encoding)).decode()


def base64_among(text: str, chance: Random) -> str:
    """A token that holds a sentence, so that the term stands at any alignment."""
    return base64_of("the quick brown fox"[: chance.randint(3, 18)] + f" {text} and so on")


def base64_url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def base64_lines(text: str) -> str:
    token = base64_of(f"please read about {text} before you come to the meeting")
    return "\n".join(token[at : at + 20] for at in range(0, len(token), 20))


def base64_twice(text: str) -> str:
    return base64_of(base64_of(text))


def gzipped(text: str) -> str:
    return base64.b64encode(gzip.compress(f"a note: {text} is here".encode(), mtime=0)).decode()


def base32_of(text: str) -> str:
    return base64.b32encode(text.encode()).decode()


def octets(text: str, mark: str, between: str = "", upper: bool = False) -> str:
    form = "{:02X}" if upper else "{:02x}"
    return between.join(mark + form.format(octet) for octet in text.encode())


def points(text: str, form: str, between: str = "") -> str:
    return between.join(form.format(ord(char)) for char in text)


def units(text: str, form: str) -> str:
    """UTF-16 code units, as JavaScript escapes them."""
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join(form.format(data[at] * 256 + data[at + 1]) for at in range(0, len(data), 2))


def quoted(text: str) -> str:
    return quopri.encodestring(text.encode()).decode() if not text.isascii() else octets(text, "=")


def percent_twice(text: str) -> str:
    return octets(text, "%", upper=True).replace("%", "%25")


def rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


def atbash(text: str) -> str:
    return text.translate(str.maketrans(LOWER, LOWER[::-1]))


def morse(text: str) -> str:
    return " / ".join(" ".join(_MORSE[c] for c in word) for word in text.split())


def braille(text: str) -> str:
    return "".join(_BRAILLE[c] for c in text)


def flags(text: str) -> str:
    return "".join(chr(0x1F1E6 + ord(c) - 97) for c in text)


def tags(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text)


def selectors(text: str) -> str:
    return "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in text.encode())


def bits(text: str, chance: Random) -> str:
    zero, one = chance.choice(("\u200b\u200c", "\u200c\u200d", "\u200b\u2060", "\u200d\ufeff"))
    return "".join(f"{b:08b}" for b in text.encode()).replace("0", zero).replace("1", one)
