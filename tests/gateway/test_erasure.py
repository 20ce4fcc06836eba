"""Erasure from end to end: what a user said and was told is nowhere, and every proof holds."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from live import CHAT, Live, asking, live
from typer.testing import CliRunner

from gateway.commands.ledger import app
from gateway.ledger.config import LedgerConfig
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.opening import checkpoint_path, key_path
from gateway.ledger.orders import Erase, Role, User, Word
from gateway.ledger.places import open_read_only
from gateway.ledger.proofs import check_growth, check_inclusion, prove, prove_growth
from gateway.ledger.publishing import last_note
from gateway.ledger.read import Unread, checkpoints_in, show
from gateway.ledger.retention import DAY_MS
from gateway.ledger.verify import verify
from gateway.logs import configure_logging
from gateway.script import Scene
from gateway.settings import Log, LogLevel

SAID, TOLD, THOUGHT = "qxzvjk", "wvqzkx", "kzqxwj"
"""Canaries that the endpoint sends in one piece each, so that no stream cuts them."""
SAID_ZH, TOLD_ZH = "龘靐", "齉爩"
CANARIES = (SAID, TOLD, THOUGHT, SAID_ZH, TOLD_ZH)
FORMS = {
    form
    for canary in CANARIES
    for form in (
        canary.encode(),
        canary.encode("utf-16-le"),
        json.dumps(canary).strip('"').encode(),
    )
}
TWIN = "jjwxqz"
"""Another user's, who asked for nothing."""
SCENES = [
    Scene("@canary", f"Well: {TOLD} and {TOLD_ZH} it is.", reasoning=f"Maybe {THOUGHT} fits."),
    Scene("@turning", f"Well: {TOLD} and {TOLD_ZH} and forbiddenword it is."),
]
SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_ledger.py"
WHY = ("--role", "auditor", "--by", "me", "--reason", "case 17")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where the whole process writes its log, down to the last detail."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8") as stream:
        configure_logging(Log(level=LogLevel.DEBUG), stream)
        yield path
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def command(gateway: Live, *arguments: str) -> str:
    """What `stoplog ledger` prints; it reaches the gateway through its socket."""
    done = await asyncio.to_thread(
        CliRunner().invoke, app, [*arguments, "--ledger", str(gateway.ledger)]
    )
    assert done.exit_code == 0, done.output
    return done.output


async def chat(gateway: Live, token: str, text: str, *, stream: bool) -> None:
    who = {"authorization": f"Bearer {token}"}
    answer = await gateway.http.post(CHAT, json=asking(text, stream=stream), headers=who)
    assert answer.status_code in {200, 400, 403}, answer.text
    await gateway.final()


async def talk(gateway: Live) -> str:
    """Whole, in a stream, refused for the prompt and stopped for the answer; then the twin.

    Returns the first user's key.
    """
    for stream in (False, True):
        for text in ("@canary", "@turning", "@long-en", "forbiddenword"):
            await chat(gateway, "anna", f"{text} {SAID} {SAID_ZH}", stream=stream)
    await chat(gateway, "ben", f"hello {TWIN}", stream=False)
    return next(str(body["user_key"]) for body in gateway.records() if body["kind"] == "intent")


def exchanges_of(gateway: Live, user_key: str) -> list[str]:
    """Their exchanges."""
    with closing(open_read_only(gateway.ledger)) as reader:
        return reader.exchanges_of(User("default", user_key))


def read_as_authority(gateway: Live, user_key: str) -> list[bytes | Unread]:
    """What the one who may read most still can read of a user's."""
    key = read_key(key_path(gateway.ledger))
    return [
        one.content
        for exchange in exchanges_of(gateway, user_key)
        for one in show(gateway.ledger, exchange, key, Role.AUTHORITY)
    ]


async def copies(gateway: Live, folder: Path) -> None:
    times = ("--since", "1970-01-01", "--until", "2200-01-01", "--content")
    for form in ("jsonl", "csv"):
        await command(gateway, "export", str(folder / f"copy.{form}"), *times, *WHY)


def telling(*places: Path) -> list[str]:
    """Files under the places in which a canary is."""
    files = [file for place in places for file in [place, *place.rglob("*")] if file.is_file()]
    return [file.name for file in files if any(form in file.read_bytes() for form in FORMS)]


