"""What the entry of a word list may say beside its text: how it is looked for, and how it counts.

A line is the text, and behind tabs its options: `exact`, `regex` or `allow` (how it is looked
for), `phonetic=no`, `severity=0.7`, `expires=2027-01-31`, `leaf=A.1.a`, `source=order 12/2026`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from classifiers.patterns.family import Family
from classifiers.patterns.matcher import Matcher
from classifiers.prefix import ExpressionError
from classifiers.terms import Term, TermKind

KINDS = {kind.value: kind for kind in TermKind if kind is not TermKind.WORD}
_TRUTH = {"yes": True, "no": False}
VALUED = ("phonetic", "severity", "expires", "leaf", "source")


class OptionError(ValueError):
    """An option that cannot be read; says what is wrong and quotes no entry."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one entry, as they were written."""

    kind: TermKind | None = None
    """None: that of the list."""
    phonetic: bool = True
    severity: float = 1.0
    expires: date | None = None
    leaf: str = ""
    """Empty: that of the list."""
    source: str = ""
    """Empty: the list."""

    @property
    def fields(self) -> Iterable[str]:
        """As a line writes them, those that are not the usual."""
        if self.kind not in (None, TermKind.WORD):
            yield str(self.kind)
        if not self.phonetic:
            yield "phonetic=no"
        if self.severity != 1.0:
            yield f"severity={self.severity:g}"
        if self.expires is not None:
            yield f"expires={self.expires.isoformat()}"
        if self.leaf:
            yield f"leaf={self.leaf}"
        if self.source:
            yield f"source={self.source}"


def read_options(fields: Iterable[str]) -> Options:
    """Raises OptionError."""
    options = Options()
    seen = set()
    for field in filter(None, map(str.strip, fields)):
        name, has_value, value = field.partition("=")
        name, value = name.strip().lower(), value.strip()
        what = "kind" if name in KINDS else name
        if what in seen:
            raise OptionError("an option twice, or two ways of looking")
        seen.add(what)
        if name in KINDS and not has_value:
            options = replace(options, kind=KINDS[name])
        elif name in VALUED and value:
            options = _READ[name](options, value)
        else:
            known = ", ".join([*KINDS, *(f"{valued}=..." for valued in VALUED)])
            raise OptionError(f"an option that is none of {known}")
    return options


def read_expression(text: str) -> None:
    """Raises OptionError where a `regex` entry cannot be used."""
    try:
        Matcher(Family("lint", text))
    except ExpressionError as error:
        # Its own text quotes the expression.
        raise OptionError(f"an expression that cannot be used: {error.problem}") from None


def term_of(text: str, options: Options, category: str, kind: TermKind, source: str) -> Term:
    """The entry of a list of this category, kind and source."""
    pack, _, _ = category.rpartition("/")
    return Term(
        text,
        f"{pack}/{options.leaf}" if options.leaf else category,
        kind=options.kind or kind,
        phonetic=options.phonetic,
        severity=options.severity,
        source=options.source or source,
        expires=options.expires,
    )


def options_of(cells: Mapping[str, str]) -> Options:
    """The options that the columns of a row of another list say. Raises OptionError."""
    kind = cells.get("kind", "").lower()
    fields = [] if kind in _PLAIN else [kind]
    fields += [name for name in KINDS if cells.get(name, "").lower() not in _UNTRUE]
    if phonetic := cells.get("phonetic", "").lower():
        fields.append(f"phonetic={'no' if phonetic in _UNTRUE else 'yes'}")
    for name in ("severity", "expires", "leaf", "source"):
        if cell := cells.get(name, ""):
            fields.append(f"{name}={cell}")
    return read_options(dict.fromkeys(fields))


_PLAIN = frozenset({"", "word", "term", "literal"})
_UNTRUE = frozenset({"", "0", "false", "no", "none"})


def _phonetic(options: Options, value: str) -> Options:
    if value.lower() not in _TRUTH:
        raise OptionError("`phonetic` is neither yes nor no")
    return replace(options, phonetic=_TRUTH[value.lower()])


def _severity(options: Options, value: str) -> Options:
    try:
        severity = float(value)
    except ValueError:
        severity = 0.0
    if not 0 < severity <= 1:
        raise OptionError("`severity` is no number above 0 and up to 1")
    return replace(options, severity=severity)


def _expires(options: Options, value: str) -> Options:
    try:
        return replace(options, expires=date.fromisoformat(value))
    except ValueError:
        raise OptionError("`expires` is no day like 2027-01-31") from None


_READ: Mapping[str, Callable[[Options, str], Options]] = {
    "phonetic": _phonetic,
    "severity": _severity,
    "expires": _expires,
    "leaf": lambda options, value: replace(options, leaf=value),
    "source": lambda options, value: replace(options, source=value),
}
