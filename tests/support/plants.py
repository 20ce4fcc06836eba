"""Values of an SDK's types with something planted in one place, one value for each place."""

from __future__ import annotations

import datetime
import enum
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

import pydantic
import typing_extensions
from sdk_types import fields

Planted = tuple[str, Any]
"""Where the plant stands, and a value that holds it there."""

_STRINGS = (str, bytes, object, Any, datetime.datetime)
"""Types whose values go over the wire as strings, or may."""
_WRAPPERS = (typing.Required, typing.NotRequired, typing.Annotated, typing_extensions.Required)


def planted(kind: Any, plant: str, above: tuple[Any, ...] = ()) -> Iterator[Planted]:
    """Every value of a type that is the plant somewhere; a type is entered once on each path."""
    origin, arguments = get_origin(kind), get_args(kind)
    if hasattr(kind, "__value__"):
        yield from planted(kind.__value__, plant, above)
    elif any(kind is one for one in _STRINGS) or _is_choice(kind):
        yield "", plant
    elif origin in (typing.Union, types.UnionType):
        for one in arguments:
            yield from planted(one, plant, above)
    elif origin in _WRAPPERS:
        yield from planted(arguments[0], plant, above)
    elif kind is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        yield "{}", {plant: "x"}
        inner = planted(arguments[1] if arguments else str, plant, above)
        yield from ((f".*{at}", {"x": value}) for at, value in inner)
    elif list(fields(kind)):
        if kind not in above:
            yield from fields_planted(kind, plant, (*above, kind))
    elif arguments and isinstance(origin, type) and issubclass(origin, (Sequence, Iterable)):
        yield from ((f"[]{at}", [value]) for at, value in planted(arguments[0], plant, above))


def fields_planted(kind: Any, plant: str, above: tuple[Any, ...] = ()) -> Iterator[Planted]:
    """Every object of a model or typed dictionary with the plant in one of its fields."""
    hints = dict(fields(kind))
    grammar = {name: value for name, hint in hints.items() if (value := _usual(hint)) is not None}
    for name, hint in hints.items():
        for at, value in planted(hint, plant, above or (kind,)):
            yield f".{name}{at}", {**grammar, name: value}


def kind_of(event: Any) -> str:
    """The word that an event's type says its `type` is."""
    return str(_usual(dict(fields(event))["type"]))


def members(union: Any) -> tuple[Any, ...]:
    """The models of a union, however it is wrapped."""
    if isinstance(union, type) and issubclass(union, pydantic.BaseModel):
        return (union,)
    return tuple(one for part in get_args(union) for one in members(part))


def _is_choice(kind: Any) -> bool:
    """Whether it is one of several words: what should stand there is known, what does is not."""
    several = get_origin(kind) is typing.Literal and len(get_args(kind)) > 1
    return several or (isinstance(kind, type) and issubclass(kind, enum.Enum))


def _usual(hint: Any) -> Any:
    """The value of a field without which an object is not of its kind: a word, or a number."""
    if get_origin(hint) in _WRAPPERS:
        return _usual(get_args(hint)[0])
    words = get_args(hint) if get_origin(hint) is typing.Literal else ()
    if len(words) == 1:
        return words[0]
    return 0 if hint is int else None
