"""Reading back: what was sealed comes out with the right key, and only with that."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import orjson
import pytest

from gateway.ledger.config import Content, LedgerConfig, LedgerUnusable
from gateway.ledger.keys import read_key
from gateway.ledger.ledger import open_ledger
from gateway.ledger.opening import key_path
from gateway.ledger.read import Shown, Unread, show, tail
from gateway.ledger.reader import Damaged
from gateway.ledger.records import (
    Delivered,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    Stopping,
    VerdictRecord,
)
from gateway.ledger.verify import verify

HIT = HitRecord("A.2.a", "IM Art. 4(2)", "lexicon", "r7", 1.0, 0.5, "block", 0, 3, 9, "pinyin")


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    async with open_ledger(LedgerConfig(path)) as ledger:
        for name in ("x", "y"):
            await ledger.intent(
                Intent(
                    name, 0, "/v1", "openai_chat", user_key=name, content=f"{name} asks".encode()
                )
            )
            await ledger.delivered(Delivered(name, 1, (Mark(0, "content", 4),), b"says"))
            await ledger.stopping(Stopping(name, 2, "output", VerdictRecord("block", (HIT,))))
            await ledger.final(Final(name, 3, Outcome.BLOCKED_OUTPUT, 200))
    return path


def contents(found: list[Shown]) -> list[bytes | Unread]:
    return [shown.content for shown in found]


def altered(path: Path, statement: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(statement)


def test_an_exchange_is_shown_with_its_content(path: Path) -> None:
    """All its records in order, what was asked and said in clear, and nobody else's."""
    found = show(path, "x", read_key(key_path(path)))

    assert [b"x asks", b"says", Unread.NONE, Unread.NONE] == contents(found)
    assert ["intent", "delivered", "stopping", "final"] == [shown.row.kind for shown in found]


def test_a_verdict_is_on_record_with_what_caused_it(path: Path) -> None:
    """Leaf, article, detector, rule, score, threshold and span can be read by an auditor."""
    stopping = orjson.loads(show(path, "x", read_key(key_path(path)))[2].row.body)
    (hit,) = stopping["verdict"]["hits"]

    assert ("block", "output") == (stopping["verdict"]["action"], stopping["direction"])
    assert ("A.2.a", "IM Art. 4(2)", "lexicon", "r7") == tuple(
        hit[name] for name in ("leaf", "article", "detector", "rule")
    )
    assert (1.0, 0.5, 3, 9) == (hit["score"], hit["threshold"], hit["start"], hit["end"])


def test_another_key_reads_nothing(path: Path) -> None:
    """Without the ledger's key the records are there and the content is not."""
    found = show(path, "x", bytes(32))

    assert Unread.UNREADABLE == found[0].content
    assert 4 == len(found)


def test_content_under_a_destroyed_key_is_gone_and_the_proof_is_not(path: Path) -> None:
    """Once a data key is destroyed nobody reads what it sealed, and every hash still fits."""
    altered(path, "UPDATE data_keys SET wrapped = x'' WHERE user_key = 'x'")
    key = read_key(key_path(path))

    assert Unread.DESTROYED == show(path, "x", key)[0].content
    assert b"y asks" == show(path, "y", key)[0].content
    assert verify(path).ok


def test_content_cannot_be_shown_in_anothers_place(path: Path) -> None:
    """Sealed content moved to another record of the same person does not unseal."""
    altered(
        path,
        "UPDATE records SET sealed = (SELECT sealed FROM records WHERE seq = 1) WHERE seq = 2",
    )

    assert Unread.UNREADABLE == show(path, "x", read_key(key_path(path)))[1].content


def test_the_tail_is_the_newest_records_oldest_first(path: Path) -> None:
    """It ends with the last record, and asks for no key."""
    assert [7, 8] == [row.seq for row in tail(path, 2)]
    assert 8 == len(tail(path, 100))


def test_nobodys_exchange_is_empty(path: Path) -> None:
    """An id that never was gives no record, not an error."""
    assert [] == show(path, "nobody", bytes(32))


def test_content_that_was_not_kept_is_said_so(path: Path) -> None:
    """A record without content is told apart from one that cannot be read."""
    assert Unread.NONE == show(path, "x", bytes(32))[3].content


def test_a_damaged_body_is_named(path: Path) -> None:
    """A record that is no record is not shown as if it were."""
    altered(path, "UPDATE records SET body = x'7b' WHERE seq = 1")
    with pytest.raises(Damaged, match="record 1"):
        show(path, "x", bytes(32))


@pytest.mark.parametrize("held", ["", "not hex", "00" * 31])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, held: str) -> None:
    """A damaged key file asks for the backup instead of sealing with something else."""
    (tmp_path / "key").write_text(held)
    with pytest.raises(LedgerUnusable, match="restore"):
        read_key(tmp_path / "key")


async def test_a_ledger_is_read_while_it_is_written(tmp_path: Path) -> None:
    """A reader beside the gateway sees each acknowledged record, and holds up nobody."""
    path = tmp_path / "ledger.db"
    async with open_ledger(LedgerConfig(path, content=Content.NONE)) as ledger:
        for number in range(5):
            await ledger.intent(Intent(f"x{number}", 0, "/v1", "openai_chat", content=b"asked"))
            assert number + 1 == verify(path).count
