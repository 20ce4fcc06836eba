"""What the gateway adds to a stream: to its first text, to the whole, and in CPU per piece.

    python -m benchmarks.first_token [--json] [--seconds 8] [--repeats 3]

Streams of 200 pieces, 20 ms to the first and 5 ms between them, asked of the endpoint and of the
gateway in turn. First text is the first event with text of the model in it, not the first byte.
An English word is let go once the next one shows that it has ended, so it waits for a piece more;
Han characters need not. `process, Chinese` has pieces of two of those.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from contextlib import ExitStack

import uvloop

from benchmarks.load import Target, alternate, prompt
from benchmarks.overhead import MODES
from benchmarks.report import Asked, asked, summary, tell
from benchmarks.rig import Process, endpoint, gateway, machine, percentile, pin_this_process

RATE = 5
PIECES = 200


def added(upstream: Process, proxied: Process, seconds: float) -> dict[str, float]:
    """Milliseconds added, and microseconds of CPU per piece."""
    direct = Target("direct", upstream.port, prompt(stream=True))
    through = Target("gateway", proxied.port, prompt(stream=True))
    before = proxied.cpu_s
    uvloop.run(alternate([direct, through], RATE, seconds))
    spent = proxied.cpu_s - before
    assert direct.errors + through.errors == 0, "some streams were not whole"
    first = [[t.first_text * 1000 for t in target.done] for target in (direct, through)]
    whole = [[t.whole * 1000 for t in target.done] for target in (direct, through)]
    return {
        "added_first_text_p50_ms": percentile(first[1], 0.5) - percentile(first[0], 0.5),
        "added_first_text_p99_ms": percentile(first[1], 0.99) - percentile(first[0], 0.99),
        "added_whole_p50_ms": statistics.median(whole[1]) - statistics.median(whole[0]),
        "cpu_us_per_piece": spent / len(through.done) / PIECES * 1e6,
    }


def run(options: Asked) -> dict[str, dict[str, dict[str, float]]]:
    """All figures, once per durability mode, interleaved."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    with ExitStack() as stack:
        upstream = stack.enter_context(endpoint(pieces=PIECES))
        han = stack.enter_context(endpoint(pieces=PIECES, han=True))
        pairs = {mode: (upstream, _behind(upstream, mode, stack)) for mode in MODES}
        pairs["process, Chinese"] = (han, _behind(han, "process", stack))
        for _ in range(options.repeats):
            for name, pair in pairs.items():
                found[name].append(added(*pair, options.seconds))
    return {name: summary(rows) for name, rows in found.items()}


def _behind(upstream: Process, mode: str, stack: ExitStack) -> Process:
    return stack.enter_context(gateway(upstream, durability=mode))


if __name__ == "__main__":
    options = asked(__doc__, seconds=8)
    pin_this_process()
    tell(options, machine(), run(options))
