"""The log sink: in order, bounded, and never waited for."""

from __future__ import annotations

import io
import threading
import time

from gateway.log_sink import LogSink, log_sink


class Stalled(io.StringIO):
    """A reader that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.asked = threading.Event()

    def write(self, text: str) -> int:
        self.asked.set()
        assert self.go.wait(5)
        return super().write(text)


def test_lines_arrive_in_order_and_before_the_block_ends() -> None:
    """Nothing is lost in ordinary times."""
    stream = io.StringIO()
    with log_sink(stream) as sink:
        for number in range(1000):
            sink.write(f"{number}\n")

    assert stream.getvalue().split() == [str(number) for number in range(1000)]


def test_a_stalled_reader_is_not_waited_for_and_losses_are_told() -> None:
    """Writers go on at once; the lines that found no room are counted in a line of their own."""
    stream = Stalled()
    sink = LogSink(stream, lines=2)
    sink.write("taken\n")
    assert stream.asked.wait(5)
    began = time.monotonic()
    for _ in range(5):
        sink.write("more\n")
    waited = time.monotonic() - began
    stream.go.set()
    sink.close()

    assert waited < 0.5
    assert stream.getvalue().count("more\n") == 2
    assert '"lines":3' in stream.getvalue()


def test_closing_does_not_hang_on_a_stalled_reader() -> None:
    """A process can always end."""
    stream = Stalled()
    sink = LogSink(stream, lines=1)
    sink.write("taken\n")
    assert stream.asked.wait(5)
    sink.write("waiting\n")
    began = time.monotonic()
    sink.close(within_s=0.05)
    waited = time.monotonic() - began
    stream.go.set()

    assert waited < 1
