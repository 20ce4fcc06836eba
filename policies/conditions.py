"""Conditions of rules, in the Common Expression Language (CEL): compiled at load, bounded, closed.

Only comparisons, logic, membership and plain string tests are let in, and no comprehension, so an
evaluation takes no more steps than the expression has characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING

from classifiers.types import Finding
from policies.context import Context
from policies.types import Direction

if TYPE_CHECKING:
    import cel

MOST_CHARS = 400
"""Longest condition."""
VARIABLES = ("direction", "minor", "model", "route", "scores", "stream", "tenant")
_FUNCTIONS = frozenset(
    (
        *("!_", "-_", "_&&_", "_||_", "_?_:_"),
        *("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_[_]"),
        *("size", "startsWith", "endsWith", "contains"),
    )
)

Scores = Mapping[str, float]
"""The highest score of each `classifier/category` in a text; 0.0 where nothing was found."""


class ConditionError(Exception):
    """Says what is wrong with a condition, and what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class ConditionFault(Exception):
    """A condition that gave no answer."""


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies."""

    source: str
    program: cel.Program = field(repr=False, compare=False)

    def holds(self, variables: Mapping[str, object]) -> bool:
        """Raises ConditionFault where it cannot be said."""
        try:
            answer = self.program.execute(dict(variables))
        except Exception as error:  # the boundary where whatever the evaluator raises is one fault
            raise ConditionFault(type(error).__name__) from None
        if not isinstance(answer, bool):
            raise ConditionFault("not true or false")
        return answer


def compile_condition(source: str, known: Iterable[str]) -> Condition:
    """Compile a condition and try it in every kind of circumstance. Raises ConditionError.

    `known` are the keys that `scores` has.
    """
    if len(source) > MOST_CHARS:
        raise ConditionError(f"a condition of {len(source)} characters", f"at most {MOST_CHARS}")
    try:
        program = _compiler()(source)
    except ValueError as error:
        place = re.search(r"<input>:(\d+):(\d+)", str(error))
        where = f" at line {place[1]}, character {place[2]} of it" if place else ""
        raise ConditionError(f"not a CEL expression{where}", "look just before that") from None
    _refuse_strangers(program)
    condition = Condition(source, program)
    _try(condition, dict.fromkeys(known, 0.0))
    return condition


@cache
def _compiler() -> Callable[[str], cel.Program]:
    """Loaded with the first condition: it brings a command line of its own, and 6 MB."""
    compiler: Callable[[str], cel.Program] = import_module("cel").compile
    return compiler


def variables(context: Context, direction: Direction, scores: Scores) -> Mapping[str, object]:
    """What conditions know of a text and its exchange."""
    return {
        "direction": direction.value,
        "minor": context.minor,
        "model": context.model,
        "route": context.route,
        "scores": scores,
        "stream": context.stream,
        "tenant": context.tenant,
    }


def scores_of(findings: Iterable[Finding], known: Iterable[str]) -> Scores:
    """The highest score by `classifier/category`."""
    scores = dict.fromkeys(known, 0.0)
    for finding in findings:
        key = f"{finding.classifier}/{finding.category}"
        scores[key] = max(scores.get(key, 0.0), finding.score)
    return scores


def _refuse_strangers(program: cel.Program) -> None:
    strange = sorted(set(program.variables()) - set(VARIABLES))
    if strange:
        raise ConditionError(f"there is no variable `{strange[0]}`", f"one of {_list(VARIABLES)}")
    if set(program.functions()) - _FUNCTIONS:
        remedy = "compare, combine with && || !, use `in`, startsWith, endsWith, contains or size"
        raise ConditionError("a function or operator that conditions do not have", remedy)


def _try(condition: Condition, scores: Scores) -> None:
    """A mistake of type or name shows here, and not in the first exchange."""
    for direction, stream, minor in product(Direction, (False, True), (False, True)):
        context = Context("tenant", "/v1/route", "model", "key", stream, minor)
        try:
            condition.holds(variables(context, direction, scores))
        except ConditionFault as fault:
            what = f"gives no answer ({fault})"
            remedy = "it must be true or false; scores are by `classifier/category`, from 0.0 on"
            raise ConditionError(what, remedy) from None


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
