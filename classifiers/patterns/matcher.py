"""A family made ready to run: its matches in a text, and where one may be under way."""

from __future__ import annotations

from typing import Protocol

from classifiers.linear import Search, Shape, give_way
from classifiers.patterns.family import Family
from classifiers.patterns.haystack import Haystack, Span
from classifiers.prefix import Node, parse
from classifiers.text.fold import fold_char

_SEARCHES_AT_A_TIME = 500
"""About three milliseconds of candidates that come to nothing; ordinary text has never as many."""
_LONG = 512
"""RE2 finds where a match begins by reading it backward, from every length it could have. Above
this length we look for the beginning ourselves and let RE2 read forward."""


class Finder(Protocol):
    """How the matches of an expression are looked for."""

    def next(self, text: Haystack, at: int) -> Span | None:
        """The first stretch that fits, from a byte on."""
        ...

    def under_way(self, text: Haystack, at: int) -> int:
        """As `Matcher.under_way`."""
        ...


class Matcher:
    """One family, compiled. Raises ExpressionError where its expression cannot be used."""

    def __init__(self, family: Family) -> None:
        self.family = family
        node = parse(_folded(family.expression))
        self.longest = node.longest
        self.openings = node.openings
        self.whole = f"{_not(family.not_before)}{node.source}{_not(family.not_after)}"
        self.begun = rf"{_not(family.not_before)}{node.prefix}\z"
        self._finder = self._find_long(node) if node.longest > _LONG else _Short(self)
        self._shape = Shape(node.source) if family.cased else None

    def matches(self, text: Haystack, at: int) -> list[Span]:
        """Every match from a byte on, in a text that has ended."""
        return self._settle(text, at, len(text.data))[0]

    def under_way(self, text: Haystack, at: int) -> int:
        """The first byte from `at` on at which a match may have begun that the text's end cuts."""
        return self._finder.under_way(text, at)

    def advance(self, text: Haystack, at: int) -> tuple[list[Span], int]:
        """The matches that no further text can change, and the byte from which on it still can.

        The byte is the text's end where no match is under way.
        """
        found: list[Span] = []
        while True:
            limit = self.under_way(text, at)
            spans, at = self._settle(text, at, limit)
            found += spans
            if at <= limit:
                return found, limit

    def _settle(self, text: Haystack, at: int, limit: int) -> tuple[list[Span], int]:
        """The matches that begin in `[at, limit)`, and where the next one could begin."""
        found: list[Span] = []
        searches = 0
        while (span := self._finder.next(text, at)) and span[0] < limit:
            if self._accepts(text, *span):
                found.append(span)
                at = span[1]
            else:
                at = text.after(span[0])
            searches += 1
            if searches % _SEARCHES_AT_A_TIME == 0:
                give_way()
        return found, at

    def _find_long(self, node: Node) -> Finder:
        before = _not(self.family.not_before)
        return _Long(self, before + node.lead, f"{before}(?:{'|'.join(node.openings)})")

    def _accepts(self, text: Haystack, start: int, end: int) -> bool:
        if self._shape and not self._shape.fits(text.cased(start, end)):
            return False
        check = self.family.check
        return check is None or check(text.candidate(start, end))


class _Short:
    def __init__(self, matcher: Matcher) -> None:
        self._whole = Search(matcher.whole)
        self._begun = Search(matcher.begun)

    def next(self, text: Haystack, at: int) -> Span | None:
        span = self._whole.span(text.data, text.context(at))
        return span and (text.after(span[0]), text.context(span[1]))

    def under_way(self, text: Haystack, at: int) -> int:
        begun = self._begun.span(text.data, text.context(at))
        return text.after(begun[0]) if begun else len(text.data)


class _Long:
    def __init__(self, matcher: Matcher, lead: str, opening: str) -> None:
        self._whole = Search(matcher.whole)
        self._begun = Search(matcher.begun)
        self._lead = Search(lead)
        self._opening = Search(opening)

    def next(self, text: Haystack, at: int) -> Span | None:
        while lead := self._lead.span(text.data, text.context(at)):
            start = text.after(lead[0])
            end = self._whole.end(text.data, lead[0])
            if end is not None:
                return start, text.context(end)
            at = text.after(start)
        return None

    def under_way(self, text: Haystack, at: int) -> int:
        while opening := self._opening.span(text.data, text.context(at)):
            if self._begun.end(text.data, opening[0]) is not None:
                return text.after(opening[0])
            at = text.after(text.after(opening[0]))
        return len(text.data)


def _folded(expression: str) -> str:
    """The expression with its characters as they stand in folded text."""
    return "".join(char if char.isascii() else fold_char(char) for char in expression)


def _not(inside: str) -> str:
    return f"[^{inside}]" if inside else "(?s:.)"
