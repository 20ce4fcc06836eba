"""The visible label of a text: where it goes, and where it must never go.

Labelling Measures Art. 4(1)(1) lets it stand at the start or the end of the text or in the
interface around it. It is never written into JSON, tool calls or code: there the response says
that the interface must show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.types import ExplicitLabel


@dataclass(frozen=True, slots=True)
class ExplicitText:
    """The visible label of one response. Both empty where the interface has to show it."""

    before: str = ""
    after: str = ""

    @property
    def interface_owes(self) -> bool:
        return not (self.before or self.after)


def explicit_text(mode: ExplicitLabel, text: str, *, structured: bool) -> ExplicitText:
    """What to write for a mode. `structured` answers are for machines and are left alone."""
    if structured or mode is ExplicitLabel.INTERFACE:
        return ExplicitText()
    if mode is ExplicitLabel.PREFIX:
        return ExplicitText(before=f"{text}\n\n")
    return ExplicitText(after=f"\n\n{text}")


def ends_in_code(texts: Iterable[str]) -> bool:
    """Whether any of the texts ends inside a fenced code block."""
    for text in texts:
        fence = CodeFence()
        fence.feed(text)
        if fence.inside:
            return True
    return False


class CodeFence:
    """Whether a growing Markdown text stands inside a fenced code block (CommonMark 4.5)."""

    def __init__(self) -> None:
        self._tail = ""
        self._inside = False

    def feed(self, text: str) -> None:
        """Take more of the text. A fence may be cut anywhere."""
        text = self._tail + text
        fences = text.count("```")
        self._inside ^= fences % 2 == 1
        rest = text.rsplit("```", 1)[-1] if fences else text
        self._tail = rest[len(rest.rstrip("`")) :]

    @property
    def inside(self) -> bool:
        return self._inside
