"""What the bundled model tells apart, and which leaves and categories each head speaks for.

A head says how sure the model is that a text is of one kind. Heads are the model's own words;
leaves are Annex A's (GB/T 45654-2025), categories OpenAI's moderation ones. The tables below tie
them together, and `uncovered` names the leaves that no head speaks for: operator lists, exemplars
and guard models serve those. Sexual content about minors has no head: it is a rule and a blocked
topic, and no text of that kind is used for training.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from classifiers.scoring import Side


class Head(StrEnum):
    """A kind of text that the bundled model scores, in the order of its outputs."""

    VIOLENCE = "violence"
    TERRORISM = "terrorism"
    WEAPONS = "weapons"
    SEXUAL = "sexual"
    SELF_HARM = "self_harm"
    HATE = "hate"
    HARASSMENT = "harassment"
    CRIME_FRAUD = "crime_fraud"
    DRUGS_GAMBLING = "drugs_gambling"
    PRIVACY = "privacy"
    ILLEGAL_TRADE_IP = "illegal_trade_ip"
    MISINFORMATION = "misinformation"
    INJECTION = "injection"
    JAILBREAK = "jailbreak"
    PROMPT_LEAK = "prompt_leak"
    SPAM_ADS = "spam_ads"
    UNSAFE = "unsafe"
    """Any of the above, or harm of a kind that has no head of its own."""


HEADS = tuple(Head)


SIDES = tuple(Side)
"""The model has a set of heads for each: asking for harm is not saying it."""

LEAVES_OF: dict[Head, tuple[str, ...]] = {
    Head.VIOLENCE: ("A.1.f", "A.4.a"),
    Head.TERRORISM: ("A.1.d",),
    Head.WEAPONS: ("A.1.h",),
    Head.SEXUAL: ("A.1.f",),
    Head.SELF_HARM: ("A.4.a",),
    Head.HATE: (
        "A.1.e",
        *(f"A.2.{ground}" for ground in "abcdefghi"),
    ),
    Head.HARASSMENT: ("A.4.a", "A.4.c"),
    Head.CRIME_FRAUD: ("A.1.h",),
    Head.DRUGS_GAMBLING: ("A.1.h",),
    Head.PRIVACY: ("A.4.e", "A.4.f"),
    Head.ILLEGAL_TRADE_IP: ("A.3.a", "A.3.b", "A.3.c", "A.3.d", "A.3.e"),
    Head.MISINFORMATION: ("A.1.g",),
    Head.INJECTION: (),
    Head.JAILBREAK: (),
    Head.PROMPT_LEAK: (),
    Head.SPAM_ADS: ("A.3.e",),
    Head.UNSAFE: (),
}
"""The leaves a head may mean. `hate` does not tell the nine grounds of A.2 apart."""

OPENAI_OF: dict[Head, tuple[str, ...]] = {
    Head.VIOLENCE: ("violence", "violence/graphic"),
    Head.TERRORISM: ("violence", "illicit/violent"),
    Head.WEAPONS: ("illicit/violent",),
    Head.SEXUAL: ("sexual",),
    Head.SELF_HARM: ("self-harm", "self-harm/intent", "self-harm/instructions"),
    Head.HATE: ("hate", "hate/threatening"),
    Head.HARASSMENT: ("harassment", "harassment/threatening"),
    Head.CRIME_FRAUD: ("illicit",),
    Head.DRUGS_GAMBLING: ("illicit",),
    Head.PRIVACY: ("illicit",),
    Head.ILLEGAL_TRADE_IP: ("illicit",),
    Head.MISINFORMATION: (),
    Head.INJECTION: (),
    Head.JAILBREAK: (),
    Head.PROMPT_LEAK: (),
    Head.SPAM_ADS: (),
    Head.UNSAFE: (),
}
"""OpenAI's categories; `sexual/minors` is served by rules only, see the module's docstring."""


def leaves_of(heads: Iterable[Head]) -> tuple[str, ...]:
    """The leaves that any of the heads may mean, sorted."""
    return tuple(sorted({leaf for head in heads for leaf in LEAVES_OF[head]}))


def uncovered(leaves: Iterable[str], heads: Iterable[Head] = HEADS) -> tuple[str, ...]:
    """The leaves among `leaves` that no head speaks for."""
    covered = set(leaves_of(heads))
    return tuple(leaf for leaf in leaves if leaf not in covered)
