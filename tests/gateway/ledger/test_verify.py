"""A ledger that was tampered with is found out, at the right record."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from typer.testing import CliRunner

from gateway.commands.ledger import app
from gateway.ledger.config import LedgerConfig, LedgerUnusable
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import Ledger, open_ledger
from gateway.ledger.opening import checkpoint_path, key_path, verifier_of
from gateway.ledger.orders import (
    Correct,
    Erase,
    Hold,
    Order,
    Read,
    Release,
    Restrict,
    Role,
    Supplement,
    User,
    Word,
)
from gateway.ledger.places import open_read_only
from gateway.ledger.read import checkpoints_in, rows
from gateway.ledger.reader import Damaged
from gateway.ledger.records import (
    Delivered,
    Final,
    Intent,
    Kind,
    Mark,
    Outcome,
    Stopping,
    VerdictRecord,
)
from gateway.ledger.tree import leaf_hash
from gateway.ledger.verify import Reason, verify
from gateway.ledger.written import START, Row, chained

EXCHANGES = 40
ROUNDS = 1000 if os.environ.get("STOPLOG_SOAK") else 85
SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_ledger.py"
STRANGER = runpy.run_path(str(SCRIPT))
"""The verifier that shares no code with the gateway."""
WORD = Word(Role.COMPLAINTS, "desk 3", "case 17")

Tamper = Callable[[apsw.Connection, random.Random, int], int]
"""Alters one record, told which; returns the record that must be named."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with every kind of record: what services did, and what people did to it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    asyncio.run(keep_some(path))
    return path


async def keep_some(path: Path) -> None:
    async with open_ledger(LedgerConfig(path)) as ledger:
        for number in range(EXCHANGES):
            name, user = f"exchange-{number:04}", User("t", f"user-{number % 7}")
            await talk(ledger, number, name, user)
            await ledger.carry_out(orders(name, user)[number % 7])


def orders(exchange: str, user: User) -> list[Order]:
    return [
        Read(WORD, exchange),
        Restrict(WORD, user),
        Erase(WORD, user),
        Correct(WORD, exchange, "not so"),
        Supplement(WORD, exchange, "and more"),
        Read(WORD, user=user, of="all"),
        Read(WORD, of="an export"),
    ]


async def talk(ledger: Ledger, number: int, name: str, user: User) -> None:
    who = {"tenant": user.tenant, "user_key": user.key}
    await ledger.intent(Intent(name, number, "/v1", "openai_chat", content=b"asked", **who))  # type: ignore[arg-type]
    await ledger.delivered(Delivered(name, number, (Mark(0, "content", 1),), b"answered"))
    if number % 5 == 0:
        await ledger.stopping(Stopping(name, number, "output", VerdictRecord("block")))
        await ledger.carry_out(Hold(WORD, user))
        await ledger.carry_out(Release(WORD, user))
    await ledger.final(Final(name, number, Outcome.COMPLETED))


def last(connection: apsw.Connection) -> int:
    return int(connection.execute("SELECT max(seq) FROM records").get or 0)


def found_by_a_stranger(path: Path) -> int | None:
    """The first bad record that the independent verifier names."""
    try:
        STRANGER["check_ledger"](path, [])
    except STRANGER["Wrong"] as wrong:
        return int(re.findall(r"^record (\d+)", str(wrong))[0])
    return None


def flip(column: str) -> Tamper:
    def tamper(connection: apsw.Connection, chance: random.Random, seq: int) -> int:
        held = "sealed IS NOT NULL AND length(sealed) > 0" if column == "sealed" else "1"
        (seq,) = connection.execute(
            f"SELECT seq FROM records WHERE seq >= ? AND {held} ORDER BY seq", (seq,)
        ).fetchone() or (1,)
        found = connection.execute(f"SELECT {column} FROM records WHERE seq = ?", (seq,))
        data = bytearray(next(iter(found))[0])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (bytes(data), seq))
        return seq

    return tamper


