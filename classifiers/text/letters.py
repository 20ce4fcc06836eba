"""Letter shapes that no Unicode mapping folds: typed by hand, from the charts of their blocks."""

from __future__ import annotations

import string

_SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ"
_UPSIDE_DOWN = "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz"
_UPSIDE_DOWN_CAPITALS = "∀ꓭƆᗡƎℲ⅁HIſꓘ˥WNOԀΌᴚS⊥∩ΛMX⅄Z"
_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"


def _run(first: int) -> dict[str, str]:
    return {chr(first + n): letter for n, letter in enumerate(string.ascii_lowercase)}


SHAPES: dict[str, str] = {
    **{
        shape: letter
        for shape, letter in zip(_SMALL_CAPITALS, string.ascii_lowercase, strict=True)
        if not shape.isascii()
    },
    **_run(0x1F150),  # negative circled
    **_run(0x1F170),  # negative squared
    "ɩ": "i",
    "ı": "i",
    "ɑ": "a",
    "ɡ": "g",
    "ɪ": "i",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ł": "l",
    "ŧ": "t",
    "ƀ": "b",
    "ɨ": "i",
    "ꞙ": "f",
    "ᴏ": "o",
    "ʏ": "y",
    "ʀ": "r",
    "þ": "p",
    "ð": "d",
}
"""Shapes that are only ever one Latin letter in another dress."""

BORROWED: dict[str, str] = {
    pair[0]: pair[1]
    for pair in (
        "вb мm нh тt кk пn иn яr ьb ъb шw щw цu чy зz эe єe Іi ӏl Ӏl "
        "βb ϐb εe ζz ηn θo κk μm πn τt χx ωw ςs ϻm δd λl "
        "լl ղn րn ւl յj վu Լl Հh եt էt իh թp Ꮖi ꓲi "
        "ⲁa ⲃb ⲉe ⲏh ⲓi ⲕk ⲙm ⲛn ⲟo ⲡn ⲣp ⲥc ⲧt ⲩy ⲭx"
    ).split()
}
"""Letters of other scripts that people write for Latin ones and the confusables do not list."""

AMBIGUOUS: dict[str, str] = {
    pair[0]: pair[1]
    for pair in "нn вv уu иu гg ӏi Ӏi іl Іl νn υy ηh ωo γg σs μu ιl πp рr сs".split()
}
"""What some of them are also written for."""

REGIONAL: dict[str, str] = _run(0x1F1E6)
"""Regional indicators: two make a flag, a long run of them makes words."""

BRAILLE: dict[str, str] = dict(zip(_BRAILLE, string.ascii_lowercase, strict=True))

UPSIDE_DOWN: dict[str, str] = {
    **dict(zip(_UPSIDE_DOWN_CAPITALS, string.ascii_lowercase, strict=True)),
    **dict(zip(_UPSIDE_DOWN, string.ascii_lowercase, strict=True)),
    "ı": "i",
    "ᵷ": "g",
    "ɓ": "g",
    "ꞁ": "l",
    "⅂": "l",
}
"""Each letter turned by 180 degrees, as the web's flip-text pages do."""

MORSE: dict[str, str] = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- "
        ".-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
        string.ascii_lowercase + string.digits,
        strict=True,
    )
)
"""International Morse code, ITU-R M.1677-1."""
