"""What the gateway counts and times, under names that a dashboard can rely on.

Names follow the Prometheus naming practices: base units, `_total` for counters, `_info` for
metadata. No label has a value that a caller could choose.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics import MetricWrapperBase

from classifiers.observing import Spared, Step
from policies.types import Action, Direction

MILLISECONDS: Final = (
    0.00025, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.004, 0.006, 0.01, 0.025, 0.05, 0.1, 0.25,
    1.0, 2.5,
)  # fmt: skip
"""For work of our own, which should take single milliseconds."""
WAITS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0,
)  # fmt: skip
"""For what a model takes."""
SCORES: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""For scores from 0 to 1, most of which lie near an end."""

ACTION_LABELS: Final = {action: action.label for action in Action}

M = TypeVar("M", bound=MetricWrapperBase)


class Children(Generic[M]):
    """The labelled children of one metric, each looked up once: `.labels()` costs a microsecond."""

    __slots__ = ("_children", "_metric")

    def __init__(self, metric: M) -> None:
        self._metric = metric
        self._children: dict[tuple[str, ...], M] = {}

    def __call__(self, *values: str) -> M:
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._metric.labels(*values)
        return child


class Metrics:
    """One process's metrics, on a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"stoplog_{name}", meaning, labels, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"stoplog_{name}", meaning, labels, registry=registry)

        def histogram(
            name: str, meaning: str, *labels: str, buckets: tuple[float, ...]
        ) -> Histogram:
            return Histogram(
                f"stoplog_{name}_seconds", meaning, labels, registry=registry, buckets=buckets
            )

        self._exchanges = Children(
            counter("exchanges", "Exchanges that ended.", "route", "decision", "outcome")
        )
        self.in_flight = gauge("exchanges_in_flight", "Exchanges that are open now.")
        self._findings = Children(
            counter("findings", "Hits of a pack's leaf.", "pack", "leaf", "action", "direction")
        )
        self._turned_away = Children(
            counter("turned_away", "Requests refused at the door for want of room.", "reason")
        )
        self.overhead = histogram(
            "overhead",
            "Time the gateway added to an exchange, waiting for the upstream excluded.",
            buckets=MILLISECONDS,
        )
        self.exchange_time = histogram(
            "exchange", "Time from the first byte of a request to its final record.", buckets=WAITS
        )
        self.first_text = histogram(
            "time_to_first_text",
            "Time from the first byte of a request to the first text that reached the client.",
            buckets=WAITS,
        )
        self.upstream_first_byte = histogram(
            "upstream_time_to_first_byte",
            "Time from sending a request upstream to the first byte of the answer.",
            buckets=WAITS,
        )
        self.holdback = histogram(
            "holdback",
            "Time that streamed text was held back before it was let go.",
            buckets=MILLISECONDS,
        )
        self._screen_time = Children(
            histogram("screen", "Time to screen one text.", "direction", buckets=MILLISECONDS)
        )
        self._classifier_time = Children(
            histogram(
                "classifier", "Time of one classifier call.", "classifier", buckets=MILLISECONDS
            )
        )
        self._classifier_failures = Children(
            counter(
                "classifier_failures", "Classifiers that gave no answer.", "classifier", "reason"
            )
        )
        self._classifier_steps = Children(
            histogram(
                "classifier_step",
                "Time of one step of classifying: waiting in the queue, by text; tokenising and "
                "inferring, by batch; waiting for a server, by request.",
                "classifier",
                "step",
                buckets=MILLISECONDS,
            )
        )
        self._classifier_texts = Children(
            counter(
                "classifier_texts",
                "Texts that a classifier was asked about, or was spared.",
                "classifier",
                "outcome",
            )
        )
        self._classifier_scores = Children(
            Histogram(
                "stoplog_classifier_score_ratio",
                "Raw scores of a classifier, by label, for comparing one week with another.",
                ("classifier", "label"),
                registry=registry,
                buckets=SCORES,
            )
        )
        self._scanned = Children(
            counter("scanned_characters", "Characters that were screened.", "direction")
        )
        self._ledger_write_time = Children(
            histogram(
                "ledger_write", "Time of one write to the ledger.", "step", buckets=MILLISECONDS
            )
        )
        self.ledger_errors = counter("ledger_errors", "Writes to the ledger that failed.")
        self._ledger_healthy = gauge("ledger_healthy", "1 while the ledger takes records.")
        self._checkpoint_time = gauge(
            "ledger_checkpoint_timestamp_seconds",
            "When a signed checkpoint last reached every place it is sent to, in Unix time.",
        )
        self._upstream_errors = Children(
            counter(
                "upstream_errors",
                "Exchanges that the upstream broke, or in which it told of an error.",
                "kind",
            )
        )
        self._fail_open = Children(
            gauge(
                "fail_open",
                "1 where this scope lets pass what could not be screened: a risk tier, "
                "or unscreenable media.",
                "scope",
            )
        )
        self._build = Info("stoplog_build", "Version of the running program.", registry=registry)
        self._pack = gauge("pack_info", "The packs that judge now.", "pack", "version", "digest")
        self.rollbacks = counter(
            "pack_rollbacks", "Times that changed packs were taken back by themselves."
        )
        self._shadowed = Children(
            counter(
                "shadow_verdicts",
                "Prompts that changed packs judged beside those in force, by what would change.",
                "change",
            )
        )
        self.reload_successful = gauge(
            "config_last_reload_successful", "1 if the last load of pack and lists was taken."
        )
        self.reload_success_time = gauge(
            "config_last_reload_success_timestamp_seconds",
            "When pack and lists were last taken, in Unix time.",
        )
        self.event_loop_lag = histogram(
            "event_loop_lag", "How late the event loop ran a timer.", buckets=MILLISECONDS
        )

    def exchange(self, *, route: str, decision: Action, outcome: str) -> None:
        """Count an exchange that ended."""
        self._exchanges(route, ACTION_LABELS[decision], outcome).inc()

    def turned_away(self, reason: str) -> None:
        """Count a request for which there was no room; it became no exchange."""
        self._turned_away(reason).inc()

    def finding(self, *, pack: str, leaf: str, action: Action, direction: Direction) -> None:
        """Count a hit."""
        self._findings(pack, leaf, ACTION_LABELS[action], direction.value).inc()

    def screened(self, direction: Direction, *, seconds: float, characters: int) -> None:
        """Note one screening."""
        self._screen_time(direction.value).observe(seconds)
        self._scanned(direction.value).inc(characters)

    def classified(self, classifier: str, seconds: float) -> None:
        """Note one classifier call."""
        self._classifier_time(classifier).observe(seconds)

    def step(self, classifier: str, step: Step, seconds: float) -> None:
        """Note one step of a classifier's work."""
        self._classifier_steps(classifier, step.value).observe(seconds)

    def texts(self, classifier: str, outcome: Spared, count: int) -> None:
        """Count texts that a classifier was asked about, or was spared."""
        self._classifier_texts(classifier, outcome.value).inc(count)

    def scored(self, classifier: str, label: str, score: float) -> None:
        """Note one score."""
        self._classifier_scores(classifier, label).observe(score)

    def classifier_failed(self, classifier: str, reason: str) -> None:
        """Count a classifier that gave no answer."""
        self._classifier_failures(classifier, reason).inc()

    def ledger_wrote(self, step: str, seconds: float) -> None:
        """Note one write to the ledger."""
        self._ledger_write_time(step).observe(seconds)

    def watch_ledger(
        self, *, healthy: Callable[[], bool], checkpoint_unix_time: Callable[[], float]
    ) -> None:
        """Ask a ledger how it is, at each scrape."""
        self._ledger_healthy.set_function(healthy)
        self._checkpoint_time.set_function(checkpoint_unix_time)

    def upstream_failed(self, kind: str) -> None:
        """Count an exchange that the upstream broke."""
        self._upstream_errors(kind).inc()

    def fail_open(self, scope: str, *, active: bool) -> None:
        """Say whether a scope lets pass what could not be screened."""
        self._fail_open(scope).set(active)

    def build(self, version: str) -> None:
        """Name the running program."""
        self._build.info({"version": version})

    def packs_taken(self, packs: Iterable[tuple[str, str, str]], *, unix_time: float) -> None:
        """Name the packs that judge from now on, each by name, version and digest."""
        self._pack.clear()
        for pack in packs:
            self._pack.labels(*pack).set(1)
        self.reload_successful.set(1)
        self.reload_success_time.set(unix_time)

    def shadowed(self, change: str) -> None:
        """Count a prompt that changed packs judged, or had no time for."""
        self._shadowed(change).inc()

    def packs_refused(self) -> None:
        """Note that changed packs were not taken; those before them stay."""
        self.reload_successful.set(0)

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """All metrics as a scrape wants them, with their content type.

        Made in a thread: several milliseconds that would otherwise hold up every exchange.
        """
        encode, content_type = choose_encoder(accept)
        return await asyncio.to_thread(encode, self.registry), content_type


async def watch_event_loop(
    metrics: Metrics,
    tell: Callable[[float], None] = lambda _: None,
    every: float = 0.1,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Measure the event loop's lag until cancelled; `tell` hears of it too, in seconds."""
    while True:
        due = now() + every
        await asyncio.sleep(every)
        lag = max(0.0, now() - due)
        metrics.event_loop_lag.observe(lag)
        tell(lag)
