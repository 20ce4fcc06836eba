"""What `lint` has to say, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a remark calls for."""

    ERROR = "error"
    """The pack does not load, or is refused."""
    WARNING = "warning"
    """Below a figure of the standard, or something is unguarded or untested."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that `lint` has to say."""

    severity: str
    code: str
    where: str
    """A leaf, a topic, a bank, or the file and place of an error."""
    what: str
    remedy: str = ""


def warning(code: str, where: str, what: str, remedy: str) -> Remark:
    return Remark(Severity.WARNING, code, where, what, remedy)
