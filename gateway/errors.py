"""Why the gateway itself says no, apart from any verdict.

    Refusal         a request we do not carry: status, code and a remedy for the caller
    UpstreamFault   the model endpoint did not do its part
    ClientLeft      nobody is listening any more

Each dialect renders the first two in its own words; neither ever quotes a prompt or an output.
"""

from __future__ import annotations

from enum import StrEnum


class Refusal(Exception):
    """A request we do not carry out. `message` says what is wrong and what would help."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s
        """Seconds after which trying again may help; 0 where it will not."""


class FaultKind(StrEnum):
    """What went wrong with the model endpoint. Also the label of a metric."""

    CONNECT = "connect"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    BUSY = "busy"
    CUT = "cut"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    UNLABELLABLE = "unlabellable"


_FAULTS = {
    FaultKind.CONNECT: (502, "the model endpoint cannot be reached"),
    FaultKind.CONNECT_TIMEOUT: (504, "the model endpoint did not accept a connection in time"),
    FaultKind.FIRST_BYTE_TIMEOUT: (504, "the model endpoint did not begin to answer in time"),
    FaultKind.IDLE_TIMEOUT: (504, "the model endpoint stopped answering"),
    FaultKind.TOTAL_TIMEOUT: (504, "the answer took longer than this gateway allows"),
    FaultKind.BUSY: (503, "every connection to the model endpoint is in use; try again"),
    FaultKind.CUT: (502, "the model endpoint broke off its answer"),
    FaultKind.UNREADABLE: (502, "the model endpoint sent something that cannot be screened"),
    FaultKind.TOO_LARGE: (502, "the model endpoint sent more than this gateway allows"),
    FaultKind.UNLABELLABLE: (502, "the model endpoint sent a file that takes no AI label"),
}


class UpstreamFault(Exception):
    """The model endpoint failed us; the answer, if any was sent, is not whole."""

    def __init__(self, kind: FaultKind) -> None:
        status, message = _FAULTS[kind]
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.code = f"upstream_{kind}"
        self.message = message


class ClientLeft(Exception):
    """The client closed its connection before the answer was complete."""
