"""What the types of an official SDK name: fields, and the words that fields are limited to."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pydantic
import typing_extensions


def fields(kind: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a model or a typed dictionary, by the name that goes over the wire."""
    if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
        for name, field in kind.model_fields.items():
            yield field.serialization_alias or field.alias or name, field.annotation
    elif typing_extensions.is_typeddict(kind):
        for name, hint in typing.get_type_hints(kind, include_extras=True).items():
            yield _alias(hint) or name, hint


def _alias(hint: Any) -> str:
    """As `Annotated` tells it: the OpenAI and Anthropic SDKs rename `from` and its kind so."""
    for part in get_args(hint):
        if alias := getattr(part, "alias", None) or _alias(part):
            return str(alias)
    return ""


def reached(*roots: Any) -> list[Any]:
    """Every model and typed dictionary that the roots hold, themselves among them."""
    found: dict[int, Any] = {}
    todo = list(roots)
    seen: set[int] = set()
    while todo:
        kind = todo.pop()
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        own = [hint for _, hint in fields(kind)]
        if own:
            found[id(kind)] = kind
        todo += [*own, *_parts(kind)]
    return list(found.values())


def _parts(kind: Any) -> list[Any]:
    value = getattr(kind, "__value__", None)
    return [value] if value is not None else [p for p in get_args(kind) if not isinstance(p, str)]


def keys_of(*roots: Any) -> frozenset[str]:
    """Names of all fields."""
    return frozenset(name for kind in reached(*roots) for name, _ in fields(kind))


def words_of(*roots: Any) -> frozenset[tuple[str, str]]:
    """Field and word, for every word that a field is limited to."""
    pairs = ((name, hint) for kind in reached(*roots) for name, hint in fields(kind))
    return frozenset((name, word) for name, hint in pairs for word in _words(hint))


def _words(hint: Any) -> Iterator[str]:
    if get_origin(hint) is typing.Literal:
        yield from (word for word in get_args(hint) if isinstance(word, str))
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        yield from (str(member.value) for member in hint)
    elif isinstance(hint, types.GenericAlias) or get_args(hint) or hasattr(hint, "__value__"):
        for part in _parts(hint):
            yield from _words(part)
