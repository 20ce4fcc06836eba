"""Every string of a JSON body, and where it stands.

Coverage is by construction: a body is walked whole, whatever its schema, so a field nobody has
heard of is screened like any other. Only words of the protocol itself are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.strict_json import JSON

Path = tuple[str | int, ...]


class StringLeaf(NamedTuple):
    """A string of a body: a value, or the key under which `path` ends.

    A named tuple because there is one per string of every event: a frozen dataclass takes four
    times as long to make.
    """

    path: Path
    text: str
    is_key: bool = False


def string_leaves(value: JSON, known_keys: frozenset[str]) -> list[StringLeaf]:
    """All non-empty strings in document order, and the keys that the protocol does not own."""
    found: list[StringLeaf] = []
    _walk(value, (), known_keys, found)
    return found


def _walk(value: JSON, path: Path, known: frozenset[str], found: list[StringLeaf]) -> None:
    if isinstance(value, str):
        if value:
            found.append(StringLeaf(path, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in known and key:
                found.append(StringLeaf((*path, key), key, is_key=True))
            if item.__class__ in _CONTAINERS_OF_TEXT:
                _walk(item, (*path, key), known, found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item.__class__ in _CONTAINERS_OF_TEXT:
                _walk(item, (*path, index), known, found)


_CONTAINERS_OF_TEXT = (str, dict, list)


def at(value: JSON, path: Path) -> JSON:
    """The value that `path` leads to. Raises LookupError where it leads nowhere."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
        else:
            raise LookupError("the path does not fit the body")
    return value


def objects(value: JSON) -> Iterator[dict[str, JSON]]:
    """The objects of a list, passing over anything else."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item
