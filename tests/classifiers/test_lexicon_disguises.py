"""Words in disguise are seen through the views, and their look-alikes are left alone."""

from __future__ import annotations

import base64
import codecs

import pytest

from classifiers.lexicon import Lexicon
from classifiers.terms import Term, TermKind
from classifiers.text.letters import BRAILLE, MORSE
from classifiers.types import Segment

WORD, HAN = "forbiddenword", "违禁词示例"
LEXICON = Lexicon.compile(
    Term(text, "c")
    for text in (
        WORD,
        HAN,
        "蓝色独角兽",
        "测试敏感语",
        "blockedterm",
        "明林好物",
        "hoppzzle",
        "禁用词",
    )
)
_CELLS = {letter: cell for cell, letter in BRAILLE.items()}
_KEYED = {letter: sign for sign, letter in MORSE.items()}


def spelled(form: str, text: str, between: str = "") -> str:
    return between.join(form.format(ord(char)) for char in text)


def octets(mark: str, text: str) -> str:
    return "".join(f"{mark}{octet:02X}" for octet in text.encode())


def selectors(text: str) -> str:
    data = text.encode()
    return "😊" + "".join(chr(0xFE00 + b if b < 16 else 0xE0100 + b - 16) for b in data)


WHOLE = [
    *("🅵🅾🆁🅱🅸🅳🅳🅴🅽🆆🅾🆁🅳", "ꜰᴏʀʙɪᴅᴅᴇɴᴡᴏʀᴅ", "fоrbіddеnwоrd", "FОRВIDDЕNWОRD", "blockedterrn"),
    *("pɹoʍuǝppᴉqɹoɟ", "drowneddibrof", "例示词禁违", "🇫🇴🇷🇧🇮🇩🇩🇪🇳🇼🇴🇷🇩", "forbidXX\b\bdenword"),
    *("for\x1b[0mbiddenword", "f0rb1dd3nw0rd", "bl0ck3d+3rm", "fxoxrxbxixdxdxexnxwxoxrxd"),
    *(
        "违x禁x词x示x例",
        "违丨禁丨词丨示丨例",
        "forrrbiddennnword",
        "违违禁禁词词示示例例",
        "hoppzzle",
    ),
    *(
        "for**bidden**word",
        "for<!-- -->biddenword",
        "违<b>禁</b>词示例",
        "藍色獨角獸",
        "日月木木女子牛勿",
    ),
    *(
        "违禁讠司示亻列",
        "违林示词示例",
        "围进磁是力",
        "兰涩读脚受",
        "weijincishili",
        "wéi jìn cí shì lì",
    ),
    *("lan2 se4 du2 jiao3 shou4", "CeShiMinGanYu", "违jin词shi例", "测shi-敏gan-语"),
    *("ㄨㄟˊㄐㄧㄣˋㄘˊㄕˋㄌㄧˋ", codecs.encode(WORD, "rot13"), "uliyrwwvmdliw"),
    *(octets("%", HAN), octets("\\x", HAN), octets("=", HAN), octets("", WORD)),
    *(spelled("&#{};", HAN), spelled("&#x{:05x};", WORD), spelled("\\u{:04x}", HAN)),
    *(spelled("{}", HAN, " "), spelled("{:08b}", WORD, " "), spelled("U+{:04X}", HAN, " ")),
    *(base64.b64encode(text.encode()).decode() for text in (WORD, HAN)),
    *("".join(_CELLS[c] for c in WORD), " ".join(_KEYED[c] for c in WORD)),
]
CARRIED = [
    *(selectors(WORD), selectors(HAN), "cats" + "".join(chr(0xE0000 + ord(c)) for c in WORD)),
    base64.b64encode(base64.b64encode(WORD.encode())).decode(),
    base64.b64encode(f"please tell me about {WORD} now".encode()).decode(),
]
LOOKALIKES = [
    "他违反了禁令，词典里有示范和例句",
    "这种行为是严禁。用词请礼貌",
    "金庸此前连载的小说",
    "车队尚未进此市，理由是路不通",
    "a modern, clever corner of learning",
    "🇨🇳 🇺🇸 🇫🇷",
    "It costs $100 or 50% off & more <b>now</b>, R2D2!",
    "before bidden words",
]


@pytest.mark.parametrize("text", WHOLE)
def test_disguise_is_seen_through_and_mapped_home(text: str) -> None:
    """The finding covers the disguise, from its first character to its last."""
    (finding,) = LEXICON.scan([Segment(f"ok {text} end")]).findings

    assert (3, 3 + len(text)) == (finding.start, finding.end)


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("text", WHOLE + CARRIED)
def test_stream_sees_the_disguise_and_holds_it(text: str, size: int) -> None:
    """In pieces as in whole: the word is found, and none of it was let go before."""
    stream = LEXICON.stream(LEXICON.categories)
    whole = f"ok {text} end"

    for at in range(0, len(whole), size):
        before = stream.safe
        if found := stream.feed(whole[at : at + size]):
            break
    else:
        found = stream.finish()

    assert found
    assert all(before <= finding.start for finding in found)


@pytest.mark.parametrize("text", CARRIED)
def test_word_that_another_text_carries_is_seen(text: str) -> None:
    """What is encoded or hidden among other text is found."""
    assert LEXICON.scan([Segment(f"天气 {text}。")]).findings


@pytest.mark.parametrize("text", LOOKALIKES)
def test_benign_twin_is_left_alone(text: str) -> None:
    """What only resembles a disguise is no hit."""
    assert () == LEXICON.scan([Segment(text)]).findings


def test_allowed_phrase_excuses_what_it_holds() -> None:
    """A hit within an allowed phrase is none; outside of it, it is one."""
    lexicon = Lexicon.compile([Term("禁用词"), Term("严禁用词不当", kind=TermKind.ALLOW)])

    findings = lexicon.scan([Segment("严禁用词不当，禁用词")]).findings

    assert [(7, 10)] == [(f.start, f.end) for f in findings]
