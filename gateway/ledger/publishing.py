"""Sends checkpoints out of the house while the ledger grows.

Only what is synced is signed: a checkpoint over records that a power cut then takes back would
make an honest ledger look like a forged one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import httpx2
import orjson

from gateway.ledger.config import LedgerUnavailable, Pace
from gateway.ledger.notes import Signer
from gateway.ledger.tree import TreeHead

_AT_MOST_EVERY_S = 0.25
_WEBHOOK_S = 5.0
_TAIL_BYTES = 8192


class Sink(Protocol):
    """A place for checkpoints, best one that the operator of the ledger cannot rewrite."""

    def publish(self, note: str) -> None:
        """May block for some seconds. Raises OSError where the note was not taken."""
        ...


@dataclass(frozen=True, slots=True)
class FileSink:
    """Appends each note to a file, one JSON string a line.

    Begins with a line end of its own, so that a line torn by a power cut spoils no other.
    """

    path: Path

    def publish(self, note: str) -> None:
        with self.path.open("ab") as file:
            file.write(b"\n" + orjson.dumps(note) + b"\n")
            file.flush()
            os.fdatasync(file.fileno())


def last_note(path: Path) -> str:
    """The last whole note of a file that `FileSink` wrote; empty where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = file.read().split(b"\n")
    for line in reversed(lines):
        with suppress(orjson.JSONDecodeError):
            return str(orjson.loads(line))
    return ""


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """Posts each note as text; any 2xx answer means that it was taken."""

    url: str

    def publish(self, note: str) -> None:
        try:
            httpx2.post(self.url, content=note.encode(), timeout=_WEBHOOK_S).raise_for_status()
        except httpx2.HTTPError as error:
            raise OSError(f"the checkpoint was not taken: {type(error).__name__}") from None


@dataclass(frozen=True, slots=True)
class Published:
    """How far the outside knows the ledger."""

    size: int = 0
    """Records covered by the last checkpoint that every sink took."""
    failures: int = 0
    """Times a sink did not take one; the next checkpoint covers the same records."""
    unix_time: float = 0.0
    """When every sink last took one, in Unix time; 0 where none ever did."""


class Publisher:
    """Owns one thread."""

    def __init__(
        self,
        signer: Signer,
        sinks: Sequence[Sink],
        head: Callable[[], TreeHead],
        settle: Callable[[], None],
        pace: Pace = Pace(),  # noqa: B008 - frozen
    ) -> None:
        """`head` says where the tree stands, and `settle` syncs everything up to there."""
        self._signer = signer
        self._sinks = sinks
        self._head = head
        self._settle = settle
        self._pace = pace
        self._stopping = threading.Event()
        self.published = Published()
        self._thread = threading.Thread(target=self._run, name="ledger-notes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Publish what is not yet, then end the thread. Blocks."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        last, tried, pace = time.monotonic(), self._head().size, self._pace
        while not self._stopping.wait(min(_AT_MOST_EVERY_S, pace.seconds)):
            head = self._head()
            if time.monotonic() - last >= pace.seconds or head.size - tried >= pace.records:
                last, tried = time.monotonic(), head.size
                self._publish(head)
        self._publish(self._head())

    def _publish(self, head: TreeHead) -> None:
        before = self.published
        if head.size == before.size:
            return
        try:
            self._settle()
        except LedgerUnavailable:
            return  # the ledger has stopped; what it holds is not certain enough to sign
        note = self._signer.sign(head.size, head.root)
        refused = sum(not _taken(sink, note) for sink in self._sinks)
        if refused:
            self.published = replace(before, failures=before.failures + refused)
        else:
            self.published = replace(before, size=head.size, unix_time=time.time())


def _taken(sink: Sink, note: str) -> bool:
    try:
        sink.publish(note)
    except OSError:
        return False
    return True
