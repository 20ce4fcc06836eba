"""One exchange, from its first byte to its final record. Read it from top to bottom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifiers.types import Segment
from gateway.admission import Admission
from gateway.advice.adviser import Adviser, Opinion, as_adviser
from gateway.client import Client, RawHeader
from gateway.dialects.dialect import (
    AnswersInMedia,
    AnswersInText,
    Limits,
    Prompt,
    StreamedDialect,
    TakesForms,
)
from gateway.dialects.form_bodies import parts_of
from gateway.errors import FaultKind, Refusal, UpstreamFault
from gateway.exchange import Exchange
from gateway.fields import UnknownFields, kept
from gateway.forms import BadForm, read_form, write_form
from gateway.head_start import HeadStart
from gateway.headers import Headers, to_client, to_upstream
from gateway.identity import Identity
from gateway.labels.aigc import Mark
from gateway.labels.bodies import FileLabels, FileRules, places
from gateway.labels.explicit import ExplicitText, ends_in_code, explicit_text
from gateway.labels.media.medium import Unlabellable
from gateway.labels.signing import LabelSigner
from gateway.labels.streams import StreamLabel
from gateway.labels.texts import SpokenHashes, hashed
from gateway.labels.waivers import HEADER, Waivers
from gateway.language import reads_chinese
from gateway.ledger.records import Outcome
from gateway.readings import last_said
from gateway.record import Recorder
from gateway.relay import Stopped, StreamRelay
from gateway.reply import JSON_TYPE, head
from gateway.screen import block_instead, cannot_mask, redactions, screen
from gateway.seams import ALONE, Around
from gateway.strict_json import JSON, NotStrictJSON, dump, parse
from gateway.upstream import Response, Upstream
from policies.answers import answer_for
from policies.types import Action, Answer, Direction, ExplicitLabel, Verdict


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has set about single exchanges."""

    admission: Admission
    limits: Limits
    body_bytes: int
    header_bytes: int
    event_bytes: int
    output_chars: int
    media_bytes: int
    """How large a form with files may be, and an answer that is a file."""
    write_s: float
    """How long a client may leave a part of its answer unread, in seconds."""
    keep_alive_s: float
    """After how many silent seconds a client is told that text is held."""
    producer: str
    """The 27-character code that names the operator on every label."""
    explicit: ExplicitLabel | None
    """Where the visible label goes; None leaves it to the pack."""
    api_key: str
    """Sent upstream; empty where the upstream asks for none."""
    pass_authorization: bool
    identity: Identity
    files: FileRules
    """About labels of files in answers."""
    waivers: Waivers
    looked_up: bool
    """Whether what leaves can be looked up by its hash."""
    signer: LabelSigner | None
    """Signs each label; None where the operator has no key for it."""
    unknown_fields: UnknownFields
    ask_ahead: bool = False
    """Whether the model is asked while its prompt is still being judged."""
    models: frozenset[str] = frozenset()
    """Models that may be asked for; empty for any."""
    hosts: frozenset[str] = frozenset()
    """Names that callers may know the gateway by, lower case, without port; empty for any."""