def delete(connection: apsw.Connection, _: random.Random, seq: int) -> int:
    seq = min(seq, last(connection) - 1)
    connection.execute("DELETE FROM records WHERE seq = ?", (seq,))
    return seq


def close_the_gap(connection: apsw.Connection, _: random.Random, seq: int) -> int:
    seq = min(seq, last(connection) - 1)
    connection.execute("DELETE FROM records WHERE seq = ?", (seq,))
    connection.execute("UPDATE records SET seq = -(seq - 1) WHERE seq > ?", (seq,))
    connection.execute("UPDATE records SET seq = -seq WHERE seq < 0")
    return seq


def swap(connection: apsw.Connection, _: random.Random, seq: int) -> int:
    seq = min(seq, last(connection) - 1)
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        connection.execute("UPDATE records SET seq = ? WHERE seq = ?", (new, old))
    return seq


def splice(connection: apsw.Connection, chance: random.Random, _: int) -> int:
    """Put another exchange's content, itself genuine, in this one's place."""
    sealed = [
        int(found)
        for (found,) in connection.execute("SELECT seq FROM records WHERE length(sealed) > 0")
    ]
    seq, other = chance.sample(sealed, 2)
    connection.execute(
        "UPDATE records SET sealed = (SELECT sealed FROM records WHERE seq = ?) WHERE seq = ?",
        (other, seq),
    )
    return seq


def insert(connection: apsw.Connection, _: random.Random, __: int) -> int:
    connection.execute(
        "INSERT INTO records SELECT 0, 'final', exchange, time_ms, body, sealed, chain"
        " FROM records WHERE seq = 1"
    )
    return 1


def relabel(column: str, value: str) -> Tamper:
    def tamper(connection: apsw.Connection, _: random.Random, seq: int) -> int:
        connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (value, seq))
        return seq

    return tamper


def rechain(connection: apsw.Connection, chance: random.Random, seq: int) -> int:
    """Alter sealed content and chain everything again: the body still knows better."""
    seq = flip("sealed")(connection, chance, seq)
    chain = START
    for number, body in list(connection.execute("SELECT seq, body FROM records ORDER BY seq")):
        assert isinstance(body, bytes)
        chain = chained(chain, leaf_hash(body))
        connection.execute("UPDATE records SET chain = ? WHERE seq = ?", (chain, number))
    return seq


def altered(whole: Path, folder: Path, chance: random.Random, tamper: Tamper) -> tuple[Path, int]:
    path = folder / "tampered.db"
    shutil.copy(whole, path)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA ignore_check_constraints = 1")
    with connection:
        seq = tamper(connection, chance, chance.randrange(1, last(connection) + 1))
    connection.close()
    return path, seq


def test_an_untouched_ledger_is_whole(whole: Path) -> None:
    """The check passes what nobody altered, whatever was read, restricted or destroyed."""
    with closing(open_read_only(whole)) as reader:
        kinds = [row.kind for row in rows(reader)]
    found = verify(whole)

    assert (True, len(kinds), None) == (found.ok, found.count, found.reason)
    assert set(Kind) == set(kinds)


