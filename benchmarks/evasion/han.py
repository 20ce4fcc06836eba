"""Disguises of Chinese characters: other forms, parts, sounds (1.3)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from random import Random

from benchmarks.evasion.words import Forms

RADICAL_FORMS = {
    "言": "讠", "水": "氵", "手": "扌", "心": "忄", "金": "钅", "食": "饣", "犬": "犭", "草": "艹",
    "辵": "辶", "刀": "刂", "人": "亻", "衣": "衤", "攴": "攵", "糸": "纟", "阜": "阝", "肉": "月",
}  # fmt: skip
LOOKALIKES = {
    "违": "伟", "禁": "噤", "词": "祠", "示": "未", "例": "列", "蓝": "篮", "色": "邑", "独": "浊",
    "角": "甪", "兽": "善", "测": "侧", "试": "拭", "敏": "繁", "感": "惑", "语": "悟", "明": "朋",
    "林": "材", "物": "吻", "国": "圆", "际": "标", "门": "闩", "票": "栗", "青": "清", "鸟": "乌",
    "样": "详", "本": "木", "密": "蜜", "码": "妈", "地": "他", "下": "卞", "马": "鸟", "戏": "戎",
    "快": "块", "递": "涕", "星": "昱", "王": "玉", "风": "凤", "筝": "争", "铜": "桐", "黄": "横",
}  # fmt: skip


@cache
def compatible() -> dict[str, str]:
    """Code points that normalise to one Chinese character: radicals, compatibility, circled."""
    found: dict[str, list[str]] = defaultdict(list)
    spans = ((0x2E80, 0x2FD6), (0xF900, 0xFAD9), (0x3220, 0x33FF), (0x1F200, 0x1F252))
    for first, last in (*spans, (0x2F800, 0x2FA1E)):
        for code in range(first, last):
            folded = unicodedata.normalize("NFKC", chr(code)).strip("()〔〕")
            if len(folded) == 1 and folded != chr(code) and "一" <= folded <= "鿿":
                found[folded].append(chr(code))
    return {char: "".join(ways) for char, ways in found.items()}


def compatibility(forms: Forms, chance: Random) -> str | None:
    """The term with every such code point there is for it; None where there is none."""
    table = compatible()
    text = "".join(chance.choice(table[c]) if c in table else c for c in forms.term)
    return text if text != forms.term else None


def mixed_script(forms: Forms, chance: Random) -> str | None:
    """Some characters traditional, some simplified."""
    pairs = list(zip(forms.term, forms.traditional, strict=True))
    other = [at for at, (a, b) in enumerate(pairs) if a != b]
    if not other:
        return None
    chosen = set(chance.sample(other, chance.randint(1, len(other))))
    return "".join(pair[at in chosen] for at, pair in enumerate(pairs))


def split(forms: Forms, chance: Random, whole: bool) -> str | None:
    """All characters, or one or two, as what they are made of; radicals as they are typed."""
    able = [at for at, parts in enumerate(forms.split) if len(parts) > 1]
    if not able or (whole and len(able) < len(forms.term)):
        return None
    chosen = set(able if whole else chance.sample(able, min(len(able), chance.randint(1, 2))))
    typed = chance.random() < 0.5
    return "".join(
        "".join(RADICAL_FORMS.get(p, p) if typed else p for p in forms.split[at])
        if at in chosen
        else char
        for at, char in enumerate(forms.term)
    )


def homophones(forms: Forms, chance: Random) -> str | None:
    found = chance.choice(forms.homophones)
    return found if sum(a != b for a, b in zip(found, forms.term, strict=True)) >= 2 else None


def half_spelled(forms: Forms, chance: Random) -> str:
    """Some characters in pinyin, at least one kept."""
    chosen = chance.sample(range(len(forms.term)), max(1, len(forms.term) // 2))
    gap = chance.choice(("", "", " ", "-"))
    return gap.join(
        forms.pinyin[at] if at in chosen else char for at, char in enumerate(forms.term)
    )


def lookalike(forms: Forms, chance: Random) -> str | None:
    able = [at for at, char in enumerate(forms.term) if char in LOOKALIKES]
    if not able:
        return None
    at = chance.choice(able)
    return forms.term[:at] + LOOKALIKES[forms.term[at]] + forms.term[at + 1 :]
