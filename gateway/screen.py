"""Screening: texts to the panel, findings to the pack, a verdict back.

Whole texts and streams go through the same panel and the same decision, so a stream is judged as
its text would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from classifiers.panel import Panel
from classifiers.types import Failure, Finding, Report, Segment
from classifiers.window import Window, WindowStream
from gateway.dialects.dialect import KEYS_FIELD, Text
from gateway.leaves import Path
from gateway.ledger.records import Mark
from gateway.readings import further
from gateway.redact import Span, mask
from gateway.seams import ALONE, Around, SeamReading
from gateway.sse import Frame
from gateway.stream import Carried, GuardKey, Held, InnerReading, StreamGuard
from gateway.strict_json import JSON
from policies.context import UNKNOWN, Context
from policies.decide import decide_all
from policies.deployment import DECLARED_NOTHING, Deployment
from policies.policy_set import PolicySet
from policies.types import Action, Bearing, Direction, Verdict


@dataclass(frozen=True, slots=True)
class ActivePacks:
    """Packs that judge together, and the classifiers that serve them. Swapped whole on reload."""

    policies: PolicySet
    panel: Panel
    holds: Mapping[Direction, frozenset[str]]
    """Per direction, the categories that act on the text: only these hold a stream back."""
    window_chars: int
    deployment: Deployment = DECLARED_NOTHING
    """What was declared of the service when the packs were loaded."""
    reach_chars: int = 64
    """How far from where two texts meet the longest entry of a word list can reach."""
    named: bytes = field(init=False)
    """`name@version` of each pack, for headers."""

    def __post_init__(self) -> None:
        named = ", ".join(f"{pack.name}@{pack.version}" for pack in self.policies.packs)
        # A frozen instance can only be completed this way.
        object.__setattr__(self, "named", named.encode("ascii"))


async def screen(
    active: ActivePacks,
    direction: Direction,
    segments: Sequence[Segment],
    around: Around = ALONE,
    body: JSON = None,
    context: Context = UNKNOWN,
) -> Verdict:
    """Judge whole texts, singly and read on from their neighbours.

    `around` is what the answers in `body` go on from and run into.
    """
    report = await active.panel.classify(segments)
    if beyond := further(segments, active.reach_chars, around, body):
        report = beyond.told(report, await active.panel.scan(beyond.segments))
    return decide_all(active.policies, direction, report, segments, context)


def redactions(verdict: Verdict, segments: Sequence[Segment]) -> list[tuple[Path, str]]:
    """The strings to put in place of the segments that a verdict masks."""
    spans: dict[int, list[Span]] = {}
    for hit in verdict.hits:
        if hit.action is Action.REDACT:
            spans.setdefault(hit.finding.segment, []).append((hit.finding.start, hit.finding.end))
    return [(segments[i].path, mask(segments[i].text, where)) for i, where in spans.items()]


def cannot_mask(verdict: Verdict, segments: Sequence[Segment]) -> bool:
    """Whether a span to be masked lies in an object's key, which has no place to be masked in."""
    return any(
        hit.action is Action.REDACT and segments[hit.finding.segment].is_key for hit in verdict.hits
    )


def block_instead(verdict: Verdict) -> Verdict:
    """The same verdict where masking was asked for and cannot be done."""
    return replace(
        verdict,
        action=Action.BLOCK,
        hits=tuple(hit._replace(rule=_unmasking(hit.rule)) for hit in verdict.hits),
        rulings=tuple(one._replace(action=_unmasked(one.action)) for one in verdict.rulings),
    )


def _unmasking(rule: Bearing) -> Bearing:
    return rule._replace(action=_unmasked(rule.action))


def _unmasked(action: Action) -> Action:
    return Action.BLOCK if action is Action.REDACT else action


_TRAIL_CHARS = 256
"""How much of what a field said before is read with what it says next."""


class StreamScreen:
    """The screening of one streamed response: a guard per text, one verdict over all of them."""

    def __init__(
        self,
        active: ActivePacks,
        *,
        repeats: bool = False,
        around: Around = ALONE,
        spoken_field: str = "",
        context: Context = UNKNOWN,
    ) -> None:
        """`repeats`: whether events will sum up what earlier ones said. `around`: what the texts of
        `spoken_field` stand between."""
        self._active = active
        self._context = context
        self._around = around
        self._spoken_field = spoken_field
        self._repeats = repeats
        self._said: dict[GuardKey, list[str]] = {}
        """What growing texts have said, where that will be said again."""
        self._guards: list[StreamGuard] = []
        """Every text of the stream, in the order in which they began."""
        self._growing: dict[GuardKey, StreamGuard] = {}
        self._trails: dict[GuardKey, str] = {}
        """The end of what was said at once, by field."""
        self._first: dict[GuardKey, str] = {}
        """What fields that repeat said first."""
        self._changing: set[GuardKey] = set()
        """Those that have said something else since: from then on every word of theirs counts."""
        self._known: dict[GuardKey, StreamGuard] = {}
        """Where fields that repeat were read."""
        self._keys: set[str] = set()
        self._total = 0
        self._read_twice = 0
        """Characters that were read behind others once more; they count once."""
        self._unread = 0
        """Characters that a classifier passed over without saying so."""
        self._found: list[Finding] = []
        self._failed: list[Failure] = []
        self._new: list[Finding] = []
        self._broken: list[Failure] = []
        """Failures that have not been judged yet."""

    def hold(self, frame: Frame, event: JSON, texts: Sequence[Text], now: float) -> Held:
        """Feed an event's texts to their guards; the frame waits until all of them let it go."""
        carried = tuple(piece for text in texts if (piece := self._feed(text)) is not None)
        return Held(frame, event, carried, now)

    def end_choice(self, choice: int) -> None:
        """The texts of one choice end here: what their end makes certain becomes certain."""
        for key, guard in self._growing.items():
            if key[0] == choice:
                self._end(guard)

    def finish(self) -> None:
        """The stream ends here, and with it every text."""
        for guard in self._growing.values():
            self._end(guard)

    def _end(self, guard: StreamGuard) -> None:
        if not guard.ended:
            self._new += guard.finish()
            self._note_failures(guard)

    async def judge(self) -> Verdict:
        """Judge what has come since the last call; spans to be masked are noted at their guards."""
        # What word lists and patterns have decided needs no model to confirm it.
        settled = self._active.panel.settled(self._new)
        report = Report() if settled else await self._classify_windows()
        found, self._new = [*self._new, *report.findings], []
        failed, self._broken = [*self._broken, *report.failures], []
        verdict = self._decided(found, failed)
        guards = self._guards
        for hit in verdict.hits:
            if hit.action is Action.REDACT:
                span = (hit.finding.start, hit.finding.end)
                guards[hit.finding.segment].redactions.append(span)
        self._found += found
        self._failed += failed
        if self._active.policies.conditions and found:
            # A condition may ask for scores that came earlier, or have been waited for.
            whole = self._decided(self._found, self._failed)
            verdict = whole if whole.action > Action.REDACT else verdict
        return verdict

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the whole stream as far as it was judged."""
        return replace(self._decided(self._found, self._failed), total=self.total)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """How far each growing text has been let go."""
        growing = self._growing.values()
        return tuple(Mark(*guard.key, guard.delivered) for guard in growing if guard.delivered)

    @property
    def has_news(self) -> bool:
        """Whether there is anything to judge: evidence, or text that classifiers wait for."""
        return bool(self._new or self._broken) or any(guard.has_due for guard in self._guards)

    @property
    def scanned(self) -> int:
        if not self._active.panel.classifiers:
            return self._total
        return sum(guard.scanned for guard in self._guards) - self._unread - self._read_twice

    @property
    def total(self) -> int:
        return self._total

    def cannot_mask(self, verdict: Verdict) -> bool:
        """Whether a span to be masked lies where nothing can be masked, or has left already."""
        guards = self._guards
        return any(
            hit.action is Action.REDACT
            and (
                guards[hit.finding.segment].key[1] == KEYS_FIELD
                or hit.finding.start < guards[hit.finding.segment].delivered
            )
            for hit in verdict.hits
        )

    def _feed(self, text: Text) -> Carried | None:
        if text.again:
            return self._feed_again(text)
        if text.whole:
            return self._feed_whole(text)
        guard = self._growing.get(text.key)
        if guard is None or (guard.ended and text.text):
            if not text.text and not text.sealed:
                return None
            guard = self._growing[text.key] = self._begin(text, guard)
        if not text.text:
            return Carried(guard, guard.received, guard.received, text.path, "")
        if self._repeats:
            self._said.setdefault(text.key, []).append(text.text)
        start = guard.received
        self._total += len(text.text)
        self._new += guard.feed(text.text)
        self._note_failures(guard)
        return Carried(guard, start, guard.received, text.path, text.text)

    def _begin(self, text: Text, ended: StreamGuard | None) -> StreamGuard:
        """A guard for a growing text; where one goes on after its end, it is read behind that."""
        guard = self._open(text, seam=ended is None)
        if ended is not None:
            before = "".join(self._said.get(text.key, ()))[-_TRAIL_CHARS:]
            guard.delivered = len(before)
            self._total += len(before)
            self._new += guard.feed(before)
        return guard

    def _feed_again(self, text: Text) -> Carried | None:
        """A text that sums up another leaves as that one did; if it says more, it is a new one."""
        guard = self._growing.get(text.key)
        if (
            guard is not None
            and guard.received == len(text.text)
            and "".join(self._said.get(text.key, ())) == text.text
        ):
            return Carried(guard, 0, guard.received, text.path, text.text)
        choice, field = text.key
        return self._feed_whole(text._replace(key=(choice, f"{field}.again")))

    def _feed_whole(self, text: Text) -> Carried | None:
        """A text that is complete has a guard of its own, and waits for nothing that follows."""
        if self._is_known(text):
            return self._as_known(text)
        guard = self._open(text)
        self._total += len(text.text)
        self._new += guard.feed(text.text) + guard.finish()
        self._note_failures(guard)
        self._read_behind(text)
        if text.repeats:
            self._known[text.key] = guard
        return Carried(guard, 0, guard.received, text.path, text.text)

    def _read_behind(self, text: Text) -> None:
        """Read a text behind what its field said before, lest a word be spelled out over events.

        What begins there has left, so it cannot be masked any more.
        """
        before = self._trails.get(text.key, "")
        self._trails[text.key] = (before + text.text)[-_TRAIL_CHARS:]
        if not before:
            return
        joint = self._open(text._replace(nested=False, sealed=False), windows=False)
        joint.delivered = edge = len(before)
        found = joint.feed(before + text.text) + joint.finish()
        self._read_twice += joint.received
        self._new += [finding for finding in found if finding.start < edge < finding.end]

    def _as_known(self, text: Text) -> Carried | None:
        """What has been read is not read again, but masked again."""
        guard = self._known.get(text.key)
        if guard is None or not guard.redactions:
            return None
        return Carried(guard, guard.received - len(text.text), guard.received, text.path, text.text)

    def _is_known(self, text: Text) -> bool:
        """Whether a text that repeats says nothing new: a key, or a field that never changed."""
        if not text.repeats:
            return False
        if text.is_key:
            known = text.text in self._keys
            self._keys.add(text.text)
            return known
        if self._first.setdefault(text.key, text.text) != text.text:
            self._changing.add(text.key)
        return text.key in self._trails and text.key not in self._changing

    def _note_failures(self, guard: StreamGuard) -> None:
        known = (*self._failed, *self._broken)
        self._broken += [failure for failure in guard.failures if failure not in known]

    def _open(self, text: Text, *, windows: bool = True, seam: bool = False) -> StreamGuard:
        active = self._active
        judged = windows and active.panel.classifiers
        cut = WindowStream(active.window_chars) if judged else None
        hold = active.holds[Direction.OUTPUT]
        scan = active.panel.stream(hold)
        inner = InnerReading(partial(active.panel.stream, hold)) if text.nested else None
        guard = StreamGuard(
            len(self._guards),
            text.key,
            text.role,
            scan,
            cut,
            inner=inner,
            seam=self._seam(text) if seam else None,
            sealed=text.sealed,
        )
        self._guards.append(guard)
        return guard

    def _seam(self, text: Text) -> SeamReading | None:
        """A reading of a text together with what stands around it; mostly there is nothing."""
        around, (choice, field) = self._around, text.key
        if around is ALONE or field != self._spoken_field:
            return None
        before, after = around.before_answer(choice), around.after
        if not (before or after):
            return None
        active = self._active
        scan = partial(active.panel.stream, active.holds[Direction.OUTPUT])
        return SeamReading(scan, active.reach_chars, before, after)

    async def _classify_windows(self) -> Report:
        """Have the classifiers judge the windows that are whole; approve what they judged."""
        due = [(guard, window) for guard in self._guards for window in guard.take_due()]
        if not due:
            return Report()
        segments = [Segment(w.text, guard.role, offset=w.start) for guard, w in due]
        report = await self._active.panel.classify_windows(segments)
        for guard, window in due:
            guard.approve(window)
        if not self._all_failed(report):
            self._unread += report.total - report.scanned
        return replace(report, findings=tuple(_rebased(found, due) for found in report.findings))

    def _all_failed(self, report: Report) -> bool:
        """Whether the failures speak for everything unread: no classifier answered at all."""
        failed = {failure.classifier for failure in report.failures}
        return failed >= {classifier.name for classifier in self._active.panel.classifiers}

    def _decided(self, found: Sequence[Finding], failed: Sequence[Failure]) -> Verdict:
        # What has not been judged yet is no part of this verdict, and the record has the totals
        # beside it; what a classifier passed over in silence is.
        scanned = self.scanned
        report = Report(tuple(found), tuple(failed), scanned, scanned + self._unread)
        segments = [Segment("", guard.role) for guard in self._guards]
        policies, context = self._active.policies, self._context
        return decide_all(policies, Direction.OUTPUT, report, segments, context)


def _rebased(finding: Finding, due: Sequence[tuple[StreamGuard, Window]]) -> Finding:
    """A finding in a window as a finding in the text that the window was cut from."""
    guard, window = due[finding.segment]
    return replace(
        finding,
        segment=guard.number,
        start=guard.origin(finding.start + window.start),
        end=guard.origin(finding.end + window.start),
    )
