"""What an entry of a word list says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class TermKind(StrEnum):
    """How an entry is looked for."""

    WORD = "word"
    """In every reading of the text that its length and script allow."""
    EXACT = "exact"
    """Folded (width, case, invisibles, variants), but through no separator and no disguise."""
    REGEX = "regex"
    """The text is an expression (`classifiers.prefix`), looked for in folded text."""
    ALLOW = "allow"
    """A phrase that excuses any hit within it."""


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a word list."""

    text: str
    category: str = "lexicon"
    id: str = ""
    """What findings name as their rule; a digest of the text where empty. Never the text."""
    kind: TermKind = TermKind.WORD
    phonetic: bool = True
    """Whether Han entries of three syllables and more are also heard: pinyin, homophones."""
    severity: float = 1.0
    """The score that a finding carries."""
    source: str = ""
    """Who asked for the entry."""
    expires: date | None = None
    """The last day on which it counts. Who loads a list leaves out what is past."""
