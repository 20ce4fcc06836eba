"""One streamed answer on its way through: split, screened, held, recorded, labelled, sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import NoReturn, Protocol

from classifiers.types import Role
from gateway.dialects.dialect import Ending, StreamedDialect
from gateway.errors import FaultKind, UpstreamFault
from gateway.exchange import Exchange
from gateway.labels.bodies import SHORTEST, FileLabels, places
from gateway.labels.media.medium import Unlabellable
from gateway.labels.streams import StreamLabel
from gateway.labels.texts import SpokenHashes
from gateway.ledger.records import Mark
from gateway.screen import StreamScreen, block_instead
from gateway.seams import ALONE, Around
from gateway.sse import EventTooLarge, Frame
from gateway.stream import Held, HoldBack, mark_delivered
from gateway.strict_json import JSON, NotStrictJSON, dump, parse
from policies.types import Action, Direction, Verdict


class Stopped(Exception):
    """A verdict that lets no more of the answer through."""

    def __init__(self, verdict: Verdict, *, whole: JSON = None) -> None:
        super().__init__("the answer was stopped")
        self.verdict = verdict
        self.whole = whole
        """The answer, where it came whole; None for a stream."""


class Recording(Protocol):
    """What a stream tells the record of its exchange."""

    async def delivering(self, content: bytes, marks: tuple[Mark, ...] = ()) -> None:
        """What is about to leave; returns once that is written."""
        ...

    async def stopping(self, direction: Direction, verdict: Verdict) -> None:
        """A verdict that ends the stream; returns once that is written."""
        ...

    def held_back(self, seconds: float) -> None:
        """How long a frame had to wait."""
        ...


class StreamRelay:
    """Carries one stream."""

    def __init__(
        self,
        exchange: Exchange,
        dialect: StreamedDialect,
        recorder: Recording,
        label: StreamLabel,
        *,
        event_bytes: int,
        output_chars: int,
        around: Around = ALONE,
        files: FileLabels | None = None,
        spoken: SpokenHashes | None = None,
    ) -> None:
        self._exchange = exchange
        self._dialect = dialect
        self._recorder = recorder
        self._label = label
        self._files = files
        self._spoken = spoken
        self._output_chars = output_chars
        self._framing = dialect.framing
        self._splitter = self._framing.splitter(event_bytes)
        self._screen = StreamScreen(
            exchange.active,
            repeats=dialect.repeats,
            around=around,
            spoken_field=dialect.spoken_field,
            context=exchange.context,
        )
        self._holdback = HoldBack(max_bytes=4 * event_bytes)
        self._ready: list[Held] = []
        """Frames that may leave and have not yet been handed out, in order."""
        self._redacted = False
        self._finished = False
        """Whether the model has said that it came to an end."""
        self.failed = False
        """Whether the endpoint has said that it failed."""
        self._done = False
        """Whether the last event has come: nothing behind it is read."""

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the stream as far as it came."""
        return self._screen.verdict

    @property
    def holding_since(self) -> float | None:
        """When the frame came that has waited longest, monotonic; None when none waits."""
        return self._holdback.since

    async def released(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes that may be sent, each on the record before it is handed out.

        Raises Stopped on a verdict that ends the stream, UpstreamFault on anything unreadable;
        what could be let go before that has been.
        """
        async for chunk in chunks:
            ending = await self._screened(chunk)
            if released := await self._let_go():
                yield released
            if ending is not None:
                raise ending
            if self._done:
                return
        ending = await self._screened_end()
        if released := await self._let_go():
            yield released
        if ending is not None:
            raise ending

    async def _screened(self, chunk: bytes) -> Stopped | UpstreamFault | None:
        """Screen a chunk frame by frame, up to one that ends the stream; say what ends it."""
        began = time.perf_counter()
        try:
            for frame in self._split(chunk):
                await self._screen_frame(frame)
        except (Stopped, UpstreamFault) as ending:
            return ending
        finally:
            self._spent(time.perf_counter() - began)
        return None

    async def _screened_end(self) -> Stopped | UpstreamFault | None:
        """The endpoint closed its side: whatever waited becomes certain."""
        try:
            for frame in self._splitter.finish():
                await self._screen_frame(frame)
            self._screen.finish()
            await self._judge()
        except (Stopped, UpstreamFault) as ending:
            return ending
        if not (self._done or self._finished):
            return UpstreamFault(FaultKind.CUT)
        self._ready += self._holdback.pop_released()
        return None

    def _split(self, chunk: bytes) -> list[Frame]:
        try:
            return self._splitter.feed(chunk)
        except EventTooLarge:
            raise UpstreamFault(FaultKind.TOO_LARGE) from None

    async def _screen_frame(self, frame: Frame) -> None:
        """Take one frame; move to `_ready` what may leave now. Raises Stopped or UpstreamFault."""
        if self._done or frame.data is None:
            # Comments carry text that nobody screens; they end here.
            return
        if not self._holdback.push(self._held(frame, frame.data)):
            raise UpstreamFault(FaultKind.TOO_LARGE)
        if self._screen.total > self._output_chars:
            raise UpstreamFault(FaultKind.TOO_LARGE)
        if self._screen.has_news:
            await self._judge()
        self._ready += self._holdback.pop_released()

    def _held(self, frame: Frame, data: bytes) -> Held:
        now = time.monotonic()
        done = self._framing.done
        if done and data.strip() == done:
            self._done = True
            self._screen.finish()
            return Held(Frame(self._framing.encode(done, b""), done), None, (), now)
        event = self._read(data)
        ending = self._dialect.ending(event)
        if ending is not Ending.GOES_ON:
            self._finished = True
            self._done = ending is not Ending.MAY_END
            self.failed = ending is Ending.FAILED
        if (usage := self._dialect.usage(event)) is not None:
            self._exchange.usage = self._exchange.usage.updated(usage)
        texts = self._dialect.texts(event)
        held = self._screen.hold(self._bare(frame, event), event, texts, now)
        self._end_texts(event)
        return held

    def _read(self, data: bytes) -> JSON:
        try:
            event = parse(data)
        except NotStrictJSON:
            raise UpstreamFault(FaultKind.UNREADABLE) from None
        if not isinstance(event, dict):
            raise UpstreamFault(FaultKind.UNREADABLE)
        return event

    def _bare(self, frame: Frame, event: JSON) -> Frame:
        """The frame, if it says nothing beside its data and the name that goes with them."""
        name = self._dialect.event_name(event)
        if frame.plain and frame.event == name:
            return frame
        return self._encoded(event)

    def _encoded(self, event: JSON) -> Frame:
        data, name = dump(event), self._dialect.event_name(event)
        raw = self._framing.encode(data, name)
        return Frame(raw, data, name, at=raw.index(b"{"))

    def _end_texts(self, event: JSON) -> None:
        if self._done:
            self._screen.finish()
        elif (choice := self._dialect.ended(event)) is not None:
            self._screen.end_choice(choice)

    async def _judge(self) -> None:
        """Judge what is new. Raises Stopped where that ends the stream."""
        verdict = await self._screen.judge()
        if verdict.action > Action.REDACT:
            await self._stop(self._screen.verdict)
        if self._screen.cannot_mask(verdict):
            await self._stop(block_instead(self._screen.verdict))

    async def _stop(self, verdict: Verdict) -> NoReturn:
        """Put the verdict on the record before anything else happens, then end the stream."""
        self._holdback.drop()
        await self._recorder.stopping(Direction.OUTPUT, verdict)
        raise Stopped(verdict)

    async def _let_go(self) -> bytes:
        """Record what may leave and return it as bytes."""
        ready, self._ready = self._ready, []
        if not ready:
            return b""
        if self._files is not None:
            for held in ready:
                if _may_hold_file(held) or self._files.files:
                    await self._label_files(self._files, held)
        rendered = b"".join(map(self._rendered, ready))
        mark_delivered(ready)
        if self._spoken is not None:
            self._hash_spoken(self._spoken, ready)
        await self._recorder.delivering(rendered, self._screen.marks)
        self._note_let_go(ready)
        return rendered

    def _hash_spoken(self, spoken: SpokenHashes, ready: list[Held]) -> None:
        for held in ready:
            for piece in held.carried:
                choice, field = piece.guard.key
                if piece.guard.role is Role.ASSISTANT and field == self._dialect.spoken_field:
                    spoken.add(choice, piece.end, piece.edited)

    async def _label_files(self, files: FileLabels, held: Held) -> None:
        """Label the files within an event, if there are any. Raises UpstreamFault."""
        where = places(held.event)
        if not where:
            return
        try:
            held.event = await asyncio.to_thread(files.on, held.event, where)
        except Unlabellable:
            raise UpstreamFault(FaultKind.UNLABELLABLE) from None
        held.frame = self._encoded(held.event)

    def _spent(self, seconds: float) -> None:
        spent = self._exchange.screen_s
        spent[Direction.OUTPUT] = spent.get(Direction.OUTPUT, 0.0) + seconds

    def _rendered(self, held: Held) -> bytes:
        if held.event is None:
            return held.frame.raw
        if held.dropped:
            self._label.drop(held.event)
            return b""
        edits = held.edits
        self._redacted = self._redacted or bool(edits)
        if not self._redacted:
            return self._label.rendered(held, held.event)
        edited = self._dialect.redacted(held.event, edits)
        return self._label.rendered(held, held.event if edited == held.event else edited)

    def _note_let_go(self, ready: list[Held]) -> None:
        now = time.monotonic()
        for held in ready:
            self._recorder.held_back(now - held.since)
        if self._exchange.first_text_s is None and any(map(_speaks, ready)):
            self._exchange.first_text_s = now - self._exchange.started


def _may_hold_file(held: Held) -> bool:
    """A quick look, for each token of each stream."""
    raw = held.frame.raw
    if len(raw) > _SMALL_EVENT or b"audio" in raw:
        # Sound comes in pieces, however small.
        return True
    return any(len(piece.text) >= SHORTEST for piece in held.carried)


_SMALL_EVENT = 600
"""Bytes: a larger one may repeat what an earlier event said, which it then does not carry."""


def _speaks(held: Held) -> bool:
    spoken = (Role.ASSISTANT, Role.REASONING)
    return any(piece.text and piece.guard.role in spoken for piece in held.carried)
