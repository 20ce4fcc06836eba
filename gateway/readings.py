"""Further readings of a body's texts, besides one by one: across seams, and inside strings.

Neighbours are read across the seam between them, so that nothing is spelled out over two parts of
a message or two turns of a speaker; only as far from the seam as the longest entry reaches. JSON
within a string is read as whoever unpacks it will, level by level. What is seen there is told of
the original texts, so it is masked or stopped where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from classifiers.types import Finding, Report, Role, Segment
from gateway.escapes import Unescaper, unescaped
from gateway.leaves import Path, at
from gateway.seams import ALONE, Around
from gateway.strict_json import JSON

LEVELS = 6
"""How often JSON within JSON within a string is unpacked."""
_SPEECH = frozenset(
    {
        "content",
        "text",
        "parts",
        "input",
        "prompt",
        "suffix",
        "instructions",
        "texts",
        "response",
        "word",
    }
)
_SPEAKERS = frozenset({Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL})
_SEVERAL = frozenset({"choices", "candidates"})
"""Lists of answers to one question: what stands in two of them was never said together."""
_OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment within a joined text."""

    at: int
    """Where it begins in the joined text."""
    segment: int
    """Index of the segment; -1 for what stands outside this body."""
    start: int
    """Where it begins in the segment."""
    length: int


@dataclass(slots=True)
class Joined:
    """Neighbours read as one text."""

    role: Role
    pieces: list[Piece] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _length: int = 0

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def add(self, segment: int, start: int, text: str, between: str) -> None:
        if self.pieces and between:
            self.texts.append(between)
            self._length += len(between)
        self.pieces.append(Piece(self._length, segment, start, len(text)))
        self.texts.append(text)
        self._length += len(text)

    def original(self, finding: Finding) -> Iterator[Finding]:
        """The finding in each segment that it touches; nothing for one that crosses no seam."""
        touched = [
            (piece, max(finding.start - piece.at, 0), min(finding.end - piece.at, piece.length))
            for piece in self.pieces
            if finding.start < piece.at + piece.length and piece.at < finding.end
        ]
        if len(touched) > 1:
            for piece, start, end in touched:
                if piece.segment != _OUTSIDE:
                    yield replace(
                        finding,
                        segment=piece.segment,
                        start=piece.start + start,
                        end=piece.start + end,
                    )


@dataclass(frozen=True, slots=True)
class Unpacked:
    """JSON within a string, its escapes read."""

    role: Role
    text: str
    segment: int
    readers: tuple[Unescaper, ...]
    """The outermost first."""

    def original(self, finding: Finding) -> Iterator[Finding]:
        start, end = finding.start, finding.end
        for reader in reversed(self.readers):
            start, end = reader.origin(start), reader.origin(end)
        yield replace(finding, segment=self.segment, start=start, end=end)


Reading = Joined | Unpacked


@dataclass(frozen=True, slots=True)
class Further:
    """Every reading beyond the segments themselves; mostly there is none."""

    readings: tuple[Reading, ...]
    unread: int = 0
    """Characters of strings that are packed deeper than is unpacked."""

    def __bool__(self) -> bool:
        return bool(self.readings or self.unread)

    @property
    def segments(self) -> list[Segment]:
        """What scanners are to look at."""
        return [Segment(reading.text, reading.role) for reading in self.readings]

    def told(self, report: Report, further: Report) -> Report:
        """One report about the originals. `report` is about them, `further` about the readings.

        What was left unread of a reading was left unread of its original.
        """
        known: dict[tuple[str, str, str, int], list[Finding]] = {}
        for finding in report.findings:
            known.setdefault(_entry(finding), []).append(finding)
        new = [
            original
            for finding in further.findings
            for original in self.readings[finding.segment].original(finding)
            if not any(_overlap(original, told) for told in known.get(_entry(original), ()))
        ]
        failures = [failure for failure in further.failures if failure not in report.failures]
        unread = further.total - further.scanned + self.unread
        return Report(
            findings=(*report.findings, *new),
            failures=(*report.failures, *failures),
            scanned=max(0, report.scanned - unread),
            total=report.total,
        )


