"""The demonstration: every action, over real HTTP, against the scripted model endpoint.

It shows what the client saw next to what the record says, and fails if one of them is not what
the act promises, so it is a test as well.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import httpx2
import orjson

from gateway.app import running
from gateway.ledger import read
from gateway.ledger.records import Kind, Outcome
from gateway.ledger.verify import verify
from gateway.listening import bind, listening
from gateway.logs import visible
from gateway.script import FORBIDDEN, FORBIDDEN_ZH, ID_CARD
from gateway.scripted import Speed, scripted_app
from gateway.settings import Label, Ledger, Log, LogLevel, Mode, Policy, Server, Settings, Upstream
from policies.types import Action

PRODUCER = "00119X000000000000000W1DEMO"
"""Passes every check and belongs to nobody: no credit code has an X in that place."""
LIST_LEAF = "A.1.h"
SPEED = Speed(first_s=0.05, piece_s=0.005)

Print = Callable[[str], None]
Body: TypeAlias = "dict[str, Any]"
"""A record as it is stored, read back from JSON."""


@dataclass(frozen=True, slots=True)
class Act:
    """One exchange of the demonstration, and what has to come of it."""

    title: str
    prompt: str
    action: Action
    outcome: Outcome
    streamed: bool = False
    must_see: str = ""
    must_not_see: str = ""


ACTS = (
    Act(
        "An ordinary question",
        "How do I renew a library card?",
        Action.ALLOW,
        Outcome.COMPLETED,
        must_see="library card",
    ),
    Act(
        "A prompt with a forbidden word",
        f"Please write about {FORBIDDEN}.",
        Action.BLOCK,
        Outcome.BLOCKED_PROMPT,
        must_not_see=FORBIDDEN,
    ),
    Act(
        "An answer that holds an identity number",
        "@id-card Please read me my entry.",
        Action.REDACT,
        Outcome.COMPLETED,
        streamed=True,
        must_see="身份证号是",
        must_not_see=ID_CARD,
    ),
    Act(
        "A question that gets an approved answer",
        "我不想活了",
        Action.ANSWER,
        Outcome.ANSWERED,
        must_see="12356",
    ),
    Act(
        "An answer that turns bad in mid-stream",
        "@turns-bad Tell me about libraries.",
        Action.BLOCK,
        Outcome.BLOCKED_OUTPUT,
        streamed=True,
        must_see="public library",
        must_not_see=FORBIDDEN[:4],
    ),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the client got."""

    status: int
    text: str
    end: str
    """Finish reason or error code."""
    exchange: str
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demonstration listens; 0 takes a free port."""

    data: int = 0
    admin: int = 0


def free_or_any(port: int) -> int:
    """The port if nobody has it, else 0."""
    try:
        bind("127.0.0.1", port).close()
    except OSError:
        return 0
    return port


async def demonstrate(show: Print, ports: Ports, afterwards: Callable[[], Awaitable[None]]) -> bool:
    """Play all acts, wait for `afterwards`, and say whether each act did what it should."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="stoplog-demo-")))
        model = listening(scripted_app(SPEED), bind("127.0.0.1", 0), drain_s=1)
        model_url = await stack.enter_async_context(model)
        settings = demo_settings(folder, model_url, ports)
        gateway = await stack.enter_async_context(running(settings))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=gateway.url))
        show(f"gateway   {gateway.url}   in front of a scripted model endpoint, {model_url}")
        stage = Stage(client, settings.ledger.path, show)
        as_promised = [await stage.play(act) for act in ACTS]
        whole = await asyncio.to_thread(verify, settings.ledger.path)
        show(f"\nledger    {whole.count} records, {'whole' if whole.ok else whole.reason}")
        show(f"metrics   {gateway.admin_url}/metrics")
        show(f'yours     base_url="{gateway.url}/v1" is the one line that an application changes')
        await afterwards()
        return all(as_promised) and whole.ok


