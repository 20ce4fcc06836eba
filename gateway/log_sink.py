"""Log lines leave through a thread: a reader that stalls must not stall the event loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

LINES = 10_000
"""Most lines that wait; more are counted instead of kept, so that memory stays bounded."""
PAUSE_S = 0.02
"""How long a line may wait for others to leave with it."""
CLOSE_S = 2.0
"""Seconds that waiting lines get to leave when the process ends."""


class LogSink:
    """Takes what a stream would take, and never waits. Built by `log_sink`."""

    def __init__(self, stream: TextIO, lines: int = LINES) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str | None] = queue.Queue(lines)
        self._dropped = 0
        self._told = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._drain, name="log-sink", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Queue a line, or count it as lost if too many wait."""
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._dropped += 1
        return len(text)

    def flush(self) -> None:
        """Nothing: the thread flushes whenever no line waits."""

    def close(self, within_s: float = CLOSE_S) -> None:
        """Let waiting lines leave, for so long."""
        self._closing.set()
        try:
            self._waiting.put(None, timeout=within_s)
        except queue.Full:
            return
        self._thread.join(within_s)

    def _drain(self) -> None:
        while (text := self._waiting.get()) is not None:
            # Wake up now and then, not once per line: each time costs the event loop its turn.
            self._closing.wait(PAUSE_S)
            self._stream.write(text)
            if not self._write_waiting():
                break
            self._tell_of_losses()
            self._stream.flush()
        self._stream.flush()

    def _write_waiting(self) -> bool:
        """Write what waits; False once the end was among it."""
        while not self._waiting.empty():
            text = self._waiting.get()
            if text is None:
                return False
            self._stream.write(text)
        return True

    def _tell_of_losses(self) -> None:
        if lost := self._dropped - self._told:
            self._told += lost
            self._stream.write(f'{{"event":"log lines lost","lines":{lost},"level":"warning"}}\n')


@contextmanager
def log_sink(stream: TextIO) -> Iterator[LogSink]:
    """A sink for as long as the block runs."""
    sink = LogSink(stream)
    try:
        yield sink
    finally:
        sink.close()
