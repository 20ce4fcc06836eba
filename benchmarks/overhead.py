"""What the gateway adds to an exchange that is not streamed, and how many a core carries.

    python -m benchmarks.overhead [--json] [--seconds 6] [--repeats 3]

Latency: requests at 50 per second to the endpoint and to the gateway in turn; the difference of
the medians and of the 99th percentiles. Capacity: 32 connections that never pause; exchanges per
CPU-second of the gateway's process, all threads counted. Once per durability mode, interleaved.
"""

from __future__ import annotations

from contextlib import ExitStack

import uvloop

from benchmarks.load import Target, alternate, prompt, saturate
from benchmarks.report import Asked, asked, summary, tell
from benchmarks.rig import Process, endpoint, gateway, machine, percentile, pin_this_process

RATE = 50
CONNECTIONS = 32
MODES = ("process", "power")


def added_ms(upstream: Process, proxied: Process, seconds: float) -> dict[str, float]:
    """Milliseconds added at a low rate."""
    direct = Target("direct", upstream.port, prompt(stream=False))
    through = Target("gateway", proxied.port, prompt(stream=False))
    uvloop.run(alternate([direct, through], RATE, seconds))
    assert direct.errors + through.errors == 0, "some answers were not whole"
    a, b = ([t.whole * 1000 for t in target.done] for target in (direct, through))
    return {
        "added_p50_ms": percentile(b, 0.5) - percentile(a, 0.5),
        "added_p99_ms": percentile(b, 0.99) - percentile(a, 0.99),
        "direct_p50_ms": percentile(a, 0.5),
    }


def capacity(proxied: Process, seconds: float) -> dict[str, float]:
    """Exchanges per CPU-second when 32 connections never pause."""
    target = Target("gateway", proxied.port, prompt(stream=False))
    before = proxied.cpu_s
    answered = uvloop.run(saturate(target, CONNECTIONS, seconds))
    spent = proxied.cpu_s - before
    assert not target.errors, "some answers were not whole"
    return {
        "per_cpu_second": answered / spent,
        "per_second": answered / seconds,
        "cpu_ms": spent / answered * 1000,
    }


def run(options: Asked) -> dict[str, dict[str, dict[str, float]]]:
    """All figures, once per durability mode, interleaved."""
    found: dict[str, list[dict[str, float]]] = {mode: [] for mode in MODES}
    with ExitStack() as stack:
        upstream = stack.enter_context(endpoint())
        gateways = {mode: stack.enter_context(gateway(upstream, durability=mode)) for mode in MODES}
        for proxied in gateways.values():
            capacity(proxied, 1)
        for _ in range(options.repeats):
            for mode, proxied in gateways.items():
                figures = added_ms(upstream, proxied, options.seconds)
                figures |= capacity(proxied, options.seconds)
                found[mode].append({**figures, "memory_mb": proxied.memory_mb})
    return {mode: summary(rows) for mode, rows in found.items()}


if __name__ == "__main__":
    options = asked(__doc__, seconds=6)
    pin_this_process()
    tell(options, machine(), run(options))