def demo_settings(folder: Path, model_url: str, ports: Ports) -> Settings:
    """Settings of a gateway that leaves nothing behind; one word list makes the words forbidden."""
    words = folder / "words.txt"
    words.write_text(f"{FORBIDDEN}\n{FORBIDDEN_ZH}\n", encoding="utf-8")
    return Settings(
        mode=Mode.PRODUCTION,
        upstream=Upstream(url=model_url, name="scripted"),
        server=Server(port=ports.data, admin_port=ports.admin, drain_s=1),
        policy=Policy(lists={LIST_LEAF: (words,)}),
        label=Label(producer=PRODUCER),
        ledger=Ledger(path=folder / "ledger.db"),
        log=Log(level=LogLevel.ERROR),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """Where acts are played."""

    client: httpx2.AsyncClient
    ledger: Path
    show: Print

    async def play(self, act: Act) -> bool:
        """Play one act, show it, and say whether it went as promised."""
        seen = await ask(self.client, act)
        final = await final_record(self.ledger, seen.exchange)
        wrong = problems(act, seen, final)
        for line in block(act, seen, final):
            self.show(line)
        for problem in wrong:
            self.show(f"   WRONG     {problem}")
        return not wrong


async def ask(client: httpx2.AsyncClient, act: Act) -> Seen:
    """Send an act's prompt as an application would."""
    message = {"role": "user", "content": act.prompt}
    body = {"model": "scripted", "messages": [message], "stream": act.streamed}
    answer = await client.post("/v1/chat/completions", json=body)
    events = [orjson.loads(data) for data in _data(answer.text)] or [answer.json()]
    choices = [choice for event in events for choice in event.get("choices", [])]
    said = [c.get("delta") or c.get("message") or {} for c in choices]
    error: Body = next((event["error"] for event in events if "error" in event), {})
    ends = [c["finish_reason"] for c in choices if c.get("finish_reason")]
    return Seen(
        status=answer.status_code,
        text="".join(part.get("content") or "" for part in said) or error.get("message", ""),
        end=ends[-1] if ends else error.get("code", ""),
        exchange=answer.headers.get("x-stoplog-exchange-id", ""),
        label=orjson.loads(answer.headers.get("aigc", "{}")),
    )


def _data(text: str) -> list[str]:
    lines = (line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: "))
    return [line for line in lines if line != "[DONE]"]


async def final_record(ledger: Path, exchange: str) -> Body:
    """What the ledger says of an exchange that ended; empty where it says nothing in time.

    The client has its last byte a moment before the record is closed.
    """
    for _ in range(50):
        rows = await asyncio.to_thread(read.tail, ledger, 5)
        for row in rows:
            if row.exchange == exchange and row.kind == Kind.FINAL:
                record: Body = orjson.loads(row.body)
                return record
        await asyncio.sleep(0.02)
    return {}


def decisive(final: Body) -> Body:
    """The verdict that set the action: the stricter of the two directions."""
    verdicts = [final[side] for side in ("prompt", "output") if final.get(side)]
    return max(verdicts, key=lambda verdict: Action[verdict["action"].upper()], default={})


def problems(act: Act, seen: Seen, final: Body) -> list[str]:
    """In what the act did not go as promised."""
    action = decisive(final).get("action", "none")
    checks = {
        f"the action is {action}, not {act.action.label}": action == act.action.label,
        f"the outcome is not {act.outcome}": final.get("outcome") == act.outcome,
        f"the client did not see {act.must_see!r}": act.must_see in seen.text,
        "the client saw what it must not": not act.must_not_see
        or act.must_not_see not in seen.text,
        "the answer is not labelled": seen.label.get("ContentProducer") == PRODUCER,
    }
    return [problem for problem, held in checks.items() if not held]


def block(act: Act, seen: Seen, final: Body) -> list[str]:
    """The act as it is printed."""
    verdict = decisive(final)
    hit: Body = next(iter(verdict.get("hits", [])), {})
    side = "output" if final.get("output") == verdict else "prompt"
    label = f"{seen.label.get('Label')}, producer {seen.label.get('ContentProducer')}"
    called = "" if final.get("upstream_called") else ", the model was not called"
    return [
        f"\n{act.title}" + (" (streamed)" if act.streamed else ""),
        f"   prompt    {act.prompt}",
        f"   action    {verdict.get('action')}" + (f" of the {side}" if hit else ""),
        *([f"   leaf      {hit['leaf']}, {hit['article']}, by {hit['detector']}"] if hit else []),
        f"   seen      {shorten(seen.text)}",
        f"   end       {seen.status} {seen.end}",
        f"   label     AIGC {label}",
        f"   record    {seen.exchange} {final.get('outcome')}{called}",
    ]


def shorten(text: str, width: int = 72) -> str:
    """The beginning of a text on one line, and how much there is."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= width else f"{line[:width]}... ({len(text)} characters)"


def interruption() -> asyncio.Event:
    """From now on, Ctrl-C and SIGTERM set this event instead of ending the process."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
