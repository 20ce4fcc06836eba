"""Word lists: one term a line, `#` begins a comment line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from classifiers.terms import Term, TermKind
from policies.errors import PackError, Problem

MAX_TERM = 128
"""Characters. A longer entry is a sentence, and is never said the same way twice."""
MAX_TERMS = 200_000


def read_words(data: bytes, where: str, category: str, kind: TermKind, source: str) -> list[Term]:
    """The terms of a list, in its order, each once.

    Raises PackError with every line that is none; no problem quotes the line.
    """
    try:
        entries = entry_lines(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(Problem(where, "not UTF-8", "save it as UTF-8", line)) from None
    if problems := list(_faults(entries, where)):
        raise PackError(*problems)
    words = dict.fromkeys(entries.values())
    return [Term(word, category, kind=kind, source=source) for word in words]


def entry_lines(data: bytes) -> dict[int, str]:
    """The entries of a list by the number of their line, from 1.

    Raises UnicodeDecodeError where the bytes are not UTF-8.
    """
    lines = data.decode("utf-8-sig").split("\n")
    return {number: text for number, line in enumerate(lines, 1) if (text := _entry(line))}


def _entry(line: str) -> str:
    text = line.strip()
    return "" if text.startswith("#") else text


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
