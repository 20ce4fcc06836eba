"""RE2 with types: bytes in, spans out, time linear in the text whatever the expression is."""

from __future__ import annotations

from collections.abc import Sequence

import re2  # type: ignore[import-untyped]

_ALWAYS = r"\z"


class RefusedError(ValueError):
    """An expression that RE2 does not take."""


class Search:
    """Looks for an expression with one capturing group, letter case ignored."""

    __slots__ = ("_compiled",)

    def __init__(self, source: str) -> None:
        self._compiled = compiled(source, _CASELESS)

    def group(self, data: bytes, start: int = 0) -> tuple[int, int] | None:
        """The byte span of the group in the leftmost match from `start` on."""
        match = self._compiled.search(data, start)
        if match is None:
            return None
        span: tuple[int, int] = match.span(1)
        return span


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
        self._set.Compile()
        self._every = range(len(sources))

    def among(self, data: bytes) -> Sequence[int]:
        """The indices of the expressions that occur, in no order."""
        found: list[int] | None = self._set.Match(data)
        # RE2 says "nothing" when its automaton outgrows its memory. The last entry occurs in every
        # text, so its absence means that all of them have to be looked for one by one.
        if found is None:
            return self._every
        found.remove(len(self._every))
        return found


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
