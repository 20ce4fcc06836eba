"""RE2 with types: bytes in, spans out, time linear in the text whatever the expression is."""

from __future__ import annotations

import time
from collections.abc import Sequence

import re2  # type: ignore[import-untyped]

_ALWAYS = r"\z"
_EVERY_CHARACTER = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000)])).encode()


class RefusedError(ValueError):
    """An expression that RE2 does not take."""


class Search:
    """Looks for an expression, letter case ignored."""

    __slots__ = ("_compiled",)

    def __init__(self, source: str) -> None:
        self._compiled = compiled(source, _CASELESS)

    def span(self, data: bytes, start: int = 0) -> tuple[int, int] | None:
        """The bytes of the leftmost match from `start` on."""
        match = self._compiled.search(data, start)
        if match is None:
            return None
        span: tuple[int, int] = match.span()
        return span

    def end(self, data: bytes, start: int) -> int | None:
        """The byte at which the match ends that begins at `start`, if one does."""
        match = self._compiled.match(data, start)
        if match is None:
            return None
        end: int = match.end()
        return end


class Shape:
    """What a whole text looks like, letter case respected."""

    __slots__ = ("_compiled",)

    def __init__(self, source: str) -> None:
        self._compiled = compiled(source, _CASED)

    def fits(self, text: str) -> bool:
        return self._compiled.fullmatch(text.encode("utf-8", "replace")) is not None


class AnyOf:
    """Says which of many expressions occur in a text, in one pass over it."""

    __slots__ = ("_every", "_set")

    def __init__(self, sources: Sequence[str]) -> None:
        self._set = re2.Set.SearchSet(_CASELESS)
        for source in (*sources, _ALWAYS):
            self._set.Add(source)
        try:
            self._set.Compile()
        except re2.error as error:
            raise RefusedError("together they are too large; shorten repetitions") from error
        self._every = range(len(sources))

    def none(self, data: bytes) -> bool:
        """Whether none of the expressions occurs."""
        found: list[int] | None = self._set.Match(data)
        return found is not None and len(found) == 1

    def among(self, data: bytes) -> Sequence[int]:
        """The indices of the expressions that occur, in no order."""
        found: list[int] | None = self._set.Match(data)
        # RE2 says "nothing" when its automaton outgrows its memory. The last entry occurs in every
        # text, so its absence means that all of them have to be looked for one by one.
        if found is None:
            return self._every
        found.remove(len(self._every))
        return found


def give_way() -> None:
    """Let another thread have the interpreter; for whoever makes very many short searches.

    RE2 lets the interpreter go at each call and takes it back before a thread that waits for it
    has woken, and waking for nothing starts that thread's patience anew. So searches one upon the
    other can keep an event loop waiting for a tenth of a second, where 5 ms are meant.
    """
    time.sleep(_GIVE_WAY_S)


_GIVE_WAY_S = 20e-6
"""Seconds; long enough for a thread to wake."""


def characters(sources: Sequence[str], most: int = 256) -> frozenset[str] | None:
    """The characters that any of the expressions of one character matches, in either case.

    None where there are more than `most`. Looks at the Basic Multilingual Plane only.
    """
    if not sources:
        return frozenset()
    one = Search("|".join(sources))
    found: set[str] = set()
    at = 0
    while span := one.span(_EVERY_CHARACTER, at):
        at = span[1]
        found.add(_EVERY_CHARACTER[slice(*span)].decode())
        if len(found) > most:
            return None
    return frozenset(found)


def compiled(source: str, options: re2.Options) -> re2._Regexp:
    try:
        return re2.compile(source, options)
    except re2.error as error:
        raise RefusedError(error.args[0].decode() if error.args else "no reason given") from error


def escaped(char: str) -> str:
    """The character as an expression that matches only it."""
    escape: str = re2.escape(char)
    return escape


def _options(*, case_sensitive: bool) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20  # counted repetitions of many families at once need room
    options.case_sensitive = case_sensitive
    return options


_CASELESS = _options(case_sensitive=False)
_CASED = _options(case_sensitive=True)