def later(ledger: Ledger, days: int) -> None:
    """Let the steward see a clock that is ahead, by which the law lets the content go."""
    now_ms = ledger._steward._now_ms
    ledger._steward._now_ms = lambda: now_ms() + days * DAY_MS


def key_of(path: Path, user_key: str) -> bytes:
    """The wrapped data key that sealed what a user said."""
    with closing(open_read_only(path)) as reader:
        kept = (reader.key(number) for number in (1, 2))
        return next(one.key.wrapped for one in kept if one and one.key.scope.user_key == user_key)


def holding(data: bytes, folder: Path) -> list[str]:
    files = [file for file in folder.iterdir() if file.is_file()]
    return [file.name for file in files if data in file.read_bytes()]


def places_of(text: str, file: Path) -> int:
    return file.read_text(encoding="utf-8").count(text)


async def metrics(gateway: Live) -> bytes:
    return (await gateway.http.get(f"{gateway.gateway.admin_url}/metrics")).content


async def test_after_erasure_no_byte_of_a_users_words_is_left(
    tmp_path: Path, log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in ledger, log of the database, exports, logs or metrics; nor the key to any of it."""
    kept, before, after = (tmp_path / name for name in ("kept", "before", "after"))
    for folder in (kept, before, after):
        folder.mkdir()
    async with live(kept, scenes=SCENES) as gateway:
        anna = await talk(gateway)
        await copies(gateway, before)
        wrapped = key_of(gateway.ledger, anna)
        key_was_there = holding(wrapped, kept)
        later(gateway.gateway.ledger, 250)
        await command(gateway, "erase", "--user", anna, *WHY)
        while_open, keys = telling(kept, log), holding(wrapped, kept)
        await copies(gateway, after)
        (after / "metrics").write_bytes(await metrics(gateway))
        (after / "shown").write_text(await command(gateway, "tail", "-n", "1000", "--json"))
        contents = read_as_authority(gateway, anna)
    printed = capfd.readouterr()
    (after / "printed").write_text(printed.out + printed.err)

    assert all(places_of(canary, before / "copy.jsonl") for canary in CANARIES)
    assert ["copy.csv", "copy.jsonl"] == sorted(telling(before))
    assert key_was_there
    assert ([], []) == (while_open, keys)
    assert [] == telling(kept, after, log)
    assert {Unread.DESTROYED, Unread.NONE} == set(contents)
    assert (9, 0) == (places_of('"event":"exchange"', log), places_of(TWIN, log))
    assert all(places_of(TWIN, folder / "copy.jsonl") for folder in (before, after))


def stranger(verifier: str, ledger: Path) -> subprocess.CompletedProcess[str]:
    """What the verifier says that shares no code with the gateway."""
    arguments = [verifier, "ledger", str(ledger), str(checkpoint_path(ledger))]
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


async def test_after_erasure_every_proof_holds(tmp_path: Path) -> None:
    """Those that were made before and those made after; so say the command and the stranger."""
    async with live(tmp_path, scenes=SCENES) as gateway:
        anna = await talk(gateway)
    exchange = exchanges_of(gateway, anna)[0]
    kept = checkpoint_path(gateway.ledger)
    verifier = gateway.gateway.ledger.verifier
    note = last_note(kept)
    old = prove(gateway.ledger, exchange, note, verifier)
    async with open_ledger(LedgerConfig(gateway.ledger)) as ledger:
        later(ledger, 250)
        await ledger.carry_out(Erase(Word(Role.SUBJECT, "me", "case 17"), User("default", anna)))
    new = prove(gateway.ledger, exchange, last_note(kept), verifier)
    grown = prove_growth(gateway.ledger, note, last_note(kept), verifier)
    ours = verify(gateway.ledger, checkpoints_in(kept, verifier))
    theirs = await asyncio.to_thread(stranger, str(verifier), gateway.ledger)

    bodies = [
        [check_inclusion(proof.model_dump_json(), verifier).body for proof in proofs]
        for proofs in (old, new)
    ]
    assert bodies[0] == bodies[1]
    assert check_growth(grown.model_dump_json(), verifier)[1].size == ours.count
    assert (True, 0) == (ours.ok, theirs.returncode)
    assert ours.root.hex() in theirs.stdout