def further(
    segments: Sequence[Segment], reach: int, around: Around = ALONE, body: JSON = None
) -> Further:
    """Look for seams between neighbours, and for JSON inside strings.

    `reach` is how far from a seam its neighbours are read, in characters. `around` is what the
    answers in `body` stand between.
    """
    readings: list[Reading] = [*_joined(segments, reach, around, body)]
    unread = 0
    for number, segment in enumerate(segments):
        if "\\" in segment.text and segment.text.lstrip()[:1] in _OPENS_JSON:
            levels, readable = _unpacked(number, segment)
            readings += levels
            unread += 0 if readable else len(segment.text)
    return Further(tuple(readings), unread)


def last_said(segments: Sequence[Segment], reach: int) -> str:
    """The end of what the assistant said last in a prompt, as an answer may go on from it."""
    turn_over = False
    for segment in reversed(segments):
        if segment.role is Role.ASSISTANT and _is_speech(segment):
            return segment.text[-reach:] + (" " if turn_over else "")
        turn_over = turn_over or segment.role in (Role.USER, Role.TOOL)
    return ""


def answer_number(body: JSON, path: Path) -> int:
    """The `index` of the answer that a path stands in; its position where none is given."""
    if not _answer(path) or not isinstance(path[1], int):
        return _OUTSIDE
    answer = at(body, path[:2])
    index = answer.get("index", path[1]) if isinstance(answer, dict) else path[1]
    return index if isinstance(index, int) else path[1]


def _joined(
    segments: Sequence[Segment], reach: int, around: Around, body: JSON
) -> Iterator[Joined]:
    runs: dict[tuple[Role, Path], list[int]] = {}
    for number, segment in enumerate(segments):
        if segment.role in _SPEAKERS and _is_speech(segment):
            runs.setdefault((segment.role, _answer(segment.path)), []).append(number)
    for (role, answer), numbers in runs.items():
        before = after = ""
        if role is Role.ASSISTANT and around is not ALONE:
            number = answer_number(body, answer) if body is not None else 0
            before, after = around.before_answer(max(0, number)), around.after
        if before or after or len(numbers) > 1:
            yield from _seams(role, segments, numbers, reach, (before, after))


def _seams(
    role: Role,
    segments: Sequence[Segment],
    numbers: Sequence[int],
    reach: int,
    outside: tuple[str, str],
) -> Iterator[Joined]:
    """Short neighbours whole, long ones as far as `reach` from their ends.

    `outside` is what stands before the first and behind the last of them.
    """
    before, after = outside
    joined = Joined(role)
    if before:
        joined.add(_OUTSIDE, 0, before[-reach:], "")
    last: Segment | None = None
    for number in numbers:
        segment = segments[number]
        text = segment.text
        between = _between(last, segment) if last is not None else ""
        if len(text) <= 2 * reach:
            joined.add(number, 0, text, between)
        else:
            joined.add(number, 0, text[:reach], between)
            if len(joined.pieces) > 1:
                yield joined
            joined = Joined(role)
            joined.add(number, len(text) - reach, text[-reach:], "")
        last = segment
    if after:
        joined.add(_OUTSIDE, 0, after[:reach], "")
    if len(joined.pieces) > 1:
        yield joined


def _between(one: Segment, other: Segment) -> str:
    """Parts of one message touch; turns do too, but for words of letters and for figures."""
    same_message = one.path[:2] == other.path[:2]
    words = (one.text[-1:] + other.text[:1]).isascii() and one.text[-1:].isalnum()
    return " " if words and not same_message and other.text[:1].isalnum() else ""


def _is_speech(segment: Segment) -> bool:
    """Whether a segment is what a speaker says, apart from names, calls and figures."""
    if segment.is_key:
        return False
    names = [step for step in segment.path if isinstance(step, str)]
    return bool(names) and names[-1] in _SPEECH and "tool_calls" not in names


def _answer(path: Path) -> Path:
    """What tells several answers to one question apart; empty where there is only one."""
    return path[:2] if path[:1] and path[0] in _SEVERAL else ()


def _unpacked(number: int, segment: Segment) -> tuple[list[Unpacked], bool]:
    """The levels of one string, and whether the last of them says it all."""
    levels: list[Unpacked] = []
    text = segment.text
    readers: tuple[Unescaper, ...] = ()
    for _ in range(LEVELS):
        inner, reader = unescaped(text)
        if inner == text:
            return levels, True
        text, readers = inner, (*readers, reader)
        levels.append(Unpacked(segment.role, text, number, readers))
    return levels, unescaped(text)[0] == text


def _entry(finding: Finding) -> tuple[str, str, str, int]:
    return finding.classifier, finding.category, finding.rule, finding.segment


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


_OPENS_JSON = ("{", "[", '"')
