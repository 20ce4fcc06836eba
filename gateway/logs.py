"""Log lines: JSON with ids, and never a character of what users or models wrote."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from gateway.log_sink import LogSink
from gateway.settings import Log, LogFormat

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal or a log viewer would act on instead of showing."""
FOREIGN_MESSAGE_CHARS = 200

EventDict = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class AccessLine:
    """What is logged of an exchange that ended."""

    method: str
    route: str
    """The route that matched, never the raw path."""
    status: int
    decision: str
    outcome: str
    duration_ms: float
    overhead_ms: float
    scanned_chars: int
    total_chars: int
    streamed: bool = False
    leaf: str | None = None
    """The leaf that set the decision; None where none did."""


_ACCESS_FIELDS = tuple(field.name for field in fields(AccessLine))


def configure_logging(settings: Log, stream: TextIO | LogSink = sys.stderr) -> None:
    """Send every line of this process, uvicorn's too, to one stream in one format.

    A server passes a `log_sink`, which does not make the event loop wait for who reads.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_exception,
            escape_controls,
            _renderer(settings.format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, stream)),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # An exchange has its own access line; uvicorn's would log the raw path.
    logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL)


def logger(name: str) -> FilteringBoundLogger:
    """A logger whose lines say which part of the program spoke."""
    bound: FilteringBoundLogger = structlog.get_logger(part=name)
    return bound


@contextmanager
def exchange_ids(
    *, request_id: str, exchange_id: str, trace_id: str | None = None
) -> Iterator[None]:
    """Put an exchange's ids into every line that is logged within."""
    ids = {"request_id": request_id, "exchange_id": exchange_id}
    if trace_id:
        ids["trace_id"] = trace_id
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def log_exchange(log: FilteringBoundLogger, line: AccessLine) -> None:
    """Write the access line of an exchange."""
    log.info("exchange", **{name: getattr(line, name) for name in _ACCESS_FIELDS})


def describe_exception(_: object, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and its places: its message may quote a prompt."""
    info = event.pop("exc_info", None)
    error = sys.exception() if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["exception"] = type(error).__qualname__
        event["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-20:]]
    return event


def escape_controls(_: object, __: str, event: EventDict) -> EventDict:
    """Show control characters instead of sending them on."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = visible(value)
    return event


def visible(text: str) -> str:
    """The text with its control characters written out."""
    return CONTROLS.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _renderer(form: LogFormat) -> Processor:
    if form is LogFormat.CONSOLE:
        return structlog.dev.ConsoleRenderer(colors=False)
    return _json


def _json(_: object, __: str, event: Mapping[str, Any]) -> str:
    return orjson.dumps(event, default=str).decode()


class _Bridge(logging.Handler):
    """Lines of other libraries, cut to what cannot hold a body: the first line, shortened."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().partition("\n")[0][:FOREIGN_MESSAGE_CHARS]
        log = logger(record.name)
        log.log(record.levelno, message, exc_info=record.exc_info)
