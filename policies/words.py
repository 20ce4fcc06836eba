"""Word lists: one term a line, behind tabs its options, `#` begins a comment line."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterator

from classifiers.terms import Term, TermKind
from policies.errors import PackError, Problem
from policies.term_options import OptionError, read_expression, read_options, term_of

MAX_TERM = 128
"""Characters. A longer entry is a sentence, and is never said the same way twice."""
MAX_TERMS = 200_000


def read_words(
    data: bytes,
    where: str,
    category: str,
    kind: TermKind,
    source: str,
    leaves: Container[str] | None = None,
) -> list[Term]:
    """The terms of a list, in its order, each once.

    `leaves`: those that an entry may name in place of the list's own; any, where None.
    Raises PackError with every line that is none; no problem quotes the line.
    """
    try:
        entries = option_lines(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(Problem(where, "not UTF-8", "save it as UTF-8", line)) from None
    problems = list(_faults({line: fields[0] for line, fields in entries.items()}, where))
    terms: dict[Term, None] = {}
    for line, (text, *fields) in entries.items():
        try:
            options = read_options(fields)
            if (options.kind or kind) is TermKind.REGEX:
                read_expression(text)
        except OptionError as error:
            problems.append(Problem(where, str(error), "see docs/lexicon.md, The list", line))
            continue
        if options.leaf and leaves is not None and options.leaf not in leaves:
            what = "a `leaf` that the pack does not have"
            problems.append(Problem(where, what, "check its id", line))
        terms[term_of(text, options, category, kind, source)] = None
    if problems:
        raise PackError(*problems)
    return list(terms)


def entry_lines(data: bytes) -> dict[int, str]:
    """The entries of a list, without their options, by the number of their line, from 1.

    Raises UnicodeDecodeError where the bytes are not UTF-8.
    """
    return {number: fields[0] for number, fields in option_lines(data).items()}


def option_lines(data: bytes) -> dict[int, list[str]]:
    """Each entry and its options by the number of their line; see `entry_lines`."""
    lines = data.decode("utf-8-sig").split("\n")
    fields = {number: line.strip().split("\t") for number, line in enumerate(lines, 1)}
    return {
        number: [part.strip() for part in parts]
        for number, parts in fields.items()
        if parts[0] and not parts[0].startswith("#")
    }


def _faults(entries: dict[int, str], where: str) -> Iterator[Problem]:
    if len(entries) > MAX_TERMS:
        what = f"{len(entries)} terms, and {MAX_TERMS} are allowed in a list"
        yield Problem(where, what, "split the list, or leave out what is covered by shorter terms")
    for line, text in entries.items():
        if len(text) > MAX_TERM:
            what = f"a term of {len(text)} characters, and {MAX_TERM} are allowed"
            yield Problem(where, what, "keep the part of it that tells", line)
        elif len(unicodedata.normalize("NFKC", text)) < 2:
            what = "a term of one character would stop ordinary text"
            yield Problem(where, what, "write a longer phrase", line)
        elif any(unicodedata.category(c) in {"Cc", "Cs", "Cn"} for c in text):
            what = "a control character or unassigned code point in a term"
            yield Problem(where, what, "take it out", line)
