"""Every view of a text that there is reason to look into.

One pass of a linear matcher tells which disguises may be about, so ordinary text pays for none.
What a view uncovers is looked at in the same way, `_DEPTH` deep: an escape may hide base64.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import re2  # type: ignore[import-untyped]

from classifiers.text import decode, escapes, hidden, joined, leet, markup, shapes, sound, tokens
from classifiers.text.fold import is_plain
from classifiers.text.page import WALL
from classifiers.text.rewrite import rewrite
from classifiers.text.view import View, canonical, unmoved


@dataclass(frozen=True, slots=True)
class Disguise:
    """A way of hiding words, the sign that it may be about, and how it is undone."""

    name: str
    trigger: str
    """An RE2 expression; where it is not found, `undo` would find nothing either."""
    undo: Callable[[View], list[View]]
    likely: Callable[[bytes], bool] | None = None
    """A second look at lower-case text with the sign; where it says no, nothing would change."""
    of_words: bool = False
    """Whether it bends words, so that what no word is in need not be read for it."""
    of_codes: bool = False
    """Whether it decodes octets, which no guess at a letter survives."""
    bends: bool = False
    """Whether it reads characters for others that they may be meant for."""


DISGUISES = (
    Disguise("escapes", escapes.TRIGGER, escapes.unescaped),
    Disguise("markup", markup.TRIGGER_MARKUP, markup.unmarked),
    Disguise("erased", markup.TRIGGER_ERASED, markup.erased),
    Disguise("bidi", markup.TRIGGER_OVERRIDE, markup.overridden),
    Disguise("hidden", hidden.TRIGGER, hidden.uncovered),
    Disguise("skeleton", shapes.TRIGGER_SKELETON, shapes.skeleton, of_words=True),
    Disguise("flags", shapes.TRIGGER_FLAGS, shapes.unflagged),
    Disguise("turned", shapes.TRIGGER_TURNED, shapes.turned),
    Disguise("braille", shapes.TRIGGER_BRAILLE, shapes.unbrailled),
    Disguise("morse", shapes.TRIGGER_MORSE, shapes.unkeyed),
    Disguise(
        "narrowed",
        tokens.TRIGGER_WIDE,
        shapes.narrowed,
        tokens.may_narrow,
        of_words=True,
        bends=True,
    ),
    Disguise("leet", leet.TRIGGER_LEET, leet.unbent, of_words=True, bends=True),
    Disguise("evened", joined.TRIGGER_EVEN, joined.evened, of_words=True),
    Disguise("unquoted", joined.TRIGGER_QUOTED, joined.unquoted, of_words=True),
    Disguise(
        "once", tokens.TRIGGER_TWICE, leet.said_once, tokens.may_stammer, of_words=True, bends=True
    ),
    Disguise("filled", leet.TRIGGER_FILLED, leet.unfilled, of_words=True, bends=True),
    Disguise("bopomofo", sound.TRIGGER_BOPOMOFO, sound.romanised),
    Disguise("base64", decode.TRIGGER_BASE64, decode.decoded_base64, of_codes=True),
    Disguise("base32", decode.TRIGGER_BASE32, decode.decoded_base32, of_codes=True),
    Disguise("hex", decode.TRIGGER_HEX, decode.unhexed, of_codes=True),
    Disguise("numbers", decode.TRIGGER_NUMBERS, decode.unnumbered, of_codes=True),
)

_DEPTH = 3
_GUESSES = 2
"""Disguises of words that one may stand within."""
_MOST_VIEWS = 48
_MOST_GUESSES = 160
_SHARE = 4
_GUESSED_SHARE = 3
_ROOM = 32_768
"""Characters that all views of one text may hold beyond `_SHARE` times its length."""


_ALWAYS = r"\z"


class _Triggers:
    """The signs of some disguises, looked for in one pass."""

    def __init__(self, numbers: Sequence[int], memory: int = 1 << 26) -> None:
        self._numbers = numbers
        options = re2.Options()
        options.max_mem = memory
        self._set = re2.Set.SearchSet(options)
        for number in numbers:
            self._set.Add(DISGUISES[number].trigger)
        self._set.Add(_ALWAYS)
        self._set.Compile()

    def among(self, data: bytes) -> list[int]:
        """The numbers of those whose sign is in the data."""
        found: list[int] | None = self._set.Match(data)
        if found is not None and len(found) == 1:
            return []
        # RE2 says "nothing" when its automaton outgrows its memory. The last entry occurs in every
        # text, so its absence means that every disguise has to be looked for.
        if found is None:
            return list(self._numbers)
        return [self._numbers[at] for at in found if at < len(self._numbers)]


def _groups() -> list[_Triggers]:
    """Signs apart that random letters are full of: together their automata multiply."""
    groups: dict[tuple[bool, ...], list[int]] = {}
    for number, disguise in enumerate(DISGUISES):
        group = (disguise.name == "filled", disguise.of_codes, disguise.of_words)
        groups.setdefault(group, []).append(number)
    return [_Triggers(numbers) for numbers in groups.values()]


_TRIGGERS = _groups()
_AT_ONCE = _Triggers(range(len(DISGUISES)), 1 << 24)
_SHORT = 256
"""Characters below which asking for every sign at once is faster, whatever the text."""


def _signs(text: str) -> Sequence[int]:
    """The numbers of the disguises whose sign is in the text."""
    data = text.encode("utf-8", "replace")
    if len(data) < _SHORT:
        found = _AT_ONCE.among(data)
    else:
        found = [number for triggers in _TRIGGERS for number in triggers.among(data)]
    if not found:
        return found
    found.sort()
    data = data.lower()
    checks = ((number, DISGUISES[number].likely) for number in found)
    return [number for number, likely in checks if likely is None or likely(data)]


@dataclass(slots=True)
class Budget:
    """What may still be spent on the views of one text."""

    views: int
    chars: int
    spent: bool = False
    """True once something was left unread."""

    def take(self, view: View) -> bool:
        """Whether the view may be looked into; counts it if so."""
        if self.views < 1 or len(view.text) > self.chars:
            self.spent = True
            return False
        self.views -= 1
        self.chars -= len(view.text)
        return True


def budget_for(text: str) -> Budget:
    return Budget(_MOST_VIEWS, _SHARE * len(text) + _ROOM)


def suspect(text: str, folded: View) -> bool:
    """Whether any sign of a disguise is about, in the text or in what it folds to."""
    if _signs(text):
        return True
    return folded.text != text.lower() and bool(_signs(folded.text))


def disguised(text: str, budget: Budget, offset: int = 0) -> Iterator[tuple[str, View]]:
    """The folded views beyond the plain one, each with the name of the disguise it undid last.

    What a text says once a word-bending disguise is undone inside another one is a guess upon a
    guess: those have a budget of their own. Where either is over, or a text lies deeper than is
    looked, the budget says so: nothing is left unread in silence.

    `offset`: where the text begins in the whole that the views map to.
    """
    folded = canonical(text, offset)
    seen = {folded.text}
    guesses = Budget(_MOST_GUESSES, _GUESSED_SHARE * len(text) + _ROOM)
    waiting = [*_both(unmoved(text, offset), folded)]
    for one in waiting:
        for disguise, found in _undone(one):
            budget.spent |= found.cut
            inner = canonical(found.text)
            key = inner.text if disguise.name != "once" else f"once {inner.text}"
            if key in seen:
                continue
            guessed = disguise.of_words or one.done
            if not (guesses if guessed and one.depth else budget).take(found):
                budget.spent = True
                return
            seen.add(key)
            yield disguise.name, inner.over_with_marks(found)
            bent = one.bent or disguise.bends
            if one.depth + 1 < _DEPTH:
                done = one.done | {disguise.name} if disguise.of_words else one.done
                waiting += _both(found, inner, one.depth + 1, done=done, bent=bent)
            elif not guessed:
                budget.spent |= _goes_on(found)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A view to be looked into."""

    view: View
    depth: int
    done: frozenset[str]
    """The disguises of words that were undone on the way to it: none stands within itself."""
    bent: bool
    """Whether one that bends letters was: no code survives that."""
    words: bool
    """Whether words are to be looked for."""


def _both(
    view: View,
    folded: View,
    depth: int = 0,
    *,
    done: frozenset[str] = frozenset(),
    bent: bool = False,
) -> Iterator[_Waiting]:
    """A view as it is and, where that is another text, folded: words are only bent in the latter.

    `folded` is a view of `view.text`, or of what that is a view of.
    """
    same = folded.text == view.text.lower()
    words = len(done) < _GUESSES
    yield _Waiting(view, depth, done, bent, words=words and same)
    if not same:
        inner = folded.over(view) if depth else folded
        yield _Waiting(inner, depth, done, bent, words=words)


def _undone(one: _Waiting) -> Iterator[tuple[Disguise, View]]:
    """What each disguise with a sign in the view hides."""
    signs = [DISGUISES[number] for number in _signs(one.view.text)]
    worded = one.view
    if one.words:
        if not one.depth and any(disguise.name == "escapes" for disguise in signs):
            worded = escapes.without_codes(worded)
        worded = _without_noise(worded)
    if worded is not one.view:
        words = [DISGUISES[number] for number in _signs(worded.text)]
        signs = [d for d in signs if not d.of_words] + [d for d in words if d.of_words]
    for disguise in signs:
        if one.bent and disguise.of_codes:
            continue
        if disguise.of_words and (not one.words or disguise.name in one.done):
            continue
        for found in disguise.undo(worded if disguise.of_words else one.view):
            yield disguise, found


def _goes_on(view: View) -> bool:
    """Whether a view that is not looked into holds encoded text once more."""
    signs = [DISGUISES[number] for number in _signs(view.text)]
    found = (inner for d in signs if d.of_codes for inner in d.undo(view))
    return any(len(inner.text) >= _SAID and is_plain(inner.text) for inner in found)


_SAID = 8
"""Characters of text that say something; less is uncovered by chance."""


def _without_noise(view: View) -> View:
    """The view without tokens of letters and digits that are too long for a word.

    A Latin word is a whole token, so none is within them. Encoded bytes are full of them.
    """
    return (
        rewrite(view, _NOISE, _wall) or view
        if _LONG.search(view.text.encode("utf-8", "replace"))
        else view
    )


def _wall(match: re.Match[str]) -> str | None:
    return None if match.group().isalpha() else WALL


_NOISE = re.compile(r"(?<![^\W_])[A-Za-z0-9]{32,}(?![^\W_])")
_LONG = re2.compile(b"[A-Za-z0-9]{32}")
