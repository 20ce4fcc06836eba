"""What becomes of traffic when one pack takes the place of another: both judge every text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from classifiers.types import FailureReason, Role, Segment
from policies.cases import Classify
from policies.decide import decide
from policies.types import Action, Direction, PolicyPack, Verdict

SAMPLES = 5
"""How many texts of a row are named: the first ones."""


class Shift(StrEnum):
    """What a text's new verdict is to its old one. Stopped is `answer` and stricter."""

    STOPPED = "newly stopped"
    PASSED = "newly passed"
    STRICTER = "stricter"
    """Stopped or passing as before, by a stricter action."""
    MILDER = "milder"


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the traffic."""

    id: str
    text: str = field(repr=False)
    role: Role
    direction: Direction


@dataclass(frozen=True, slots=True)
class Judge:
    """A pack, and the classifiers that serve it."""

    pack: PolicyPack
    classify: Classify


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """How many texts one leaf shifts in one direction. Holds no text: ids say where to look."""

    change: str
    direction: str
    leaf: str
    """What sets the stricter of the two actions; empty in the row that counts every leaf, and
    `unread` where no leaf did, because the text could not be read to its end."""
    texts: int
    rate: float
    """Of all texts compared in this direction, 0 to 1."""
    ids: str
    """The first few."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of the traffic under both packs."""

    compared: int
    stopped_before: int
    stopped_after: int
    failed: int
    """Texts left out because a classifier of either pack gave no answer."""
    rows: tuple[ShiftRow, ...]
    """For each change and direction: every leaf together, then leaf by leaf, the most first."""
    samples: tuple[Text, ...] = field(repr=False)
    """The texts that the rows name, in their order."""

    def count(self, shift: Shift) -> int:
        return sum(row.texts for row in self.rows if row.change == shift and not row.leaf)


async def replay(old: Judge, new: Judge, traffic: Iterable[Text]) -> Replay:
    """Judge each text by both packs. Holds no more of the traffic than the samples."""
    tally = _Tally()
    for text in traffic:
        tally.add(text, await _verdict(old, text), await _verdict(new, text))
    return tally.replay()


def stops(action: Action) -> bool:
    """Whether the text does not arrive: an answer stands in for it, or a person holds it."""
    return action >= Action.ANSWER


async def _verdict(judge: Judge, text: Text) -> Verdict:
    segments = [Segment(text.text, text.role)]
    return decide(judge.pack, text.direction, await judge.classify(segments), segments)


class _Tally:
    def __init__(self) -> None:
        self._compared: Counter[Direction] = Counter()
        self._before = self._after = self._failed = 0
        self._shifted: Counter[tuple[Shift, Direction, str]] = Counter()
        self._samples: defaultdict[tuple[Shift, Direction, str], list[Text]] = defaultdict(list)

    def add(self, text: Text, old: Verdict, new: Verdict) -> None:
        if _failed(old) or _failed(new):
            self._failed += 1
            return
        self._compared[text.direction] += 1
        self._before += stops(old.action)
        self._after += stops(new.action)
        if change := shift(old.action, new.action):
            key = change, text.direction, _cause(max(old, new, key=lambda verdict: verdict.action))
            self._shifted[key] += 1
            if len(self._samples[key]) < SAMPLES:
                self._samples[key].append(text)

    def replay(self) -> Replay:
        return Replay(
            compared=self._compared.total(),
            stopped_before=self._before,
            stopped_after=self._after,
            failed=self._failed,
            rows=tuple(row for s in Shift for way in Direction for row in self._rows(s, way)),
            samples=tuple(
                text
                for shift in Shift
                for way in Direction
                for key in self._keys(shift, way)
                for text in self._samples[key]
            ),
        )

    def _keys(self, shift: Shift, direction: Direction) -> list[tuple[Shift, Direction, str]]:
        keys = [key for key in self._shifted if key[:2] == (shift, direction)]
        return sorted(keys, key=lambda key: (-self._shifted[key], key[2]))

    def _rows(self, shift: Shift, direction: Direction) -> Iterator[ShiftRow]:
        keys = self._keys(shift, direction)
        if not keys:
            return
        whole = self._compared[direction]
        total = sum(self._shifted[key] for key in keys)
        yield ShiftRow(shift, direction, "", total, round(total / whole, 6), "")
        for key in keys:
            count, ids = self._shifted[key], " ".join(text.id for text in self._samples[key])
            yield ShiftRow(shift, direction, key[2], count, round(count / whole, 6), ids)


def shift(old: Action, new: Action) -> Shift | None:
    """What a new action is to an old one; None where it is the same."""
    if stops(old) != stops(new):
        return Shift.STOPPED if stops(new) else Shift.PASSED
    if old == new:
        return None
    return Shift.STRICTER if new > old else Shift.MILDER


def _cause(verdict: Verdict) -> str:
    return verdict.decisive.leaf.id if verdict.decisive else "unread"


def _failed(verdict: Verdict) -> bool:
    """A text that cannot be decoded is judged as it would be; other failures prove nothing."""
    return any(failure.reason is not FailureReason.UNDECODABLE for failure in verdict.failures)
