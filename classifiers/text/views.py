"""Every view of a text that there is reason to look into.

One pass of a linear matcher tells which disguises may be about, so ordinary text pays for none.
What a view uncovers is looked at in the same way, `_DEPTH` deep: an escape may hide base64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import re2  # type: ignore[import-untyped]

from classifiers.text import decode, escapes, hidden, joined, leet, markup, shapes, sound, tokens
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


DISGUISES = (
    Disguise("escapes", escapes.TRIGGER, escapes.unescaped),
    Disguise("markup", markup.TRIGGER_MARKUP, markup.unmarked),
    Disguise("erased", markup.TRIGGER_ERASED, markup.erased),
    Disguise("bidi", markup.TRIGGER_OVERRIDE, markup.overridden),
    Disguise("hidden", hidden.TRIGGER, hidden.uncovered),
    Disguise("skeleton", shapes.TRIGGER_SKELETON, shapes.skeleton),
    Disguise("flags", shapes.TRIGGER_FLAGS, shapes.unflagged),
    Disguise("turned", shapes.TRIGGER_TURNED, shapes.turned),
    Disguise("braille", shapes.TRIGGER_BRAILLE, shapes.unbrailled),
    Disguise("morse", shapes.TRIGGER_MORSE, shapes.unkeyed),
    Disguise("narrowed", tokens.TRIGGER_WIDE, shapes.narrowed, tokens.may_narrow),
    Disguise("leet", leet.TRIGGER_LEET, leet.unbent),
    Disguise("evened", joined.TRIGGER_EVEN, joined.evened),
    Disguise("unquoted", joined.TRIGGER_QUOTED, joined.unquoted),
    Disguise("once", tokens.TRIGGER_TWICE, leet.said_once, tokens.may_stammer),
    Disguise("filled", leet.TRIGGER_FILLED, leet.unfilled),
    Disguise("bopomofo", sound.TRIGGER_BOPOMOFO, sound.romanised),
    Disguise("base64", decode.TRIGGER_BASE64, decode.decoded_base64),
    Disguise("base32", decode.TRIGGER_BASE32, decode.decoded_base32),
    Disguise("hex", decode.TRIGGER_HEX, decode.unhexed),
    Disguise("numbers", decode.TRIGGER_NUMBERS, decode.unnumbered),
)

_DEPTH = 3
_MOST_VIEWS = 48
_ROOM = 262_144
"""Characters that all views of one text may hold beyond four times its length."""


_ALWAYS = r"\z"


def _triggers() -> re2.Set:
    options = re2.Options()
    options.max_mem = 1 << 26
    found = re2.Set.SearchSet(options)
    for disguise in DISGUISES:
        found.Add(disguise.trigger)
    found.Add(_ALWAYS)
    found.Compile()
    return found


_TRIGGERS = _triggers()
_EVERY = range(len(DISGUISES))


def _signs(text: str) -> Sequence[int]:
    """The numbers of the disguises whose sign is in the text."""
    data = text.encode("utf-8", "replace")
    found: list[int] | None = _TRIGGERS.Match(data)
    # RE2 says "nothing" when its automaton outgrows its memory. The last entry occurs in every
    # text, so its absence means that every disguise has to be looked for.
    if found is None:
        return _EVERY
    found.remove(len(_EVERY))
    if not found:
        return found
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
    return Budget(_MOST_VIEWS, 4 * len(text) + _ROOM)


def suspect(text: str, folded: View) -> bool:
    """Whether any sign of a disguise is about, in the text or in what it folds to."""
    if _signs(text):
        return True
    return folded.text != text.lower() and bool(_signs(folded.text))


def disguised(text: str, budget: Budget, offset: int = 0) -> Iterator[tuple[str, View]]:
    """The folded views beyond the plain one, each with the name of the disguise it undid last.

    `offset`: where the text begins in the whole that the views map to.
    """
    folded = canonical(text, offset)
    seen = {folded.text}
    start = unmoved(text, offset)
    waiting = [("plain", start, 0)]
    if folded.text != text.lower():
        waiting.append(("plain", folded, 0))
    while waiting:
        _, view, depth = waiting.pop(0)
        for name, found in _undone(view):
            inner = canonical(found.text)
            key = inner.text if name != "once" else f"once {inner.text}"
            if key in seen or not budget.take(found):
                continue
            seen.add(key)
            yield name, inner.over_with_marks(found)
            if depth + 1 < _DEPTH:
                waiting.append((name, found, depth + 1))
                if inner.text != found.text.lower():
                    waiting.append((name, inner.over(found), depth + 1))


def _undone(view: View) -> Iterator[tuple[str, View]]:
    for number in _signs(view.text):
        disguise = DISGUISES[number]
        for found in disguise.undo(view):
            yield disguise.name, found
