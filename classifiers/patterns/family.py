"""A family of patterns: a name, an expression, and what else must hold. A row of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LOOKBACK = 32
"""How many characters before a match its check may look at."""

ALNUM = "0-9A-Za-z"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch that fits a family's expression."""

    text: str
    """As it is matched: folded, lower case."""
    before: str
    """Up to LOOKBACK folded characters in front of it."""


Check = Callable[[Candidate], bool]


@dataclass(frozen=True, slots=True)
class Family:
    """What one kind of number, key or address looks like."""

    name: str
    """Also the category of its findings, and the rule that packs and records name unless `rule`."""
    expression: str
    """In the syntax of `classifiers.prefix`. Matched on folded text, so letter case is ignored."""
    check: Check | None = None
    """What must hold beyond the expression: a check digit, a word of context, a known length."""
    cased: bool = False
    """The original letters must fit the expression in their case too: keys are case-sensitive."""
    not_before: str = ALNUM
    """The inside of a character set: what must not stand right before a match."""
    not_after: str = ALNUM
    rule: str = ""
    """What findings name as their rule; the name where empty."""
    score: float = 1.0
    """The score of its findings."""


def all_of(*checks: Check) -> Check:
    return lambda candidate: all(check(candidate) for check in checks)


def any_of(*checks: Check) -> Check:
    return lambda candidate: any(check(candidate) for check in checks)


def near(*words: str) -> Check:
    """One of these folded words stands shortly before: for kinds that are weak by themselves."""
    return lambda candidate: any(word in candidate.before for word in words)


def begins(*openings: str) -> Check:
    return lambda candidate: candidate.text.startswith(openings)


def has_digit(candidate: Candidate) -> bool:
    """Any digit: tells a random token from a long hyphenated word."""
    return any(map(str.isdigit, candidate.text))


def stands_alone(candidate: Candidate) -> bool:
    """Not the digits after a decimal point, nor a later part of a longer hyphenated number."""
    return not (candidate.before[-1:] in (".", ",", "-") and candidate.before[-2:-1].isdigit())
