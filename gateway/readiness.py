"""Named checks that say whether the gateway has started and whether it should get traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

CHECK_S = 0.8
"""Seconds that a check gets: Kubernetes gives a probe one, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so."""

    name: str
    problem: Callable[[], Awaitable[str | None]]
    """Why it is not so, in a few words; None if it is."""
    holds_back: bool = True
    """False for what is told of and keeps no traffic away."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    name: str
    problem: str | None
    holds_back: bool = True

    @property
    def failing(self) -> bool:
        return self.problem is not None and self.holds_back


async def run_checks(checks: Sequence[Check], deadline_s: float = CHECK_S) -> list[CheckResult]:
    """Ask all checks at once, in order; one that fails or takes too long is a problem too."""
    problems = await asyncio.gather(*(_problem(check, deadline_s) for check in checks))
    return [
        CheckResult(check.name, problem, check.holds_back)
        for check, problem in zip(checks, problems, strict=True)
    ]


def condition(name: str, holds: Callable[[], bool], problem: str) -> Check:
    """A check of something that this process knows without waiting."""

    async def ask() -> str | None:
        return None if holds() else problem

    return Check(name, ask)


async def _problem(check: Check, deadline_s: float) -> str | None:
    try:
        async with asyncio.timeout(deadline_s):
            return await check.problem()
    except TimeoutError:
        return f"no answer within {deadline_s:g} s"
    except Exception as error:
        # The boundary to checks of any kind: one that breaks must read as not ready.
        return type(error).__name__
