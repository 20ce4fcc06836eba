"""Logs: one JSON line per event, with ids, and nothing that anybody wrote to a model."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog

from gateway.logs import AccessLine, configure_logging, exchange_ids, log_exchange, logger
from gateway.settings import Log, LogFormat, LogLevel

LINE = AccessLine(
    method="POST",
    route="/v1/chat/completions",
    status=200,
    decision="allow",
    outcome="completed",
    duration_ms=12.5,
    overhead_ms=0.5,
    scanned_chars=3,
    total_chars=3,
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_an_exchange_is_one_line_with_its_ids(stream: io.StringIO) -> None:
    """Ids come from the context, the rest from the access line."""
    configure_logging(Log(), stream)
    with exchange_ids(request_id="r-1", exchange_id="e-1", trace_id="t-1"):
        log_exchange(logger("proxy"), LINE)
    (line,) = lines(stream)

    assert (line["request_id"], line["exchange_id"], line["trace_id"]) == ("r-1", "e-1", "t-1")
    assert (line["event"], line["status"], line["decision"]) == ("exchange", 200, "allow")


def test_ids_end_with_their_exchange(stream: io.StringIO) -> None:
    """A later line does not carry them on."""
    configure_logging(Log(), stream)
    with exchange_ids(request_id="r-1", exchange_id="e-1"):
        pass
    logger("proxy").info("idle")

    assert "request_id" not in lines(stream)[0]


@pytest.mark.parametrize("character", ["\n", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
@pytest.mark.parametrize("form", list(LogFormat))
def test_control_characters_are_shown_not_sent(
    stream: io.StringIO, form: LogFormat, character: str
) -> None:
    """A log line cannot forge another or steer a terminal."""
    configure_logging(Log(format=form), stream)
    logger("proxy").info(f"a{character}b", header=f"c{character}d")
    written = stream.getvalue().removesuffix("\n")

    assert character not in written
    assert f"u{ord(character):04x}" in written


def test_a_bug_is_logged_by_type_and_place_not_by_message(stream: io.StringIO) -> None:
    """An exception's message may quote a prompt."""
    configure_logging(Log(), stream)
    try:
        int("forbiddenword")
    except ValueError:
        logger("proxy").exception("this is a bug")
    (line,) = lines(stream)

    assert line["exception"] == "ValueError"
    assert any("test_logs.py" in frame for frame in line["frames"])
    assert "forbiddenword" not in stream.getvalue()


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "httpx2"])
def test_lines_of_other_libraries_keep_their_first_line_only(
    stream: io.StringIO, name: str
) -> None:
    """asyncio prints the exception's text below its headline."""
    configure_logging(Log(), stream)
    logging.getLogger(name).error("never retrieved\n%s", "forbiddenword")
    (line,) = lines(stream)

    assert (line["part"], line["event"], line["level"]) == (name, "never retrieved", "error")
    assert "forbiddenword" not in stream.getvalue()


def test_uvicorn_writes_no_access_lines(stream: io.StringIO) -> None:
    """They would hold the raw path; an exchange has its own line."""
    configure_logging(Log(level=LogLevel.DEBUG), stream)
    logging.getLogger("uvicorn.access").info("GET /secret")

    assert stream.getvalue() == ""


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    """For our own loggers and for those of others."""
    configure_logging(Log(level=LogLevel.WARNING), stream)
    logger("proxy").info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    logger("proxy").warning("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]
