"""Bodies with something planted in one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every string of a value, empty ones too."""
    if isinstance(value, str):
        yield path
    else:
        for key, item in _items(value):
            yield from places(item, (*path, key))


def objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every object of a value, itself among them."""
    if isinstance(value, dict):
        yield path
    for key, item in _items(value):
        yield from objects(item, (*path, key))


def planted(value: Any, path: tuple[Any, ...], plant: Callable[[Any], Any]) -> Any:
    """The value with what stands at `path` changed."""
    if not path:
        return plant(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = planted(value[path[0]], path[1:], plant)
    return copy


def _items(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []
