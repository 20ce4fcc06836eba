"""Taking the picture of an exchange: what is written, when, and what is counted on the way.

An exchange is carried only as far as its record goes: each step here returns once its record is
written as the ledger's durability mode says, and raises LedgerUnavailable where it cannot be.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from gateway.exchange import Exchange
from gateway.labels.waivers import Waiver
from gateway.ledger.config import LedgerUnavailable
from gateway.ledger.records import (
    Delivered,
    FailureRecord,
    FileRecord,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    PackRecord,
    RulingRecord,
    Stopping,
    Timings,
    VerdictRecord,
    WaiverRecord,
)
from gateway.logs import AccessLine, log_exchange
from gateway.metrics import Metrics
from policies.types import Direction, Verdict


class Book(Protocol):
    """Where records are written: the ledger, or whatever stands in for it."""

    async def intent(self, record: Intent) -> None: ...
    async def delivered(self, record: Delivered) -> None: ...
    async def stopping(self, record: Stopping) -> None: ...
    async def final(self, record: Final) -> None: ...


@dataclass(frozen=True, slots=True)
class Records:
    """Opens the record of each exchange."""

    book: Book
    metrics: Metrics
    upstream: str
    """The name of the model endpoint, as the record has it."""
    log: FilteringBoundLogger
    ended: Callable[[Exchange], None]
    """Told of every exchange once it is on record."""
    fingerprint: Callable[[bytes], str] | None = None
    """Makes fingerprints of what left; None where nobody can look them up."""

    def open(self, exchange: Exchange) -> Recorder:
        self.metrics.in_flight.inc()
        return Recorder(exchange, self)


class Recorder:
    """The record of one exchange, in the order in which it grows."""

    def __init__(self, exchange: Exchange, records: Records) -> None:
        self._exchange = exchange
        self._book = records.book
        self._metrics = records.metrics
        self._upstream = records.upstream
        self._log = records.log
        self._ended = records.ended
        self._fingerprint = records.fingerprint
        self._intent: asyncio.Task[None] | None = None
        self._marks: tuple[Mark, ...] = ()

    def intend(self) -> None:
        """Begin to write what is asked; `intended` or `close` waits for it."""
        if self._intent is None:
            write = self._timed("intent", self._book.intent(self._intent_record()))
            self._intent = asyncio.get_running_loop().create_task(write)

    async def intended(self) -> None:
        """Wait until the request is on record: nothing goes upstream before."""
        self.intend()
        if self._intent is not None:
            await asyncio.shield(self._intent)

    async def stopping(self, direction: Direction, verdict: Verdict) -> None:
        """A verdict that ends the exchange goes on record before anything acts on it."""
        record = Stopping(self._exchange.id, _now_ms(), direction.value, _verdict_record(verdict))
        await self._timed("stopping", self._book.stopping(record))

    async def delivering(self, content: bytes, marks: tuple[Mark, ...] = ()) -> None:
        """What is about to leave goes on record before it does."""
        self._marks = marks or self._marks
        record = Delivered(self._exchange.id, _now_ms(), marks, content)
        await self._timed("delivered", self._book.delivered(record))

    def held_back(self, seconds: float) -> None:
        """Note how long a frame waited."""
        self._metrics.holdback.observe(seconds)

    async def close(self, delivered_bytes: int) -> None:
        """Write how the exchange ended, whatever ended it, and count it."""
        self._metrics.in_flight.dec()
        try:
            await _through(self._write_end(delivered_bytes))
        except LedgerUnavailable:
            # The client was told where it mattered; recovery closes the record as aborted.
            self._log.error("the final record could not be written", exchange_id=self._exchange.id)
        self._count()

    async def _write_end(self, delivered_bytes: int) -> None:
        await self.intended()
        await self._timed("final", self._book.final(self._final_record(delivered_bytes)))

    async def _timed(self, step: str, write: Awaitable[None]) -> None:
        began = time.perf_counter()
        try:
            await write
        except LedgerUnavailable:
            self._metrics.ledger_errors.inc()
            raise
        self._metrics.ledger_wrote(step, time.perf_counter() - began)

    def _intent_record(self) -> Intent:
        exchange, prompt = self._exchange, self._exchange.prompt
        return Intent(
            exchange=exchange.id,
            time_ms=int(exchange.received_at * 1000),
            route=exchange.route,
            dialect=exchange.dialect.name,
            request_id=exchange.request_id,
            trace_id=exchange.trace_id,
            tenant=exchange.tenant,
            user_key=exchange.user_key,
            model=prompt.model if prompt and _MODEL.fullmatch(prompt.model) else "",
            stream=prompt.stream if prompt else False,
            packs=tuple(
                PackRecord(pack.name, pack.version, pack.digest)
                for pack in exchange.active.policies.packs
            ),
            profile=exchange.active.deployment.profile.value,
            service_tier=exchange.active.deployment.service_tier,
            upstream=self._upstream,
            stripped=exchange.stripped,
            waiver=_waiver_record(exchange.waiver) if exchange.waiver else None,
            prompt_chars=sum(len(s.text) for s in prompt.segments) if prompt else 0,
            content=exchange.body,
        )

    def _final_record(self, delivered_bytes: int) -> Final:
        exchange = self._exchange
        return Final(
            exchange=exchange.id,
            time_ms=_now_ms(),
            outcome=exchange.outcome,
            status=exchange.status,
            fault=exchange.fault,
            prompt=_verdict_record(exchange.prompt_verdict) if exchange.prompt_verdict else None,
            output=_verdict_record(exchange.output_verdict) if exchange.output_verdict else None,
            label_id=exchange.label.produce_id,
            files=tuple(FileRecord(f.medium, f.label, f.size) for f in exchange.files),
            prints=self._prints(),
            answer_id=exchange.answer_id,
            upstream_called=exchange.upstream_called,
            delivered_chars=sum(mark.upto for mark in self._marks),
            delivered_bytes=delivered_bytes,
            marks=self._marks,
            usage=exchange.usage,
            timings=_timings(exchange),
        )

    def _prints(self) -> tuple[str, ...]:
        exchange = self._exchange
        if self._fingerprint is None:
            return ()
        hashes = [*exchange.texts, *(file.sha256 for file in exchange.files)]
        return tuple(map(self._fingerprint, hashes))

    def _count(self) -> None:
        exchange, metrics = self._exchange, self._metrics
        total = time.monotonic() - exchange.started
        metrics.exchange(
            route=exchange.route, decision=exchange.decision, outcome=exchange.outcome.value
        )
        if exchange.outcome is Outcome.UPSTREAM_ERROR:
            # Without a fault of ours to name, the endpoint itself said that it failed.
            metrics.upstream_failed(exchange.fault.removeprefix("upstream_") or "told")
        metrics.exchange_time.observe(total)
        metrics.overhead.observe(max(0.0, total - exchange.upstream_s))
        if exchange.first_text_s is not None:
            metrics.first_text.observe(exchange.first_text_s)
        if exchange.upstream_first_byte_s is not None:
            metrics.upstream_first_byte.observe(exchange.upstream_first_byte_s)
        for direction, verdict in exchange.verdicts.items():
            self._count_verdict(direction, verdict)
        self._ended(exchange)
        log_exchange(self._log, _access_line(exchange, total))

    def _count_verdict(self, direction: Direction, verdict: Verdict) -> None:
        metrics = self._metrics
        metrics.screened(
            direction,
            seconds=self._exchange.screen_s.get(direction, 0.0),
            characters=verdict.scanned,
        )
        for hit in verdict.hits:
            metrics.finding(pack=hit.pack, leaf=hit.leaf.id, action=hit.action, direction=direction)
        for failure in verdict.failures:
            metrics.classifier_failed(failure.classifier, failure.reason.value)


async def _through(write: Awaitable[None]) -> None:
    """Wait for a write to its end, cancelled or not; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(write)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    task.result()


def _verdict_record(verdict: Verdict) -> VerdictRecord:
    return VerdictRecord(
        action=verdict.action.label,
        rulings=tuple(RulingRecord(one.pack.name, one.action.label) for one in verdict.rulings),
        hits=tuple(
            HitRecord(
                pack=hit.pack,
                leaf=hit.leaf.id,
                article=hit.leaf.article,
                detector=hit.finding.classifier,
                rule=hit.finding.rule,
                score=hit.finding.score,
                threshold=hit.threshold,
                action=hit.action.label,
                segment=hit.finding.segment,
                start=hit.finding.start,
                end=hit.finding.end,
                view=hit.finding.view,
            )
            for hit in verdict.hits
        ),
        failures=tuple(
            FailureRecord(f.classifier, f.reason.value, f.detail) for f in verdict.failures
        ),
        scanned=verdict.scanned,
        total=verdict.total,
    )


def _waiver_record(waiver: Waiver) -> WaiverRecord:
    return WaiverRecord(waiver.id, waiver.agreement, waiver.recipient, waiver.purpose)


def _timings(exchange: Exchange) -> Timings:
    return Timings(
        total=_ms(time.monotonic() - exchange.started),
        prompt_screen=_ms(exchange.screen_s.get(Direction.PROMPT)),
        output_screen=_ms(exchange.screen_s.get(Direction.OUTPUT)),
        upstream_first_byte=_ms(exchange.upstream_first_byte_s),
        upstream=_ms(exchange.upstream_s),
        first_text=_ms(exchange.first_text_s),
        upstream_forgone=_ms(exchange.upstream_forgone_s),
    )


def _access_line(exchange: Exchange, total_s: float) -> AccessLine:
    verdicts = exchange.verdicts.values()
    leaf = next((v.decisive.leaf.id for v in verdicts if v.decisive), None)
    return AccessLine(
        method=exchange.method,
        route=exchange.route,
        status=exchange.status,
        decision=exchange.decision.label,
        outcome=exchange.outcome.value,
        duration_ms=round(total_s * 1000, 3),
        overhead_ms=round((total_s - exchange.upstream_s) * 1000, 3),
        scanned_chars=sum(v.scanned for v in verdicts),
        total_chars=sum(v.total for v in verdicts),
        streamed=exchange.prompt.stream if exchange.prompt else False,
        leaf=leaf,
    )


_MODEL = re.compile(r"[\w.:/@+-]{1,128}", re.ASCII)
"""What passes for a model's name. Anything else is the caller's text, and stays sealed."""


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _now_ms() -> int:
    return int(time.time() * 1000)
