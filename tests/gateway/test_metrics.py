"""Metrics: fixed names, bounded labels, and a scrape that does not hold up the event loop."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics, watch_event_loop
from policies.types import Action, Direction


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_an_exchange_is_counted_by_route_decision_and_outcome(metrics: Metrics) -> None:
    """Two alike are one series at 2."""
    for _ in range(2):
        metrics.exchange(route="/v1/models", decision=Action.ALLOW, outcome="completed")
    labels = {"route": "/v1/models", "decision": "allow", "outcome": "completed"}

    assert metrics.registry.get_sample_value("stoplog_exchanges_total", labels) == 2


def test_a_screening_notes_time_and_characters(metrics: Metrics) -> None:
    """Both under the same direction."""
    metrics.screened(Direction.OUTPUT, seconds=0.0004, characters=12)
    value = metrics.registry.get_sample_value

    assert value("stoplog_scanned_characters_total", {"direction": "output"}) == 12
    assert value("stoplog_screen_seconds_bucket", {"direction": "output", "le": "0.0005"}) == 1


def test_only_the_packs_that_judge_are_named(metrics: Metrics) -> None:
    """A reload replaces the series instead of adding one."""
    metrics.packs_taken([("p", "1", "a")], unix_time=1.0)
    metrics.packs_taken([("p", "2", "b"), ("q", "1", "c")], unix_time=2.0)
    value = metrics.registry.get_sample_value

    assert value("stoplog_pack_info", {"pack": "p", "version": "1", "digest": "a"}) is None
    assert value("stoplog_pack_info", {"pack": "p", "version": "2", "digest": "b"}) == 1
    assert value("stoplog_pack_info", {"pack": "q", "version": "1", "digest": "c"}) == 1
    assert value("stoplog_config_last_reload_success_timestamp_seconds") == 2.0


def test_a_refused_pack_keeps_the_time_of_the_last_good_one(metrics: Metrics) -> None:
    """As Prometheus itself does."""
    metrics.packs_taken([("p", "1", "a")], unix_time=1.0)
    metrics.packs_refused()
    value = metrics.registry.get_sample_value

    assert value("stoplog_config_last_reload_successful") == 0
    assert value("stoplog_config_last_reload_success_timestamp_seconds") == 1.0


async def test_a_scrape_parses_and_says_its_format(metrics: Metrics) -> None:
    """Prometheus text, or OpenMetrics for those who ask."""
    body, content_type = await metrics.exposition("")
    _, openmetrics = await metrics.exposition("application/openmetrics-text; version=1.0.0")

    assert list(text_string_to_metric_families(body.decode()))
    assert content_type.startswith("text/plain")
    assert openmetrics.startswith("application/openmetrics-text")


def test_every_name_follows_the_naming_practices(metrics: Metrics) -> None:
    """One prefix, base units, help for each, and no label that a caller could choose."""
    labels = {"route", "decision", "outcome", "pack", "leaf", "action", "direction", "classifier"}
    labels |= {"reason", "step", "kind", "scope", "version", "digest", "label"}
    for family in metrics.registry.collect():
        if family.name.startswith(("process_", "python_")):
            continue
        assert family.name.startswith("stoplog_")
        assert family.documentation.endswith(".")
        assert family.type != "histogram" or family.name.endswith(("_seconds", "_ratio"))
        assert {name for s in family.samples for name in s.labels} <= labels | {"le"}


async def test_a_busy_event_loop_shows_as_lag(metrics: Metrics) -> None:
    """Time that passes while the loop sleeps longer than asked is observed."""
    clock = iter([0.0, 0.75])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(
            watch_event_loop(metrics, every=0.001, now=lambda: next(clock, 1.0)), 0.2
        )
    value = metrics.registry.get_sample_value

    assert value("stoplog_event_loop_lag_seconds_sum") == pytest.approx(0.749)
