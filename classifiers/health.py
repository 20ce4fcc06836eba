"""Whether classifiers answer: what they did lately, and a question when that was nothing good."""

from __future__ import annotations

from classifiers.types import FailureReason, Report

_UNWELL = 3
"""Failures in a row from which a classifier counts as not answering."""
_ABOUT_THE_TEXT = frozenset({FailureReason.UNDECODABLE})
"""Says something of the text and nothing of the classifier."""


class Health:
    """One classifier's last answers."""

    def __init__(self) -> None:
        self._failures = 0
        self._last = ""

    def note(self, report: Report) -> None:
        """Take note of an answer."""
        failures = [f for f in report.failures if f.reason not in _ABOUT_THE_TEXT]
        if not failures:
            self._failures = 0
            return
        last = failures[-1]
        self._failures += 1
        self._last = f"{last.reason} {last.detail}".strip()

    @property
    def problem(self) -> str | None:
        """Why it counts as not answering; None while it does."""
        return self._last if self._failures >= _UNWELL else None
