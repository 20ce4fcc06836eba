"""Many texts against one word list: what an evaluation asks, line by line.

A case is a JSON line `{"id", "text"}`; its result is `{"id", "matched", "hits"}`, each hit
`{"term", "start", "end", "view"}` with offsets of the case's own characters. Unlike a finding, a
result names the entry: who runs a batch has the list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.types import Finding, Segment

Id = str | int | float | None
"""Whatever a case is told apart by; it comes back as it came."""

_CATEGORY = frozenset({"lexicon"})


class CaseError(ValueError):
    """A line that is no case; says which and why, and quotes nothing of it."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")


@dataclass(frozen=True, slots=True)
class Case:
    """A text to look into."""

    id: Id
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """An entry seen in a case, in its original offsets."""

    term: str
    start: int
    end: int
    view: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was seen in a case, in the order of the text."""

    id: Id
    hits: tuple[Match, ...]

    @property
    def line(self) -> str:
        """The result as one line of JSON; ASCII, so that any text survives any pipe."""
        hits = [asdict(hit) for hit in self.hits]
        return json.dumps({"id": self.id, "matched": bool(hits), "hits": hits})


def term_lines(data: bytes) -> list[str]:
    """The entries of a plain list, in order, each once: a term a line, `#` begins a comment line.

    Raises UnicodeDecodeError where the bytes are not UTF-8.
    """
    lines = map(str.strip, data.decode("utf-8-sig").split("\n"))
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def read_case(line: bytes, number: int) -> Case | None:
    """The case on a line; None where the line is blank. Raises CaseError for any other line."""
    body = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise CaseError(number, "not JSON in UTF-8") from None
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise CaseError(number, 'not an object with a string "text"')
    name = value.get("id", number)
    if not isinstance(name, str | int | float | None):
        raise CaseError(number, '"id" is no plain value')
    return Case(name, value["text"])


class Batch:
    """A compiled list, asked about one text after another."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = tuple(terms)
        self._lexicon = Lexicon.compile(
            Term(text, id=str(number)) for number, text in enumerate(terms)
        )

    def whole(self, case: Case) -> Result:
        """Look at the text at once."""
        return self._result(case, self._lexicon.scan([Segment(case.text)]).findings)

    def streamed(self, case: Case, size: int) -> Result:
        """Look at the text as it grows by `size` characters at a time, all of it held."""
        stream = self._lexicon.stream(_CATEGORY)
        findings: list[Finding] = []
        for at in range(0, len(case.text), size):
            findings += stream.feed(case.text[at : at + size])
        findings += stream.finish()
        return self._result(case, findings)

    def _result(self, case: Case, findings: Iterable[Finding]) -> Result:
        hits = {Match(self._terms[int(f.rule)], f.start, f.end, f.view) for f in findings}
        # Of a disguise that went on after it was first told, the whole.
        told = sorted(hits, key=lambda hit: (hit.term, hit.start, -hit.end))
        whole = [hit for at, hit in enumerate(told) if at == 0 or not _within(hit, told[at - 1])]
        return Result(case.id, tuple(sorted(whole, key=lambda hit: (hit.start, hit.end, hit.term))))


def _within(hit: Match, other: Match) -> bool:
    return hit.term == other.term and hit.end <= other.end
