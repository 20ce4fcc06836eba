"""Texts and word lists for the benchmarks: made from a seed, so that every run has the same."""

from __future__ import annotations

import random

_ENGLISH = (
    "library reading window morning garden teacher station paper kitchen winter market bridge "
    "letter engine number simple answer method result water summer school doctor travel family "
    "coffee ticket museum river mountain picture question evening holiday language history"
).split()
_CHINESE = (
    "图书馆的借书证可以在服务台补办请带上一张近期照片工作人员会当场为您办理通常需要五分钟"
    "如果搬了家也可以顺便更新地址天气很好我们去公园散步晚上回来做饭看书休息明天继续学习"
)


def english(characters: int, seed: int = 1) -> str:
    """Plain sentences that do not repeat."""
    chance = random.Random(seed)
    words: list[str] = []
    while sum(map(len, words)) + len(words) < characters:
        words.append(chance.choice(_ENGLISH) + ("." if chance.random() < 0.1 else ""))
    return " ".join(words)[:characters]


def chinese(characters: int, seed: int = 1) -> str:
    """Ordinary characters in an order that does not repeat, with punctuation."""
    chance = random.Random(seed)
    return "".join(
        chance.choice(_CHINESE) if chance.random() > 0.08 else chance.choice(",。")
        for _ in range(characters)
    )


def terms(count: int, seed: int = 2) -> list[str]:
    """A word list, half Chinese, that shares first characters with the texts and never hits them.

    The Chinese terms end in a character that no text here has, the English ones in letters that
    make no word.
    """
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        if chance.random() < 0.5:
            body = "".join(chance.choice(_CHINESE) for _ in range(chance.randint(1, 4)))
            found[body + chance.choice("魑魅魍魉龘")] = None
        else:
            found[chance.choice(_ENGLISH)[: chance.randint(2, 5)] + _nonsense(chance)] = None
    return list(found)


def _nonsense(chance: random.Random) -> str:
    return "".join(chance.choice("qxzjkv") for _ in range(chance.randint(3, 5)))
