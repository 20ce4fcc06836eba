"""Texts and word lists for the benchmarks: made from a seed, so that every run has the same."""

from __future__ import annotations

import random

from classifiers.text.tables import rows

_ENGLISH = (
    "library reading window morning garden teacher station paper kitchen winter market bridge "
    "letter engine number simple answer method result water summer school doctor travel family "
    "coffee ticket museum river mountain picture question evening holiday language history"
).split()
_CHINESE = (
    "图书馆的借书证可以在服务台补办。",
    "请带上身份证件和一张近期照片。",
    "工作人员会当场为您办理。",
    "补办通常需要五分钟，旧卡会立即停用。",
    "如果您搬了家，也可以顺便更新地址。",
    "今天天气很好，我们去公园散步吧。",
    "晚上回来以后，一起做饭、看书、休息。",
    "这道题可以用两种方法来解，先看第一种。",
    "把面粉和水按三比一的比例搅拌均匀。",
    "会议改到下周三下午两点，地点不变。",
    "孩子发烧时要多喝水，注意观察体温变化。",
    "这本小说讲的是一位老船长的故事。",
    "从车站出来往右走，过了桥就能看见博物馆。",
    "新版软件修复了若干问题，建议尽快升级。",
    "春天播种，秋天收获，农民最懂得等待。",
    "我想学一门新的语言，应该从哪里开始呢？",
    "请把表格按日期排序，再算出每月的平均值。",
    "他喜欢在清晨跑步，风雨无阻。",
)


def english(characters: int, seed: int = 1) -> str:
    """Plain sentences that do not repeat."""
    chance = random.Random(seed)
    words: list[str] = []
    while sum(map(len, words)) + len(words) < characters:
        words.append(chance.choice(_ENGLISH) + ("." if chance.random() < 0.1 else ""))
    return " ".join(words)[:characters]


def chinese(characters: int, seed: int = 1) -> str:
    """Plain sentences in an order that does not repeat."""
    chance = random.Random(seed)
    sentences: list[str] = []
    while sum(map(len, sentences)) < characters:
        sentences += chance.sample(_CHINESE, len(_CHINESE))
    return "".join(sentences)[:characters]


def terms(count: int, seed: int = 2) -> list[str]:
    """A word list, half Chinese, whose entries begin as words of the texts do and never hit them.

    Like real lists it spreads over thousands of characters; every Chinese entry ends in one that
    no text here has, every English one in letters that make no word.
    """
    chance = random.Random(seed)
    common = "".join(chars for _, chars in rows("pinyin"))
    said = "".join(_CHINESE)
    absent = [char for char in common if char not in said]
    found: dict[str, None] = {}
    while len(found) < count:
        if chance.random() < 0.5:
            first = chance.choice(said if chance.random() < 0.2 else common)
            body = "".join(chance.choice(common) for _ in range(chance.randint(0, 3)))
            found[first + body + chance.choice(absent)] = None
        else:
            found[chance.choice(_ENGLISH)[: chance.randint(2, 5)] + _nonsense(chance)] = None
    return list(found)


def _nonsense(chance: random.Random) -> str:
    return "".join(chance.choice("qxzjkv") for _ in range(chance.randint(3, 5)))