def test_command_and_stranger_accept_the_same_ledger(whole: Path) -> None:
    """Each as a whole program, with the checkpoints: same count, same root."""
    verifier = verifier_of(whole, read_key(key_path(whole)))
    kept = str(checkpoint_path(whole))
    ours = CliRunner().invoke(
        app,
        f"verify --ledger {whole} --checkpoints {kept} --by {verifier} --json".split(" "),
    )
    theirs = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(verifier), "ledger", str(whole), kept],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(ours.stdout)

    assert (0, 0) == (ours.exit_code, theirs.returncode)
    assert (
        f"OK: {said['count']} records, {said['checkpoints']} checkpoints, root {said['root']}\n"
        == theirs.stdout
    )
    assert 0 < said["checkpoints"]


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        pytest.param(flip("body"), Reason.CHAIN, id="bit of a body"),
        pytest.param(flip("chain"), Reason.CHAIN, id="bit of a hash"),
        pytest.param(flip("sealed"), Reason.CONTENT, id="bit of content"),
        pytest.param(delete, Reason.MISSING, id="deleted"),
        pytest.param(close_the_gap, Reason.CHAIN, id="deleted and renumbered"),
        pytest.param(swap, Reason.CHAIN, id="reordered"),
        pytest.param(splice, Reason.CONTENT, id="another's content"),
        pytest.param(insert, Reason.MISSING, id="inserted"),
        pytest.param(relabel("exchange", "another"), Reason.COLUMNS, id="exchange"),
        pytest.param(relabel("time_ms", "12345"), Reason.COLUMNS, id="time"),
        pytest.param(relabel("kind", "note"), Reason.COLUMNS, id="kind"),
        pytest.param(rechain, Reason.CONTENT, id="content, chained again"),
    ],
)
def test_tampering_is_found_at_the_record(
    whole: Path, tmp_path: Path, tamper: Tamper, reason: Reason
) -> None:
    """Whatever is altered, wherever, the check names the first record that does not fit."""
    chance = random.Random(20)
    for _ in range(ROUNDS):
        path, seq = altered(whole, tmp_path, chance, tamper)

        found = verify(path)

        assert (seq, reason) == (found.first_bad, found.reason)
        assert seq - 1 == found.count
        assert seq == found_by_a_stranger(path)


def test_a_cut_tail_is_found_with_the_last_checkpoint(whole: Path, tmp_path: Path) -> None:
    """Wherever it was cut, by either verifier, and the first that is missing is named."""
    verifier = verifier_of(whole, read_key(key_path(whole)))
    kept, chance = checkpoint_path(whole), random.Random(3)
    notes = STRANGER["checkpoints"](kept, str(verifier))[-1:]
    checkpoints = list(checkpoints_in(kept, verifier))[-1:]

    def cut(connection: apsw.Connection, _: random.Random, seq: int) -> int:
        connection.execute("DELETE FROM records WHERE seq >= ?", (seq,))
        return seq

    for _ in range(ROUNDS):
        path, seq = altered(whole, tmp_path, chance, cut)
        found = verify(path, checkpoints)

        assert (seq, Reason.CUT) == (found.first_bad, found.reason)
        with pytest.raises(STRANGER["Wrong"], match=f"record {seq} is missing"):
            STRANGER["check_ledger"](path, notes)


def test_a_cut_tail_is_not_found_without_a_checkpoint(whole: Path, tmp_path: Path) -> None:
    """The stated limit: what is left is whole, only shorter, as its count shows."""

    def cut(connection: apsw.Connection, _: random.Random, __: int) -> int:
        connection.execute("DELETE FROM records WHERE seq > 100")
        return 101

    path, _ = altered(whole, tmp_path, random.Random(1), cut)
    found = verify(path)

    assert (True, 100) == (found.ok, found.count)


def read_all(path: Path) -> list[Row] | None:
    try:
        connection = open_read_only(path)
        return list(rows(connection, -(1 << 63)))
    except (Damaged, LedgerUnusable):
        return None


def test_a_flipped_bit_of_the_file_is_found_or_changes_nothing(whole: Path, tmp_path: Path) -> None:
    """Below SQL: a ledger that passes after a bit was flipped anywhere reads as it was written."""
    chance, path = random.Random(7), tmp_path / "flipped.db"
    original, expected, noticed = whole.read_bytes(), read_all(whole), 0
    for _ in range(10 * ROUNDS):
        data = bytearray(original)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            ok = verify(path).ok
        except LedgerUnusable:
            ok = False
        noticed += not ok

        assert not ok or expected == read_all(path)
    assert noticed > ROUNDS


def test_what_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    """A missing file and a stranger's file are the caller's mistake, not a broken record."""
    stranger = tmp_path / "stranger.db"
    stranger.write_bytes(b"something else altogether")
    for path in (tmp_path / "none.db", stranger):
        with pytest.raises(LedgerUnusable):
            verify(path)
