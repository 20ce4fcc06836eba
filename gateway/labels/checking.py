"""Whether the label of a file is as the standard wants it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.labels.media.marking import labels_in
from gateway.labels.media.medium import Found, Unlabellable
from gateway.labels.producer import producer_problem, propagator_problem
from gateway.labels.reading import read_label


class Standing(StrEnum):
    """The verdicts of GB 45438-2025's own checking tools."""

    COMPLIANT = "compliant"
    NONCOMPLIANT = "noncompliant"
    NOT_FOUND = "not_found"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file."""

    standing: Standing
    labels: tuple[Found, ...] = ()
    problems: tuple[str, ...] = ()


def checked(data: bytes, name: str = "") -> Checked:
    """Judge the labels of a file; `name` tells text apart."""
    try:
        found = tuple(labels_in(data, name))
    except Unlabellable as error:
        return Checked(Standing.INCONCLUSIVE, problems=(str(error),))
    if not found:
        return Checked(Standing.NOT_FOUND)
    problems = [problem for label in found for problem in _problems(label)]
    if len(found) > 1:
        problems.append(f"it has {len(found)} labels, and may have one")
    standing = Standing.NONCOMPLIANT if problems else Standing.COMPLIANT
    return Checked(standing, found, tuple(problems))


def _problems(found: Found) -> list[str]:
    reading = read_label(found.value)
    if reading.label is None:
        return [f"{found.place}: {reading.problem}"]
    label = reading.label
    codes = (
        ("ContentProducer", label.content_producer, producer_problem),
        ("ContentPropagator", label.content_propagator, propagator_problem),
    )
    # A name in ASCII may stand in place of a code; what looks like a code has to be one.
    return [
        f"{found.place}: {field}: {problem}"
        for field, code, problem_of in codes
        if code.startswith("00") and (problem := problem_of(code))
    ]
