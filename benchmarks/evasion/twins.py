"""Benign twins: texts that look like the hidden ones and must be left alone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

from benchmarks.evasion.words import LATIN, forms
from classifiers.text.tables import rows

ORDINARY = (
    "大麻烦不是小麻烦，别担心。",
    "金庸此前连载的小说很好看",
    "这种行为是严禁。用词请礼貌",
    "他违反了禁令，词典里有示范和例句",
    "车队尚未进此市，理由是路不通",
    "The class will pass the assessment, and the cockpit crew agrees.",
    "before bidden words were said, the classic grass grew",
    "🇨🇳 🇺🇸 🇫🇷 🇯🇵 🇩🇪 flags of five countries",
    "👨‍👩‍👧‍👦 family, 👍🏽 thumbs, ❤️ heart, 1️⃣ 2️⃣ 3️⃣",
    "Привет, как дела? Сегодня хорошая погода.",
    "Καλημέρα, τι κάνεις; Ο καιρός είναι καλός σήμερα.",
    "今日はいい天気ですね。図書館へ行きましょう。",
    "مرحبا، كيف حالك اليوم؟",
    "नमस्ते, आज मौसम अच्छा है।",
    "สวัสดีครับ วันนี้อากาศดี",
    "for (let i = 0; i < n; i++) { out += '<b>' + names[i] + '</b>'; }",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
    "0xDEADBEEF 0xCAFEBABE 0x0BADF00D",
    "It costs $100 or 50% off & more <b>now</b>, R2D2 and C3PO!",
    "see https://example.com/a%20b?q=%E4%BD%A0%E5%A5%BD&x=1#top",
    "- - - . . . / - . - . ...",
    "1, 2, 3, 4, 5, 8, 13, 21, 34, 55, 89, 144",
    "192.168.0.1 10.0.0.255 172.16.254.1",
    "a b c d e f g h i j k l m n o p",
    "LSD-JS, ZF, JC, KPI, OKR, BGM, YYDS",
    "好好学习天天向上，高高兴兴上班去",
    "H e l l o   t h e r e",
    "bookkeeper, committee, Mississippi, zzz, hmmm, aaaah!!!",
    "ⅠⅡⅢ ①②③ ㈠㈡㈢ ㎡ ㎏ ℃",
    "naïve café déjà vu Ångström Łódź Đà Nẵng",
    'He said "for" + "ward" and ["a", "b", "c"].join("")',
    "&lt;p&gt;Hello &amp; welcome&lt;/p&gt; &copy; 2024",
    "日月星辰，木林森，女子好，人言信",
)
_APART = "的了在我和有人这中大来上个"


def contained(term: str, chance: Random) -> str:
    """A longer Latin word that the term is a part of."""
    return chance.choice(
        (f"{term}s", f"un{term}", f"{term}ing", f"x{term}", f"{term}2", f"my{term}s")
    )


def across_clause(term: str, chance: Random) -> str:
    """The end of one sentence and the beginning of the next."""
    at = chance.randrange(1, len(term))
    stop = (
        chance.choice("。！？") if not term.isascii() else chance.choice((". ", "! ", "? ", "; "))
    )
    if chance.random() < 0.5 and not term.isascii():
        stop += "\n"
    return term[:at] + stop + term[at:]


def apart(term: str, chance: Random) -> str:
    """The characters in order, other Chinese between all of them."""
    free = [char for char in _APART if char not in term]
    return "".join(char + "".join(chance.sample(free, 2)) for char in term)


def other_tones(term: str, chance: Random) -> str | None:
    """Characters with the same syllables and other tones."""
    rare = {char for char, _ in rows("readings")}
    by_syllable: dict[str, list[tuple[str, str]]] = {}
    tone_of = {char: toned for toned, chars in rows("pinyin") for char in chars}
    for toned, chars in rows("pinyin"):
        by_syllable.setdefault(toned[:-1], []).extend((toned, c) for c in chars if c not in rare)
    found = []
    for char in term:
        mine = tone_of[char]
        others = [c for toned, c in by_syllable[mine[:-1]] if toned != mine]
        if not others:
            return None
        found.append(chance.choice(others))
    return "".join(found)


def encoded(chance: Random) -> str:
    """Ordinary sentences in base64, hexadecimal and percent escapes."""
    text = chance.choice(ORDINARY)
    data = text.encode()
    ways = (
        base64.b64encode(data).decode(),
        data.hex(),
        "".join(f"%{octet:02X}" for octet in data),
        text[::-1],
        "".join(f"&#{ord(char)};" for char in text),
    )
    return chance.choice(ways)


def likenesses(which: str, chance: Random) -> Iterator[tuple[str, str]]:
    """The kind of twin, and a text of it, for each term of a set."""
    for text in ORDINARY:
        yield "ordinary", text
    for _ in range(60):
        yield "encoded", encoded(chance)
    for term in LATIN[which]:
        for _ in range(4):
            yield "contained", contained(term, chance)
        yield "across a clause", across_clause(term, chance)
    for term in forms(which):
        for _ in range(2):
            yield "across a clause", across_clause(term, chance)
            yield "apart", apart(term, chance)
            if heard := other_tones(term, chance):
                yield "other tones", heard
