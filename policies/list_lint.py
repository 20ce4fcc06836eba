"""What is careless in a word list, line by line; no remark quotes the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from classifiers.lexicon import Lexicon
from classifiers.lexicon_index import one_spaced
from classifiers.lexicon_keys import literal_of
from classifiers.patterns import Family, Patterns
from classifiers.prefix import parse
from classifiers.terms import Term, TermKind
from classifiers.text.gaps import english
from classifiers.text.view import canonical
from classifiers.types import Segment
from policies.errors import PackError, Problem
from policies.term_options import Options, read_options
from policies.words import option_lines, read_words

ORDINARY_SHARE = 0.001
"""Of ordinary texts: an entry in more of them stops more than a list can be meant to."""


@dataclass(frozen=True, slots=True)
class ListRemark:
    """One thing that calls for a look."""

    where: str
    line: int
    code: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry and where it stands."""

    where: str
    line: int
    text: str


def folded(text: str) -> str:
    """An entry as it is compared: two that fold to the same find the same."""
    return one_spaced(canonical(text).text)


def lint_list(
    data: bytes, where: str, ordinary: Sequence[str] = (), today: date | None = None
) -> list[ListRemark]:
    """Everything to say of a list, in the order of its lines.

    `ordinary`: texts that must pass. `today`: tells which entries expired.
    """
    faults = list(_faults(data, where))
    broken = {remark.line for remark in faults}
    lines = _decoded_lines(data).items()
    sound = {
        line: (text, read_options(rest)) for line, (text, *rest) in lines if line not in broken
    }
    entries = {line: text for line, (text, its) in sound.items() if its.kind in _WRITTEN}
    expressions = {line: text for line, (text, its) in sound.items() if its.kind is TermKind.REGEX}
    remarks = [
        *faults,
        *_expired({line: its for line, (_, its) in sound.items()}, where, today),
        *_of_entries(entries, where),
        *_shadowed(entries, where),
        *_broad(expressions, where),
        *_in_ordinary(entries, where, ordinary),
    ]
    return sorted(remarks, key=lambda remark: remark.line)


def lint_allow(
    phrases: Mapping[int, str], where: str, entries: Sequence[Entry]
) -> list[ListRemark]:
    """What is careless in allow phrases, given by line, for these entries."""
    return list(_of_allow(phrases, where, entries)) if phrases and entries else []


def _faults(data: bytes, where: str) -> Iterator[ListRemark]:
    """What keeps a pack with this list from loading."""
    try:
        read_words(data, where, "lint", TermKind.WORD, where)
    except PackError as error:
        for problem in error.problems:
            yield _from(problem)


def _from(problem: Problem) -> ListRemark:
    return ListRemark(problem.where, problem.line or 0, "load", problem.what, problem.remedy)


def _decoded_lines(data: bytes) -> Mapping[int, list[str]]:
    try:
        return option_lines(data)
    except UnicodeDecodeError:
        return {}


_WRITTEN = (None, TermKind.WORD, TermKind.EXACT)
"""Kinds of entries that are found as they are written."""
_SHORTEST = 3
_MOST_WORDS = 3
"""Common words that an expression may match before it is called broad."""


def _expired(
    options: Mapping[int, Options], where: str, today: date | None
) -> Iterator[ListRemark]:
    for line, its in options.items():
        if today is not None and its.expires is not None and its.expires < today:
            what = "expired, so it is not looked for any more"
            yield ListRemark(where, line, "expired", what, "take it out, or give it a later day")


def _shadowed(entries: Mapping[int, str], where: str) -> Iterator[ListRemark]:
    """Entries in which another of the list stands: whatever hits these hits that."""
    terms = [Term(text, id=str(line)) for line, text in entries.items()]
    lexicon = Lexicon.compile(terms)
    texts = [Segment(text) for text in entries.values()]
    for at, line in enumerate(entries):
        for finding in lexicon.scan(texts[at : at + 1]).findings:
            inside = finding.end - finding.start < len(entries[line])
            if finding.rule != str(line) and finding.view == "plain" and inside:
                what = f"holds the entry of line {finding.rule}, which is hit wherever it is"
                remedy = "take one of the two out, unless they are told apart by leaf or severity"
                yield ListRemark(where, line, "shadowed", what, remedy)
                break


def _broad(expressions: Mapping[int, str], where: str) -> Iterator[ListRemark]:
    """Expressions that little is needed for, or that match common words."""
    words = sorted(english())
    for line, text in expressions.items():
        node = parse(text)
        found = Patterns([Family("lint", text)]).scan([Segment(" ".join(words))]).findings
        if node.shortest < _SHORTEST or len(found) > _MOST_WORDS:
            what = f"matches {node.shortest} characters, or common words ({len(found)} of them)"
            yield ListRemark(where, line, "broad", what, "write more of what tells")


def _of_entries(entries: Mapping[int, str], where: str) -> Iterator[ListRemark]:
    seen: dict[str, int] = {}
    for line, text in entries.items():
        literal, form = literal_of(Term(text)), folded(text)
        if not literal:
            what = "nothing is left of it once signs and invisibles are taken off"
            yield ListRemark(where, line, "empty", what, "write it with letters or digits")
        elif len(literal) < 2:
            what = "one character is left of it once signs and invisibles are taken off"
            yield ListRemark(where, line, "short", what, "write a longer phrase")
        elif form in seen:
            what = f"folds to the same as line {seen[form]}"
            yield ListRemark(where, line, "duplicate", what, "take one of them out")
        elif form in english():
            what = "a common English word; it will stop ordinary text"
            yield ListRemark(where, line, "ordinary", what, "write the phrase that tells")
        seen.setdefault(form, line)


def _in_ordinary(
    entries: Mapping[int, str], where: str, ordinary: Sequence[str]
) -> Iterator[ListRemark]:
    """Entries that are words, or parts of many words, of texts that must pass."""
    if not ordinary or not entries:
        return
    terms = [Term(text, id=str(line)) for line, text in entries.items()]
    lexicon = Lexicon.compile(terms)
    counts: dict[int, int] = {}
    for text in ordinary:
        found = {int(finding.rule) for finding in lexicon.scan([Segment(text)]).findings}
        for line in found:
            counts[line] = counts.get(line, 0) + 1
    for line, count in counts.items():
        if count > ORDINARY_SHARE * len(ordinary):
            what = f"stands in {count} of {len(ordinary)} ordinary texts"
            remedy = "write a longer phrase, or allow the phrases that contain it"
            yield ListRemark(where, line, "common", what, remedy)


def _of_allow(
    phrases: Mapping[int, str], where: str, entries: Sequence[Entry]
) -> Iterator[ListRemark]:
    forms = {folded(entry.text): entry for entry in entries}
    lexicon = Lexicon.compile(Term(entry.text) for entry in entries)
    for line, phrase in phrases.items():
        if entry := forms.get(folded(phrase)):
            what = f"excuses every hit of the entry at {entry.where}:{entry.line}"
            yield ListRemark(where, line, "conflict", what, "take one of the two out")
        elif not lexicon.scan([Segment(phrase)]).findings:
            what = "contains no entry of the lists given, so it excuses nothing"
            yield ListRemark(where, line, "unused", what, "take it out, or write it in full")
