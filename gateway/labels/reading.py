"""What a label that is already there says: read liberally, judged strictly.

Strict is the seven keys in their order with values of printable ASCII. Files in the wild wrap the
object, leave keys out, add some, or say `AIGC` where a number belongs; what they mean is read all
the same, and what is wrong with them is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson

from gateway.labels.aigc import KEY, KEYS, LABELS, AigcLabel

_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Reading:
    """A label as it was understood."""

    says: str
    """`Label`: "1", "2" or "3"; empty where it says none of them."""
    label: AigcLabel | None
    """The label itself; None unless it is as the standard wants it."""
    problem: str = ""
    """What keeps it from that."""


def read_label(value: str) -> Reading:
    """Understand what stands in a label's place."""
    try:
        given = orjson.loads(value[:_LONGEST])
    except orjson.JSONDecodeError:
        return Reading(value if value in LABELS else "", None, "it is no JSON")
    return read_fields(given)


def read_fields(given: object) -> Reading:
    """As `read_label`, for what was parsed already."""
    wrapped = isinstance(given, dict) and isinstance(given.get(KEY), dict)
    fields = given[KEY] if isinstance(given, dict) and wrapped else given
    if not isinstance(fields, dict):
        return Reading("", None, "it is no object")
    label = str(fields.get("Label", ""))
    says = label if label in LABELS else ""
    problem = _problem(fields)
    if problem or wrapped:
        return Reading(says, None, problem or "it is wrapped in an object of its own")
    try:
        return Reading(says, AigcLabel.of(fields))
    except ValueError as error:
        return Reading(says, None, str(error))


def passed_on(value: str, propagator: str, propagate_id: str) -> str | None:
    """The label with a propagator in it; None where it must stay as it is.

    A label that is not as the standard wants it is nobody's to mend, and one that names a
    propagator keeps its own.
    """
    label = read_label(value).label
    if label is None or label.content_propagator:
        return None
    passed = replace(label, content_propagator=propagator, propagate_id=propagate_id)
    return passed.header.decode()


def _problem(fields: dict[object, object]) -> str:
    if unknown := fields.keys() - set(KEYS):
        return f"it has {len(unknown)} keys that the standard does not know"
    if missing := [key for key in KEYS if key not in fields]:
        return f"it lacks {', '.join(missing)}"
    if tuple(fields) != KEYS:
        return "its keys are not in their order"
    if not all(isinstance(value, str) for value in fields.values()):
        return "a value is no string"
    return ""
