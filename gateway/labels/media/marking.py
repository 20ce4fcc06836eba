"""Writing the label into a file: what is there stays, what is written is read back.

There is no way here to take a label off, and none to add a second one.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.labels.aigc import AigcLabel
from gateway.labels.media.families import family_of
from gateway.labels.media.medium import Found, Medium, Unlabellable
from gateway.labels.reading import passed_on


@dataclass(frozen=True, slots=True)
class Propagator:
    """A service that passes content on, as it stands on labels that others have made."""

    code: str
    """27 characters, position 23 is 2."""
    propagate_id: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A file with its label."""

    data: bytes
    medium: str
    kept: bool
    """Whether it came with a label of somebody else's, which it still has."""


def labels_in(data: bytes, name: str = "") -> list[Found]:
    """Every label of a file; `name` tells text apart. Raises Unlabellable."""
    return _family(data, name).read(data)


def marked(
    data: bytes, label: AigcLabel, name: str = "", propagator: Propagator | None = None
) -> Marked:
    """The file with one label. Raises Unlabellable, and then nothing has been written.

    A file that has a label keeps it; with a `propagator`, its fields are filled in.
    """
    medium = _family(data, name)
    there = medium.read(data)
    if there:
        return Marked(_passed_on(medium, data, there, propagator), medium.name, kept=True)
    value = label.header.decode()
    written = medium.write(data, value)
    if [found.value for found in medium.read(written)] != [value]:
        raise Unlabellable("the label that was written could not be read back")
    return Marked(written, medium.name, kept=False)


def _passed_on(
    medium: Medium, data: bytes, there: list[Found], propagator: Propagator | None
) -> bytes:
    if propagator is None or len(there) != 1:
        return data
    value = passed_on(there[0].value, propagator.code, propagator.propagate_id)
    if value is None:
        return data
    written = medium.write(data, value)
    # A label at a place of its own is left alone: ours beside it would be a second one.
    return written if [found.value for found in medium.read(written)] == [value] else data


def _family(data: bytes, name: str) -> Medium:
    medium = family_of(data, name)
    if medium is None:
        raise Unlabellable("it is of a kind that no label can be written into")
    return medium
