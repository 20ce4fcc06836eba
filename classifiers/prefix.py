"""Bounded regular expressions, and the expression of all that may still become a match of one.

A stream may let text go only where no match can be under way, so beside each expression we need
its *prefix language*: every non-empty beginning of every string it matches. It is derived from the
syntax tree, and RE2 runs both. The syntax is the part of RE2's whose matches have a longest length.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from classifiers.linear import RefusedError, Search, escaped

SEPARATOR = "\0"
"""Stands between texts that are scanned as one, and at both ends. No expression can match it."""

_NUL = "\\x00"
_CLASSES, _NEGATED, _CONTROLS = "dsw", "DSWP", "ntrfv"
_REMEDIES = {
    "^": "a family's boundary rule says what may stand around a match",
    "$": "a family's boundary rule says what may stand around a match",
    "*": "write how often at most, such as {0,64}",
    "+": "write how often at most, such as {1,64}",
}


class ExpressionError(ValueError):
    """An expression that cannot be used, where it goes wrong, and what to write instead."""

    def __init__(self, expression: str, at: int, problem: str, remedy: str) -> None:
        super().__init__(f"expression {expression!r}, column {at + 1}: {problem}; {remedy}")
        self.problem = f"column {at + 1}: {problem}; {remedy}"
        """Without the expression, which may be a secret."""


class Node(Protocol):
    """A part of an expression's tree."""

    @property
    def source(self) -> str:
        """The part as RE2 reads it, safe to be followed by anything."""
        ...

    @property
    def prefix(self) -> str:
        """Matches exactly the non-empty beginnings of what the part matches."""
        ...

    @property
    def openings(self) -> tuple[str, ...]:
        """Expressions of one character, one of which the first character of a match fits."""
        ...

    @property
    def lead(self) -> str:
        """What every match begins with, as far as that has one length."""
        ...

    @property
    def shortest(self) -> int: ...

    @property
    def longest(self) -> int: ...


