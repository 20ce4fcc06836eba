"""Checkpoints leave the house while the ledger grows, and only over what is safe."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.ledger.config import Disk, Fault, LedgerConfig, LedgerUnavailable
from gateway.ledger.ledger import open_ledger
from gateway.ledger.notes import Signer, read_note
from gateway.ledger.places import open_read_only
from gateway.ledger.publishing import FileSink, Published, Publisher, Sink, WebhookSink
from gateway.ledger.read import checkpoints_in, rows
from gateway.ledger.records import Intent
from gateway.ledger.tree import TreeHead
from gateway.ledger.verify import verify

SIGNER = Signer(bytes(32))


class Outside:
    """A sink that can be told to refuse."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.refuses = False

    def publish(self, note: str) -> None:
        if self.refuses:
            raise OSError("no room")
        self.notes.append(note)

    @property
    def sizes(self) -> list[int]:
        return [read_note(note, SIGNER.verifier).size for note in self.notes]


def fine() -> None:
    """Everything is synced already."""


@contextmanager
def publishing(
    head: Callable[[], TreeHead], *sinks: Sink, settle: Callable[[], None] = fine
) -> Iterator[Publisher]:
    publisher = Publisher(SIGNER, sinks, head, settle)
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def tree(size: int) -> TreeHead:
    return TreeHead(size, (), (bytes(32),))


def test_a_checkpoint_follows_growth_within_a_second() -> None:
    """A single record is covered soon; a quiet ledger signs nothing more."""
    outside, head = Outside(), tree(1)
    with publishing(lambda: head, outside):
        began = time.monotonic()
        until(lambda: bool(outside.notes))
        waited = time.monotonic() - began
        time.sleep(1.2)

    assert waited < 1.5
    assert [1] == outside.sizes


def test_many_records_do_not_wait_for_the_second() -> None:
    """256 new records are covered at once."""
    outside, head = Outside(), tree(1)
    with publishing(lambda: head, outside):
        until(lambda: bool(outside.notes))
        head = tree(257)
        began = time.monotonic()
        until(lambda: len(outside.notes) > 1)

        assert time.monotonic() - began < 0.75


def test_the_last_records_are_covered_at_the_end() -> None:
    """Stopping signs what no checkpoint covers yet."""
    outside = Outside()
    with publishing(lambda: tree(3), outside):
        pass

    assert [3] == outside.sizes


def test_a_sink_that_refuses_is_counted_and_tried_again() -> None:
    """What every sink has taken is known; a refusal costs no other sink its note."""
    first, second = Outside(), Outside()
    second.refuses = True
    with publishing(lambda: tree(3), first, second) as publisher:
        until(lambda: publisher.published.failures > 0)
        when_refused = publisher.published
        second.refuses = False
        until(lambda: publisher.published.size == 3)

    assert 0 == when_refused.size
    assert 3 in first.sizes
    assert [3] == second.sizes


def test_nothing_is_signed_that_could_not_be_synced() -> None:
    """A ledger whose disk failed puts its name to nothing more."""

    def broken() -> None:
        raise LedgerUnavailable(Fault.BROKEN)

    outside = Outside()
    with publishing(lambda: tree(3), outside, settle=broken) as publisher:
        pass

    assert [] == outside.notes
    assert Published() == publisher.published


async def test_a_signed_record_is_on_the_disk(tmp_path: Path) -> None:
    """With `process`, whatever a checkpoint covers had been synced before it left."""
    path, synced = tmp_path / "ledger.db", [b""]
    wal = Path(f"{path}-wal")
    covered: list[tuple[int, bytes]] = []

    def sync(_: int) -> None:
        if wal.exists():
            held = wal.read_bytes()
            time.sleep(0.03)
            synced[0] = held

    class Watcher:
        def publish(self, note: str) -> None:
            covered.append((int(note.split("\n")[1]), synced[0]))

    async with open_ledger(LedgerConfig(path), Disk(sync=sync), [Watcher()]) as ledger:
        for number in range(400):
            await ledger.intent(Intent(f"x{number}", 0, "/v1", "openai_chat"))
            await asyncio.sleep(0.003)
        schema = path.read_bytes()

    assert len(covered) > 1
    for size, held in covered[:-1]:
        assert size <= on_disk(tmp_path / "image.db", schema, held)


def on_disk(image: Path, schema: bytes, held: bytes) -> int:
    Path(f"{image}-shm").unlink(missing_ok=True)
    image.write_bytes(schema)
    Path(f"{image}-wal").write_bytes(held)
    with closing(open_read_only(image)) as connection:
        return sum(1 for _ in rows(connection))


async def test_checkpoints_stand_beside_the_ledger_too(tmp_path: Path) -> None:
    """Without any sink configured there is a file of them, and it fits over restarts."""
    path = tmp_path / "ledger.db"
    for start in (0, 5):
        async with open_ledger(LedgerConfig(path, origin="example.com/one")) as ledger:
            for number in range(start, start + 5):
                await ledger.intent(Intent(f"x{number}", 0, "/v1", "openai_chat"))
    found = list(checkpoints_in(tmp_path / "ledger.db.checkpoints", ledger.verifier))

    assert ["example.com/one"] * 2 == [checkpoint.origin for checkpoint in found]
    assert verify(path, found).ok


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    """A file that a power cut left in the middle of a line goes on to be read."""
    path, sink = tmp_path / "notes", FileSink(tmp_path / "notes")
    sink.publish(SIGNER.sign(1, bytes(32)))
    with path.open("ab") as file:
        file.write(b'\n"stoplog/torn')
    sink.publish(SIGNER.sign(2, bytes(32)))

    assert [1, 2] == [found.size for found in checkpoints_in(path, SIGNER.verifier)]


@contextmanager
def web(status: int) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers every POST with a status, and the bodies it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_webhook_gets_the_note_itself() -> None:
    """The body that is posted is the signed note, byte for byte."""
    note = SIGNER.sign(1, bytes(32))
    with web(204) as (url, bodies):
        WebhookSink(url).publish(note)

    assert [note.encode()] == bodies


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_a_failure(status: int) -> None:
    """Anything but a 2xx answer means that the note is not kept there."""
    with web(status) as (url, _), pytest.raises(OSError, match="not taken"):
        WebhookSink(url).publish(SIGNER.sign(1, bytes(32)))


def test_a_webhook_that_is_away_is_a_failure() -> None:
    """Nobody listening is told apart from success."""
    with web(200) as (url, _):
        pass
    with pytest.raises(OSError, match="not taken"):
        WebhookSink(url).publish(SIGNER.sign(1, bytes(32)))
