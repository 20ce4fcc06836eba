"""The suite of a set of terms, from a seed: cases that must be found, and twins that must not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.evasion.disguises import HAN, ROWS, Disguise, Hidden, hidden
from benchmarks.evasion.twins import likenesses
from benchmarks.evasion.words import CHINESE, ENGLISH, terms

SUBSTITUTES = frozenset(
    "wide|mathematical|small capitals|negative squared|Cyrillic, partly|case|leet 0|traditional|"
    "mixed scripts|homophones|split, some|half pinyin|backwards|compatibility|accents".split("|")
)
INSERTS = frozenset(
    "invisible, one kind|invisible, mixed|one mark on each|one separator|emoji between all|"
    "markup|isolates|letters between|pieces|rubbed out".split("|")
)
CARRIES = frozenset(
    "base64|base64 of a sentence|percent|percent u|entities|code points|selectors|override|"
    "quoted-printable|base32|hexadecimal|base64 for URLs|gzip".split("|")
)
PAIRS = ((SUBSTITUTES, INSERTS), (SUBSTITUTES, CARRIES), (INSERTS, CARRIES), (CARRIES, CARRIES))
COMPOSED = "two at once"


@dataclass(frozen=True, slots=True)
class Case:
    """A text, and what is to be found in it."""

    id: str
    row: str
    name: str
    tier: int
    text: str
    term: str = ""
    """Empty for a twin: nothing is to be found."""
    start: int = 0
    end: int = 0
    """Where the disguise stands."""
    exact: bool = True
    """Whether the disguise is the term and nothing else."""


def cases(which: str, seed: int, each: int, composed: int) -> Iterator[Case]:
    """`each` texts for every disguise, and `composed` texts with two at once."""
    words = [hidden(term) for term in terms(which)]
    for number, disguise in enumerate(ROWS):
        chance = Random(f"{seed} {number}")
        for count, (word, text) in enumerate(_made(disguise, words, chance, each)):
            yield _case(which, f"{disguise.row}-{number}-{count}", disguise, word, text, chance)
    chance = Random(f"{seed} composed")
    for count in range(composed):
        name, disguise, word, text = _composed(words, chance)
        case = _case(which, f"2-{count}", disguise, word, text, chance)
        exact = case.exact and disguise.exact and not name.startswith(("override", "selectors"))
        yield Case(case.id, COMPOSED, name, 2, case.text, case.term, case.start, case.end, exact)


def twins(which: str, other: str, seed: int, each: int) -> Iterator[Case]:
    """Likenesses of a set's terms, and every disguise of another set's, in the same carriers."""
    chance = Random(f"{seed} twins")
    listed = terms(which)
    for count, (kind, text) in enumerate(likenesses(which, chance)):
        if not text.isascii() and any(term in text for term in listed):
            continue
        carrier = chance.choice((ENGLISH if text.isascii() else CHINESE)[which])
        yield Case(f"t-{count}", "twin", kind, 0, carrier.format(text))
    for case in cases(other, seed, each, each * 60):
        yield Case(f"t-{case.id}", "twin", f"other word: {case.row} {case.name}", 0, case.text)


def _made(
    disguise: Disguise, words: Sequence[Hidden], chance: Random, most: int
) -> Iterator[tuple[Hidden, str]]:
    able = [word for word in words if disguise.able(word)]
    made, tries = 0, 0
    while able and made < most and tries < most * 4:
        tries += 1
        word = chance.choice(able)
        text = disguise.make(word, chance)
        if text is not None:
            made += 1
            yield word, text


def _case(
    which: str, name: str, disguise: Disguise, word: Hidden, text: str, chance: Random
) -> Case:
    carriers = CHINESE if word.kind == HAN or chance.random() < 0.2 else ENGLISH
    before, after = chance.choice(carriers[which]).split("{}")
    start = len(before)
    return Case(
        f"{which}-{name}",
        disguise.row,
        disguise.name,
        disguise.tier,
        before + text + after,
        word.text,
        start,
        start + len(text),
        disguise.exact,
    )


def _composed(words: Sequence[Hidden], chance: Random) -> tuple[str, Disguise, Hidden, str]:
    """One disguise over another."""
    while True:
        inner, outer = chance.choice(PAIRS)
        first = chance.choice([row for row in ROWS if row.name in inner])
        second = chance.choice([row for row in ROWS if row.name in outer])
        able = [word for word in words if first.able(word) and second.able(word)]
        if first is second or not able:
            continue
        word = chance.choice(able)
        text = first.make(word, chance)
        if text is None or (hard_to_carry(second, text)):
            continue
        over = second.make(Hidden(text, word.kind, word.forms), chance)
        if over is not None:
            return f"{first.name} + {second.name}", second, word, over


def hard_to_carry(second: Disguise, text: str) -> bool:
    """Whether what was made has room for no more."""
    if second.name == "override" and any(
        "\ufe00" <= c <= "\ufe0f" or c >= "\U000e0100" for c in text
    ):
        return True
    return len(text) > 400 or (second.name == "pieces" and len(text) < 6)
