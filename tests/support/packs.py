"""A small pack of our own, with real word lists and real patterns."""

from __future__ import annotations

from classifiers.lexicon import Lexicon
from classifiers.panel import Panel
from classifiers.patterns import FAMILIES, Patterns
from classifiers.terms import Term
from classifiers.types import Classifier
from gateway.screen import ActivePacks
from policies.policy_set import PolicySet
from policies.types import (
    Action,
    Answer,
    Detector,
    Direction,
    ExplicitLabel,
    LabelProfile,
    Leaf,
    OnFailure,
    PolicyPack,
    Retention,
    Tier,
)

STOPPED = ("forbiddenword", "违禁词示例", "two words")
NOTED = ("library", "图书馆")
MASKED = ("cn_id_card", "cn_mobile", "openai_key")


def leaf(number: str, action: Action, *detectors: Detector) -> Leaf:
    both = {Direction.PROMPT: action, Direction.OUTPUT: action}
    return Leaf(number, "名称", "name", "IM Art. 4(1)", Tier.ILLEGAL, both, detectors=detectors)


def active_pack(*classifiers: Classifier, window_chars: int = 64) -> ActivePacks:
    """The pack with its scanners, and whatever further classifiers are given.

    A further classifier is asked about its own name as a category, for leaf T.4.
    """
    leaves = [
        leaf("T.1", Action.BLOCK, Detector("lexicon", "stopped")),
        leaf("T.2", Action.FLAG, Detector("lexicon", "noted")),
        leaf("T.3", Action.REDACT, *(Detector("patterns", name) for name in MASKED)),
        leaf("T.4", Action.BLOCK, *(Detector(c.name, c.name) for c in classifiers)),
    ]
    terms = [Term(word, "stopped") for word in STOPPED] + [Term(word, "noted") for word in NOTED]
    families = [family for family in FAMILIES if family.name in MASKED]
    held = frozenset({"stopped", *MASKED})
    return ActivePacks(
        policies=PolicySet(
            (
                PolicyPack(
                    name="test",
                    version="1",
                    digest="sha256:0",
                    leaves={one.id: one for one in leaves},
                    answers={"T.1": (Answer("a", "答", "answer"),)},
                    label=LabelProfile(
                        "gb45438", ExplicitLabel.INTERFACE, "（人工智能生成）", "(AI)"
                    ),
                    retention=Retention(184, 400),
                    on_failure=dict.fromkeys(Tier, OnFailure.CLOSED),
                ),
            )
        ),
        panel=Panel([Lexicon.compile(terms), Patterns(families)], classifiers),
        holds={Direction.PROMPT: held, Direction.OUTPUT: held},
        window_chars=window_chars,
    )