@dataclass(frozen=True, slots=True)
class One:
    """One character: a literal, an escape or a class."""

    source: str
    shortest: int = 1
    longest: int = 1

    @property
    def prefix(self) -> str:
        return self.source

    @property
    def openings(self) -> tuple[str, ...]:
        return (self.source,)

    @property
    def lead(self) -> str:
        return self.source


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other."""

    parts: tuple[Node, ...]

    @property
    def source(self) -> str:
        return "".join(part.source for part in self.parts)

    @property
    def prefix(self) -> str:
        # p(ABC) = p(A) | A(p(B) | B p(C)), from the right.
        prefix = self.parts[-1].prefix
        for part in reversed(self.parts[:-1]):
            prefix = f"(?:{part.prefix}|{part.source}{prefix})"
        return prefix

    @property
    def openings(self) -> tuple[str, ...]:
        openings: tuple[str, ...] = ()
        for part in self.parts:
            openings += part.openings
            if part.shortest:
                break
        return openings

    @property
    def lead(self) -> str:
        fixed = tuple(takewhile(lambda part: part.shortest == part.longest, self.parts))
        return Row(fixed).source if fixed else self.parts[0].lead

    @property
    def shortest(self) -> int:
        return sum(part.shortest for part in self.parts)

    @property
    def longest(self) -> int:
        return sum(part.longest for part in self.parts)


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of several parts, the earlier preferred."""

    options: tuple[Node, ...]

    @property
    def source(self) -> str:
        return f"(?:{'|'.join(option.source for option in self.options)})"

    @property
    def prefix(self) -> str:
        return f"(?:{'|'.join(option.prefix for option in self.options)})"

    @property
    def openings(self) -> tuple[str, ...]:
        return tuple(opening for option in self.options for opening in option.openings)

    @property
    def lead(self) -> str:
        return f"(?:{'|'.join(option.lead for option in self.options)})"

    @property
    def shortest(self) -> int:
        return min(option.shortest for option in self.options)

    @property
    def longest(self) -> int:
        return max(option.longest for option in self.options)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part `least` to `most` times; `most` is at least 1."""

    part: Node
    least: int
    most: int

    @property
    def source(self) -> str:
        return _counted(self.part.source, self.least, self.most)

    @property
    def prefix(self) -> str:
        if self.most == 1:
            return self.part.prefix
        return f"(?:{_counted(self.part.source, 0, self.most - 1)}{self.part.prefix})"

    @property
    def openings(self) -> tuple[str, ...]:
        return self.part.openings

    @property
    def lead(self) -> str:
        return self.part.lead if self.least else f"(?:{self.part.lead})?"

    @property
    def shortest(self) -> int:
        return self.part.shortest * self.least

    @property
    def longest(self) -> int:
        return self.part.longest * self.most


_MOST_REPEATS = 1000
"""RE2 counts no further in one repetition."""


def _counted(source: str, least: int, most: int) -> str:
    """`least` to `most` times, as many as can be; cut so that few readings are open at a time."""
    if most <= _MOST_REPEATS:
        return f"(?:{source}){{{least},{most}}}"
    rest = _counted(source, max(0, least - _MOST_REPEATS), most - _MOST_REPEATS)
    many = f"(?:{source}){{{_MOST_REPEATS}}}{rest}"
    if least >= _MOST_REPEATS:
        return many
    return f"(?:{many}|(?:{source}){{{least},{_MOST_REPEATS - 1}}})"


def parse(expression: str) -> Node:
    """Read an expression. Raises ExpressionError where it is not bounded, or not one RE2 takes."""
    reader = _Reader(expression)
    node = reader.choice()
    if reader.at < len(expression):
        raise reader.error("a closing parenthesis too many", "remove it or write \\)")
    if node.shortest == 0:
        raise ExpressionError(
            expression, 0, "it matches the empty text", "let it need at least one character"
        )
    try:
        Search(node.source)
    except RefusedError as error:
        raise ExpressionError(expression, 0, "RE2 refuses it", f"its reason: {error}") from error
    return node


class _Reader:
    """Recursive descent over an expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, problem: str, remedy: str) -> ExpressionError:
        return ExpressionError(self.text, self.at, problem, remedy)

    def choice(self) -> Node:
        options = [self._row()]
        while self._take("|"):
            options.append(self._row())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._repeated(self._atom()))
        if not parts:
            raise self.error("an empty alternative", "make the whole group optional with ?")
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        least, most = self._counts()
        if (least, most) == (1, 1):
            return part
        if self._peek() in ("?", "{"):
            raise self.error("a lazy or double repetition", "a greedy one is enough here")
        return Repeat(part, least, most)

    def _counts(self) -> tuple[int, int]:
        if self._peek() in ("*", "+"):
            raise self.error("an unbounded repetition", _REMEDIES[self._peek()])
        if self._take("?"):
            return 0, 1
        return self._braces() if self._take("{") else (1, 1)

    def _braces(self) -> tuple[int, int]:
        least, comma, most = self._until("}").partition(",")
        if comma and not most:
            raise self.error("an unbounded repetition", "write how often at most, such as {2,64}")
        if not least.isdecimal() or (comma and not most.isdecimal()):
            raise self.error("a repetition without a number", "write {n} or {n,m}")
        counts = int(least), int(most or least)
        if counts[1] == 0 or counts[0] > counts[1]:
            raise self.error("a repetition that cannot be", "write {n,m} with n <= m and m > 0")
        return counts

    def _atom(self) -> Node:
        char = self.text[self.at]
        if char in _REMEDIES:
            raise self.error(f"{char} is not allowed here", _REMEDIES[char])
        if char == SEPARATOR:
            raise self.error("a NUL character", "no text holds one")
        self.at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._one(self._set())
        if char == "\\":
            return self._one(self._escape())
        return One(f"[^\\n{_NUL}]" if char == "." else escaped(char))

    def _one(self, source: str) -> Node:
        try:
            matches_separator = Search(source).span(b"\0") is not None
        except RefusedError as error:
            raise self.error("RE2 refuses what ends here", f"its reason: {error}") from error
        if matches_separator:
            raise self.error("this can match NUL", "name the characters it should match")
        return One(source)

    def _group(self) -> Node:
        if not (self._take("?") and self._take(":")):
            raise self.error("a capturing group or a flag", "write (?:...)")
        inner = self.choice()
        if not self._take(")"):
            raise self.error("a group without its end", "close it with )")
        return Choice((inner,))

    def _set(self) -> str:
        negated = self._take("^")
        start = self.at
        self._take("]")
        while not self._take("]"):
            if self.at >= len(self.text):
                raise self.error("a set without its end", "close it with ]")
            self._set_item()
        inside = self.text[start : self.at - 1]
        return f"[^{inside}{_NUL}]" if negated else f"[{inside}]"

    def _set_item(self) -> None:
        """Step over one item of a set, so that `[[:alpha:]\\]]` ends where RE2 ends it."""
        if self.text.startswith("[:", self.at):
            self._until(":]")
        elif self._take("\\"):
            self._escape()
        else:
            self.at += 1

    def _escape(self) -> str:
        """The escape whose backslash was just taken."""
        char = self._peek()
        start = self.at - 1
        self.at += 1
        if char in ("x", "p", "P"):
            if self._take("{"):
                self._until("}")
            else:
                self.at += 2 if char == "x" else 1
        elif not char or (char.isalnum() and char not in _CLASSES + _NEGATED + _CONTROLS):
            raise self.error(f"\\{char} is not allowed", "only escapes of one character are")
        source = self.text[start : self.at]
        return f"[^\\{char.lower()}{source[2:]}{_NUL}]" if char in _NEGATED else source

    def _until(self, end: str) -> str:
        found = self.text.find(end, self.at)
        if found < 0:
            raise self.error(f"a {end} is missing", "close what was opened")
        inside, self.at = self.text[self.at : found], found + len(end)
        return inside

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, char: str) -> bool:
        taken = self._peek() == char
        self.at += taken
        return taken
