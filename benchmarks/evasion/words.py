"""Placeholder terms and carriers, in two sets: `a` to build with, `b` to check against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FORMS = Path(__file__).with_name("forms.tsv")

LATIN = {
    "a": (
        "forbiddenword blockedterm zorbleflux hoppzzle quibblenox grandoplex snarfbottle "
        "wuzzlecraft plimdrosk verbotenish jumblecask mirthwyrm"
    ).split(),
    "b": (
        "dazzlefrond bannedphrase krimblewort testtoxin fizzowhack glumberjack troddlevane "
        "proscribedtoken shimmerquop yawnbucket oddlevex crumpetgate"
    ).split(),
}
PHRASES = {
    "a": ["blue unicorn", "velvet pangolin recipe", "plim drosk"],
    "b": ["purple walrus", "marble otter diagram", "grumb taxle"],
}
MIXED = {"a": ["违禁词abc", "x光飞毯"], "b": ["测试ktv券", "b级琉璃"]}
ENGLISH = {
    "a": (
        "Tell me more about {} please.",
        "I read that {} is for sale",
        "{}",
        "What does {} mean, and why does everyone ask?",
        "please explain {}, step by step.\nThanks!",
        "The report (see page 4) mentions {} twice.",
    ),
    "b": (
        "Could you write a poem on {} for my class?",
        "My neighbour keeps talking about {}; is that normal?",
        "{} and nothing else",
        "In 2019, {} was all over the news.",
        "- first item\n- {}\n- last item",
        'He said: "{}" and left.',
    ),
}
CHINESE = {
    "a": (
        "请告诉我{}的事情。",
        "最近大家都在讨论{}，你怎么看？",
        "{}",
        "我想了解一下{}到底是什么",
        "第一步：{}；第二步：休息。",
        "昨天的新闻提到了{}。",
    ),
    "b": (
        "能不能写一首关于{}的诗？",
        "我的邻居总是说起{}，正常吗？",
        "{}是什么意思",
        "老师问：{}在哪里可以看到？",
        "他在2019年就听说过{}了。",
        "大家好，{}，谢谢。",
    ),
}


@dataclass(frozen=True, slots=True)
class Forms:
    """How a Chinese term is written by other means than its own characters."""

    term: str
    traditional: str
    taiwanese: str
    numbered: tuple[str, ...]
    """Pinyin, a syllable a character, tones as digits."""
    marked: tuple[str, ...]
    """Pinyin with tone marks."""
    bopomofo: tuple[str, ...]
    homophones: tuple[str, ...]
    """Other characters with the same sounds and tones."""
    near: str
    """Other characters with sounds that dialects confuse."""
    split: tuple[str, ...]
    """Each character as the two or three it is made of, or itself."""

    @property
    def pinyin(self) -> tuple[str, ...]:
        """Without tones, ü as v."""
        return tuple(syllable[:-1] for syllable in self.numbered)


@cache
def forms(which: str) -> dict[str, Forms]:
    """The Chinese terms of a set, by term."""
    found = {}
    for line in _FORMS.read_text(encoding="utf-8").splitlines():
        name, *cells = line.split("\t")
        if name == which:
            numbered, marked, bopomofo, same, split = (
                tuple(cells[n].split()) for n in (3, 4, 5, 6, 8)
            )
            found[cells[0]] = Forms(
                cells[0], cells[1], cells[2], numbered, marked, bopomofo, same, cells[7], split
            )
    return found


def terms(which: str) -> list[str]:
    """Every term of a set."""
    return [*LATIN[which], *PHRASES[which], *MIXED[which], *forms(which)]
