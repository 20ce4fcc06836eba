"""What is wrong with a pack, told to the person who can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place. Never quotes a word of a list, nor the value of a setting."""

    where: str
    """The file (`<pack folder>/<file>`), environment variable or flag that holds it."""
    what: str
    remedy: str = ""
    line: int | None = None
    """From 1; None where the problem is the file itself."""
    column: int | None = None

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}:{self.line}:{self.column or 1}"
        return f"{place}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")


class PackError(Exception):
    """A pack that cannot be used. Lists every problem at once, in the order of the files."""

    def __init__(self, *problems: Problem) -> None:
        ordered = sorted(problems, key=lambda p: (p.where, p.line or 0, p.column or 0))
        super().__init__("\n".join(str(problem) for problem in ordered))
        self.problems = tuple(ordered)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A remedy for a misspelt name; lists what there is when nothing is near."""
    known = sorted(known)
    if near := get_close_matches(name, known, n=1):
        return f"did you mean `{near[0]}`?"
    return "known here: " + ", ".join(f"`{k}`" for k in known) if known else ""
