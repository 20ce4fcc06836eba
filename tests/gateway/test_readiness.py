"""Readiness: every check is asked, and none can hang or break the answer."""

from __future__ import annotations

import asyncio

from gateway.readiness import Check, CheckResult, condition, run_checks


async def forever() -> str | None:
    await asyncio.Event().wait()
    return None


async def broken() -> str | None:
    raise KeyError("forbiddenword")


async def test_checks_keep_their_order_and_hide_nothing() -> None:
    """One problem does not keep the others from being asked."""
    checks = [condition("a", lambda: False, "not yet"), condition("b", lambda: True, "never")]

    assert await run_checks(checks) == [CheckResult("a", "not yet"), CheckResult("b", None)]


async def test_a_check_that_hangs_is_a_problem() -> None:
    """A probe gets its answer in time."""
    assert await run_checks([Check("slow", forever)], deadline_s=0.01) == [
        CheckResult("slow", "no answer within 0.01 s")
    ]


async def test_a_check_that_breaks_is_a_problem_and_quotes_nothing() -> None:
    """Only the type of the exception is shown."""
    assert await run_checks([Check("broken", broken)]) == [CheckResult("broken", "KeyError")]