class Passage:
    """One exchange on its way through the gateway."""

    def __init__(
        self,
        exchange: Exchange,
        client: Client,
        recorder: Recorder,
        rules: Rules,
        upstream: Upstream,
    ) -> None:
        self._exchange = exchange
        self._client = client
        self._recorder = recorder
        self._rules = rules
        self._upstream = upstream
        self._dialect = exchange.dialect
        self._stream: StreamLabel | None = None
        """The answer as it leaves, once it streams."""
        self._files = FileLabels(exchange.label, rules.files)
        self._ahead: HeadStart | None = None
        """The model, asked before the prompt was judged."""

    async def carry(self) -> None:
        """The whole of it. Raises what ends an exchange early: `refuse` and `fault` tell it."""
        headers = self._identify()
        with self._rules.admission.of_key(self._exchange.user_key):
            await self._carry(headers)

    async def _carry(self, headers: Headers) -> None:
        prompt = await self._read(headers)
        self._recorder.intend()
        async with self._client.listening():
            if (adviser := as_adviser(self._dialect)) is not None:
                await self._advise(adviser, prompt)
                return
            if self._rules.ask_ahead:
                await self._recorder.intended()
                self._start_ahead(prompt, headers)
            try:
                verdict = await self._screen_prompt(prompt)
                await self._recorder.intended()
                await self._act(verdict, prompt, headers)
            finally:
                await self._give_up()

    async def _act(self, verdict: Verdict, prompt: Prompt, headers: Headers) -> None:
        if verdict.action is Action.ANSWER and (answer := self._approved(verdict)):
            await self._give_up()
            await self._answer(prompt, answer)
        elif verdict.action > Action.REDACT:
            await self._block_prompt(prompt, verdict)
        elif cannot_mask(verdict, prompt.segments):
            await self._block_prompt(prompt, block_instead(verdict))
        else:
            body = prompt.body
            if edits := redactions(verdict, prompt.segments):
                # What was sent ahead is not what may be asked.
                await self._give_up()
                body = self._dialect.redacted(body, edits)
            await self._ask(prompt, headers, body)

    # In: who asks, and what.

    def _identify(self) -> Headers:
        exchange = self._exchange
        headers = Headers(self._client.raw_headers, self._rules.header_bytes)
        if self._rules.hosts and _host_name(headers) not in self._rules.hosts:
            raise Refusal(421, "unknown_host", "this gateway does not go by that name")
        exchange.request_id = headers.request_id or exchange.id
        exchange.trace_id = headers.trace_id
        identity = self._rules.identity
        exchange.tenant = identity.tenant_of(headers)
        exchange.user_key = identity.user_key(headers)
        exchange.minor = identity.is_minor(headers)
        if named := headers.get(HEADER):
            exchange.waiver = self._rules.waivers.named(named, exchange.user_key)
            self._files.waive_visible()
        return headers

    async def _read(self, headers: Headers) -> Prompt:
        exchange = self._exchange
        if headers.get("content-encoding") not in ("", "identity"):
            raise Refusal(415, "unsupported_encoding", "send the body uncompressed")
        prompt = await self._read_body(headers.get("content-type"))
        onward = kept(prompt, self._rules.unknown_fields)
        exchange.prompt, exchange.stripped = onward.prompt, onward.stripped
        self._check_model(onward.prompt)
        exchange.bind()
        return onward.prompt

    def _check_model(self, prompt: Prompt) -> None:
        asks = self._exchange.method == "POST" and as_adviser(self._dialect) is None
        if asks and self._rules.models and prompt.model not in self._rules.models:
            raise Refusal(
                404, "model_not_found", "this gateway does not open that model", param="model"
            )

    async def _read_body(self, content_type: str) -> Prompt:
        dialect, rules, exchange = self._dialect, self._rules, self._exchange
        if isinstance(dialect, TakesForms):
            exchange.body = await self._client.body(rules.media_bytes)
            try:
                parts = read_form(content_type, exchange.body, _MOST_PARTS)
            except BadForm as error:
                raise Refusal(400, "invalid_form", f"{error}") from None
            return dialect.read_form(parts, rules.limits)
        exchange.body = await self._client.body(rules.body_bytes)
        if exchange.method == "POST":
            _check_content_type(content_type)
        return dialect.read(exchange.body, rules.limits)

    def _encoded(self, prompt: Prompt, body: JSON) -> tuple[str, bytes]:
        """Content type and bytes of what goes upstream, written anew from what was screened."""
        if body is None:
            return "", b""
        if prompt.files is None:
            return "application/json", dump(body)
        # Nobody can have known the exchange's id when the form was made.
        boundary = f"stoplog-{self._exchange.id}"
        written = write_form(parts_of(body, prompt.files), boundary)
        return f"multipart/form-data; boundary={boundary}", written

    async def _screen_prompt(self, prompt: Prompt) -> Verdict:
        verdict = await self._screen(Direction.PROMPT, prompt.segments)
        self._exchange.prompt_verdict = verdict
        return verdict

    async def _screen(
        self,
        direction: Direction,
        segments: Sequence[Segment],
        around: Around = ALONE,
        body: JSON = None,
    ) -> Verdict:
        began = time.perf_counter()
        exchange = self._exchange
        verdict = await screen(exchange.active, direction, segments, around, body, exchange.context)
        self._exchange.screen_s[direction] = time.perf_counter() - began
        return verdict

    # Act: two ways in which a prompt never reaches the model.

    async def _block_prompt(self, prompt: Prompt, verdict: Verdict) -> None:
        self._exchange.outcome = Outcome.BLOCKED_PROMPT
        self._exchange.prompt_verdict = verdict
        await self._recorder.stopping(Direction.PROMPT, verdict)
        await self._give_up()
        status, body = self._dialect.blocked_prompt(self._exchange.notice(verdict))
        streamed = self._dialect.streamed
        if status == 200 and prompt.stream and streamed is not None:
            # No error in its API, so the client waits for a stream.
            self._stream = self._open_stream(prompt, streamed, ExplicitText())
            await self._end_stream(self._stream.only(body))
        else:
            await self._send_json(status, self._mark(owed=True).on(body))

    def _approved(self, verdict: Verdict) -> Answer | None:
        """The answer that was approved for this risk; None where nobody approved one."""
        if not self._dialect.speaks:
            return None
        return answer_for(verdict)

    async def _answer(self, prompt: Prompt, answer: Answer) -> None:
        """Say what was approved in place of the model."""
        exchange, mark = self._exchange, self._mark(owed=True)
        exchange.outcome = Outcome.ANSWERED
        exchange.answer_id = answer.id
        text = answer.text_zh if reads_chinese(prompt.segments) else answer.text_en
        streamed = self._dialect.streamed
        if streamed is None or not (prompt.stream or self._client.started):
            body = mark.on(self._dialect.answered(prompt, text, exchange.id, exchange.created))
            await self._recorder.delivering(dump(body))
            await self._send_json(200, body)
            return
        if self._stream is None:
            self._stream = self._open_stream(prompt, streamed, ExplicitText())
        sent = self._stream.answered(text)
        await self._recorder.delivering(sent)
        if not self._client.started:
            await self._start(200, streamed.framing.content_type)
        await self._client.end(sent)

    async def _advise(self, adviser: Adviser, prompt: Prompt) -> None:
        """Give the verdict itself to somebody else's gateway, and ask no model."""
        exchange, segments = self._exchange, prompt.segments
        direction = adviser.direction(prompt)
        verdict = await self._screen(direction, segments)
        if cannot_mask(verdict, segments):
            verdict = block_instead(verdict)
        prompted = direction is Direction.PROMPT
        if prompted:
            exchange.prompt_verdict = verdict
        else:
            exchange.output_verdict = verdict
        opinion = Opinion(
            verdict,
            exchange.notice(verdict),
            redactions(verdict, segments),
            self._approved(verdict) if verdict.action is Action.ANSWER else None,
            reads_chinese(segments),
            exchange.active.reach_chars,
        )
        await self._recorder.intended()
        exchange.outcome = Outcome.COMPLETED
        if opinion.stops:
            exchange.outcome = Outcome.BLOCKED_PROMPT if prompted else Outcome.BLOCKED_OUTPUT
            await self._recorder.stopping(direction, verdict)
        sent = dump(adviser.opinion(prompt, opinion))
        await self._recorder.delivering(sent)
        await self._send_whole(200, sent, [])

    # Upstream: ask the model, and let out what its answer may say.

    def _start_ahead(self, prompt: Prompt, headers: Headers) -> None:
        """Ask the model while the prompt is still being judged."""
        self._exchange.upstream_called = True
        self._ahead = HeadStart(self._upstream.ask(*self._question(prompt, headers, prompt.body)))

    async def _give_up(self) -> None:
        """End what was asked ahead, unless its answer was taken; the record names what it cost."""
        if self._ahead is not None and (ran_s := await self._ahead.give_up()):
            self._exchange.upstream_forgone_s = ran_s

    def _question(
        self, prompt: Prompt, headers: Headers, body: JSON
    ) -> tuple[str, str, Mapping[str, str], bytes]:
        """A new request, of which only what is on a list is the caller's."""
        exchange, rules = self._exchange, self._rules
        content_type, sent = self._encoded(prompt, body)
        onward = to_upstream(
            headers,
            exchange.request_id,
            api_key=rules.api_key,
            credential=self._dialect.credential,
            pass_authorization=rules.pass_authorization,
            content_type=content_type,
        )
        return exchange.method, exchange.target, onward, sent

    async def _ask(self, prompt: Prompt, headers: Headers, body: JSON) -> None:
        exchange = self._exchange
        exchange.upstream_called = True
        ahead = self._ahead
        asked = (
            self._upstream.exchange(*self._question(prompt, headers, body))
            if ahead is None or ahead.ended
            else ahead.response()
        )
        try:
            async with asked as response:
                exchange.upstream_first_byte_s = response.waited_s
                await self._pass(prompt, response)
        except Stopped as stop:
            # Leaving the block has closed the connection: the model has stopped generating.
            await self._end_stopped(prompt, stop)

    async def _pass(self, prompt: Prompt, response: Response) -> None:
        try:
            streamed = self._dialect.streamed
            if (
                streamed is not None
                and response.status == 200
                and response.content_type == streamed.framing.media_type
            ):
                await self._relay(prompt, streamed, response)
            else:
                await self._pass_whole(prompt, response)
        finally:
            self._exchange.upstream_s = response.waited_s

    async def _relay(self, prompt: Prompt, streamed: StreamedDialect, response: Response) -> None:
        self._stream = self._open_stream(prompt, streamed, self._explicit(prompt.structured))
        relay = StreamRelay(
            self._exchange,
            streamed,
            self._recorder,
            self._stream,
            event_bytes=self._rules.event_bytes,
            output_chars=self._rules.output_chars,
            around=self._around(prompt),
            files=self._files,
            spoken=(spoken := SpokenHashes()) if self._rules.looked_up else None,
        )
        framing, passed_on = streamed.framing, to_client(response.headers)

        async def begin() -> None:
            if not self._client.started:
                await self._start(200, framing.content_type, passed_on)

        try:
            async with self._client.kept_alive(
                framing.comment, self._rules.keep_alive_s, lambda: relay.holding_since, begin
            ):
                async for released in relay.released(response.chunks()):
                    await begin()
                    await self._client.write(released)
        finally:
            self._exchange.output_verdict = relay.verdict
            self._exchange.files = tuple(self._files.files)
            if self._rules.looked_up:
                self._exchange.texts = spoken.hashes
        self._exchange.outcome = Outcome.UPSTREAM_ERROR if relay.failed else Outcome.COMPLETED
        await begin()
        await self._client.end(self._stream.end())
        await response.settle()

    def _open_stream(
        self, prompt: Prompt, streamed: StreamedDialect, explicit: ExplicitText
    ) -> StreamLabel:
        exchange = self._exchange
        delivery = streamed.deliver(prompt, exchange.id, exchange.created)
        mark = self._mark(owed=explicit.interface_owes)
        return StreamLabel(streamed, delivery, mark, explicit)

    async def _pass_medium(
        self, prompt: Prompt, dialect: AnswersInMedia, response: Response
    ) -> None:
        """A file that says what was screened on its way up."""
        data = await response.read(self._rules.media_bytes)
        if not dialect.is_medium(prompt, response.content_type, data):
            raise UpstreamFault(FaultKind.UNREADABLE)
        try:
            data = await asyncio.to_thread(self._files.on_file, data)
        except Unlabellable:
            raise UpstreamFault(FaultKind.UNLABELLABLE) from None
        self._exchange.files = tuple(self._files.files)
        await self._recorder.delivering(data)
        self._exchange.outcome = Outcome.COMPLETED
        kind = response.content_type.encode("ascii")
        await self._send_whole(200, data, to_client(response.headers), kind)

    async def _pass_whole(self, prompt: Prompt, response: Response) -> None:
        exchange = self._exchange
        if (
            isinstance(self._dialect, AnswersInMedia)
            and response.status == 200
            and response.content_type != "application/json"
        ):
            await self._pass_medium(prompt, self._dialect, response)
            return
        value = await self._read_answer(prompt, response)
        segments = self._dialect.outputs(value)
        around = self._around(prompt)
        verdict = await self._screen(Direction.OUTPUT, segments, around, value)
        exchange.output_verdict = verdict
        if cannot_mask(verdict, segments):
            verdict = block_instead(verdict)
        if verdict.action > Action.REDACT:
            await self._recorder.stopping(Direction.OUTPUT, verdict)
            raise Stopped(verdict, whole=value)
        if edits := redactions(verdict, segments):
            value = self._dialect.redacted(value, edits)
        value = await self._with_labelled_files(value)
        if self._rules.looked_up:
            exchange.texts = hashed(self._dialect.spoken(value))
        kind, sent = self._written(prompt, response, self._labelled(prompt, value))
        await self._recorder.delivering(sent)
        exchange.usage = self._dialect.usage(value) or exchange.usage
        passed_on = to_client(response.headers)
        exchange.outcome = Outcome.COMPLETED if response.status < 400 else Outcome.UPSTREAM_ERROR
        await self._send_whole(response.status, sent, passed_on, kind)

    async def _with_labelled_files(self, value: JSON) -> JSON:
        where = places(value)
        if not where:
            return value
        try:
            labelled = await asyncio.to_thread(self._files.on, value, where)
        except Unlabellable:
            raise UpstreamFault(FaultKind.UNLABELLABLE) from None
        self._exchange.files = tuple(self._files.files)
        return labelled

    def _around(self, prompt: Prompt) -> Around:
        """What answers may go on from: the prompt itself, a turn that was begun for the model, or
        its last one."""
        if prompt.around is not None:
            return prompt.around
        said = last_said(prompt.segments, self._exchange.active.reach_chars)
        return Around((said,)) if said else ALONE

    async def _read_answer(self, prompt: Prompt, response: Response) -> JSON:
        if not (200 <= response.status < 300 or 400 <= response.status < 600):
            raise UpstreamFault(FaultKind.UNREADABLE)
        data = await response.read(self._rules.output_chars)
        try:
            if (dialect := self._in_text(response)) is not None:
                value = dialect.parse_answer(prompt, response.content_type, data)
            else:
                value = parse(data)
        except NotStrictJSON:
            raise UpstreamFault(FaultKind.UNREADABLE) from None
        if not isinstance(value, dict):
            raise UpstreamFault(FaultKind.UNREADABLE)
        return value

    def _in_text(self, response: Response) -> AnswersInText | None:
        """The dialect, where an answer of it is something else than JSON."""
        plain = response.status != 200 or response.content_type == "application/json"
        return self._dialect if isinstance(self._dialect, AnswersInText) and not plain else None

    def _written(self, prompt: Prompt, response: Response, body: JSON) -> tuple[bytes, bytes]:
        dialect = self._in_text(response)
        return dialect.write_answer(prompt, body) if dialect else (JSON_TYPE, dump(body))

    # A verdict that ends an answer (Art. 14: stop generating, stop transmitting).

    async def _end_stopped(self, prompt: Prompt, stop: Stopped) -> None:
        exchange, verdict = self._exchange, stop.verdict
        exchange.output_verdict = verdict
        answer = self._approved(verdict) if verdict.action is Action.ANSWER else None
        if answer is not None and exchange.first_text_s is None:
            await self._answer(prompt, answer)
            return
        exchange.outcome = Outcome.BLOCKED_OUTPUT
        notice, mark = exchange.notice(verdict), self._mark(owed=True)
        if stop.whole is not None:
            body = self._dialect.blocked_output(prompt, stop.whole, notice, exchange.created)
            # What is no turn of a talk has no shape for being stopped but an error's.
            await self._send_json(200 if self._dialect.speaks else 400, mark.on(body))
            return
        if self._stream is None:
            raise RuntimeError("a stream was stopped before it was opened: this is a bug")
        await self._end_stream(self._stream.stopped(notice))

    # What goes wrong on our side or the model's, told in the dialect's own words.

    async def refuse(self, refusal: Refusal) -> None:
        """Tell why the request is not carried out; at the end of a stream, if one has begun."""
        exchange = self._exchange
        exchange.outcome = Outcome.REFUSED if refusal.status < 500 else Outcome.FAILED
        exchange.fault = refusal.code
        body = self._dialect.refused(refusal, exchange.id)
        if self._client.started:
            await self._break_off(body)
            return
        retry = [(b"retry-after", b"%d" % refusal.retry_after_s)] if refusal.retry_after_s else []
        await self._send_json(refusal.status, self._mark(owed=True).on(body), retry)

    async def fault(self, fault: UpstreamFault) -> None:
        """Tell that the model's answer could not be had, or is not whole."""
        exchange = self._exchange
        exchange.outcome = Outcome.UPSTREAM_ERROR
        exchange.fault = fault.code
        body = self._dialect.faulted(fault, exchange.id)
        if self._client.started:
            await self._break_off(body)
        else:
            await self._send_json(fault.status, self._mark(owed=True).on(body))

    # Out: labels and bytes.

    def _mark(self, *, owed: bool) -> Mark:
        return Mark(self._exchange.label, owed and self._exchange.waiver is None)

    def _explicit(self, structured: bool) -> ExplicitText:
        if self._exchange.waiver is not None:
            return ExplicitText()
        profile = self._exchange.active.policies.label
        mode = self._rules.explicit or profile.explicit
        return explicit_text(mode, profile.text_zh, structured=structured)

    def _labelled(self, prompt: Prompt, value: JSON) -> JSON:
        explicit = self._explicit(prompt.structured or ends_in_code(self._dialect.spoken(value)))
        said = self._dialect.with_text(value, before=explicit.before, after=explicit.after)
        return self._mark(owed=said == value).on(said)

    async def _send_json(
        self, status: int, body: JSON, headers: list[RawHeader] | None = None
    ) -> None:
        await self._send_whole(status, dump(body), headers or [])

    async def _send_whole(
        self, status: int, body: bytes, headers: list[RawHeader], kind: bytes = JSON_TYPE
    ) -> None:
        length = (b"content-length", b"%d" % len(body))
        await self._start(status, kind, [*headers, length])
        await self._client.end(body)

    async def _break_off(self, error: JSON) -> None:
        """Tell of an error in an answer that has begun; of a whole one nothing more can be told."""
        if self._stream is not None:
            await self._end_stream(self._stream.broken(error))

    async def _end_stream(self, last: bytes) -> None:
        """End a stream that does not end well."""
        streamed = self._dialect.streamed
        if not self._client.started and streamed is not None:
            await self._start(200, streamed.framing.content_type)
        await self._client.end(last)

    async def _start(
        self, status: int, content_type: bytes, passed_on: list[RawHeader] | None = None
    ) -> None:
        self._exchange.status = status
        await self._client.start(status, head(self._exchange, content_type, passed_on or []))


_MOST_PARTS = 64
"""Of one form."""


def _host_name(headers: Headers) -> str:
    """The name in `Host`, without its port; an address in brackets keeps them."""
    host = headers.get("host").lower()
    name, _, port = host.rpartition(":")
    return name if name and port.isdecimal() else host


def _check_content_type(value: str) -> None:
    """Only JSON in UTF-8: any other reading is one that somebody else might have."""
    kind, _, parameters = value.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != "application/json" or charset not in ("", "utf-8", "utf8"):
        raise Refusal(415, "unsupported_media_type", "send application/json in UTF-8")
