"""One request's life: the one mutable object, from its first byte to its final record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.dialects.dialect import Dialect, Notice, Prompt
from gateway.editions import Edition, Trial
from gateway.labels.aigc import AigcLabel
from gateway.labels.bodies import File
from gateway.labels.waivers import Waiver
from gateway.ledger.records import Outcome, Usage
from gateway.screen import ActivePacks
from policies.context import UNKNOWN, Context
from policies.types import Action, Direction, Verdict


def new_exchange_id(unix_ms: int) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of time and 74 of chance; as text it sorts by time.

    Printable ASCII without spaces, as `ProduceID` asks.
    """
    chance = int.from_bytes(_chance())
    number = unix_ms << 80 | 7 << 76 | (chance >> 62 & 0xFFF) << 64 | 2 << 62 | chance & _LOW
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_LOW = (1 << 62) - 1
_ID_BYTES = 10
_store = memoryview(b"")


def _chance() -> bytes | memoryview:
    """Chance for one id. Asked of the system for four hundred at a time: each call is dear."""
    global _store
    if not _store:
        _store = memoryview(os.urandom(_ID_BYTES * 400))
    drawn, _store = _store[:_ID_BYTES], _store[_ID_BYTES:]
    return drawn


@dataclass(slots=True)
class Exchange:
    """Filled in as the exchange goes on; `gateway.record` takes its picture."""

    id: str
    method: str
    route: str
    dialect: Dialect
    edition: Edition
    """The packs in force when the exchange began: they stay the same to the end."""
    label: AigcLabel
    received_at: float
    """Unix time, seconds."""
    started: float
    """Monotonic, seconds."""
    request_id: str
    tenant: str
    active: ActivePacks = field(init=False)
    """Those of the edition that judge this exchange: the usual ones until it is known whose it
    is."""
    trial: Trial | None = field(init=False)
    """Changed packs that were tried when the exchange began."""
    on_trial: bool = False
    """Whether those judge it."""
    context: Context = UNKNOWN
    """What packs are bound by, and conditions ask; complete once the request is read."""
    target: str = ""
    """Path and query as they were asked for, and are asked upstream; `route` is what it is on."""
    trace_id: str = ""
    user_key: str = ""
    """Pseudonym of the caller; empty for nobody known."""
    minor: bool = False
    """Whether the user is known or said to be under age."""
    body: bytes = b""
    """The request as it came."""
    waiver: Waiver | None = None
    """On what grounds the visible label is left off; None where it is owed."""
    prompt: Prompt | None = None
    """None until the body was read, and where it could not be."""
    stripped: tuple[str, ...] = ()
    """Switches of the caller's that did not go upstream."""
    prompt_verdict: Verdict | None = None
    output_verdict: Verdict | None = None
    screen_s: dict[Direction, float] = field(default_factory=dict)
    """Time spent screening each direction."""
    outcome: Outcome = Outcome.FAILED
    """Until something better is known: a bug must not look like success."""
    fault: str = ""
    """The code of the refusal or fault that ended it."""
    status: int = 0
    files: tuple[File, ...] = ()
    """Pictures, sounds and documents of the answer, as they leave."""
    texts: tuple[bytes, ...] = ()
    """SHA-256 of each text of the answer as it left; none where nobody can look it up."""
    answer_id: str = ""
    """The approved answer that stood in for the model's."""
    upstream_called: bool = False
    upstream_s: float = 0.0
    """Time spent waiting for the model."""
    upstream_first_byte_s: float | None = None
    upstream_forgone_s: float | None = None
    """For how long the model worked on a prompt that was then stopped or changed."""
    first_text_s: float | None = None
    """From the start to the first text of the model that left."""
    usage: Usage = field(default_factory=Usage)

    def __post_init__(self) -> None:
        self.active = self.edition.usual
        self.trial = self.edition.trial

    def bind(self) -> None:
        """Choose the packs, now that the request is read."""
        prompt = self.prompt
        self.context = Context(
            tenant=self.tenant,
            route=self.route,
            model=prompt.model if prompt else "",
            user_key=self.user_key,
            stream=prompt.stream if prompt else False,
            minor=self.minor,
        )
        if self.trial is not None and self.trial.rollout.takes(self.context, self.id):
            self.on_trial = True
            self.edition = self.trial.edition
        self.active = self.edition.choose(self.context)

    @property
    def created(self) -> int:
        """Unix seconds, for bodies of our own."""
        return int(self.received_at)

    @property
    def verdicts(self) -> Mapping[Direction, Verdict]:
        """What was decided, by direction."""
        both = {Direction.PROMPT: self.prompt_verdict, Direction.OUTPUT: self.output_verdict}
        return {direction: verdict for direction, verdict in both.items() if verdict is not None}

    @property
    def decision(self) -> Action:
        """The strictest action of either direction; BLOCK where nothing was decided."""
        return max((v.action for v in self.verdicts.values()), default=Action.BLOCK)

    def notice(self, verdict: Verdict) -> Notice:
        """What the client may learn of a verdict."""
        hit = verdict.decisive
        return Notice(
            exchange_id=self.id,
            action=verdict.action.label,
            leaf=hit.leaf.id if hit else "",
            name_zh=hit.leaf.name_zh if hit else "",
            name_en=hit.leaf.name_en if hit else "",
            article=hit.leaf.article if hit else "",
            pack=f"{verdict.pack.name}@{verdict.pack.version}",
        )
