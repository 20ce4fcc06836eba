"""The seams of a growing answer: what it goes on from, and what it runs into.

Whoever shows a completion behind its prompt reads both as one text. So does this, as far from
the seam as the longest entry reaches, and tells only of what crosses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from classifiers.types import Failure, Finding, ScanStream


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the answers to one request, as whoever joins them will read it."""

    before: tuple[str, ...] = ()
    """What answers go on from: nothing, one text for all, or a text for every `each` of them."""
    each: int = 1
    after: str = ""
    """What every answer runs into."""

    def before_answer(self, number: int) -> str:
        """What the answer of a number goes on from."""
        if len(self.before) > 1:
            number //= self.each
            return self.before[number] if 0 <= number < len(self.before) else ""
        return self.before[0] if self.before else ""


ALONE = Around()


class SeamReading:
    """One growing text read on from `before`, and on into `after`."""

    def __init__(
        self, open_scan: Callable[[], ScanStream], reach: int, before: str, after: str
    ) -> None:
        """`reach` is how far from a seam the text is read, in characters."""
        self._open_scan = open_scan
        self._after = after[:reach]
        self._reach = reach
        self._before = before[-reach:]
        self._lead = len(self._before)
        self._left = reach if before else 0
        """Characters that are still near the first seam."""
        self._scan: ScanStream | None = None
        self._failures: Sequence[Failure] = ()
        self._tail = ""
        self._length = 0
        if before:
            self._scan = open_scan()
            self._scan.feed(self._before)

    def feed(self, text: str) -> list[Finding]:
        """Take more of the text; findings are in its offsets."""
        self._length += len(text)
        if self._after:
            self._tail = (self._tail + text)[-self._reach :]
        if self._scan is None or not text:
            return []
        near, self._left = text[: self._left], self._left - len(text)
        found = self._scan.feed(near)
        return self._behind(found if self._left > 0 else [*found, *self._close()])

    def finish(self) -> list[Finding]:
        """The text ends here, and what it runs into begins."""
        found = self._behind(self._close())
        if not (self._after and self._tail):
            return found
        # A short text lies between both at once.
        before = self._before if len(self._tail) == self._length else ""
        edge = len(before) + len(self._tail)
        scan = self._open_scan()
        beyond = [*scan.feed(before + self._tail + self._after), *scan.finish()]
        self._failures = [*self._failures, *scan.failures]
        return [
            *found,
            *(
                replace(f, start=max(0, f.start - edge + self._length), end=self._length)
                for f in beyond
                if f.start < edge < f.end
            ),
        ]

    @property
    def safe(self) -> int:
        """How far the text may leave as far as the first seam goes."""
        if self._scan is None:
            return self._length
        return min(self._length, max(0, self._scan.safe - self._lead))

    @property
    def failures(self) -> Sequence[Failure]:
        return self._failures if self._scan is None else self._scan.failures

    def _close(self) -> list[Finding]:
        if self._scan is None:
            return []
        found = self._scan.finish()
        self._failures = self._scan.failures
        self._scan = None
        return found

    def _behind(self, findings: list[Finding]) -> list[Finding]:
        return [
            replace(finding, start=0, end=finding.end - self._lead)
            for finding in findings
            if finding.start < self._lead < finding.end
        ]
