"""Fits a document into a shape, or says place by place where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from policies.errors import PackError, Problem, did_you_mean
from policies.schema_parts import Shape
from policies.source import Document, Location

ShapeT = TypeVar("ShapeT", bound=Shape)
_Model: TypeAlias = "type[BaseModel] | None"


def fit(document: Document, shape: type[ShapeT]) -> ShapeT:
    """Fit a document into a shape. Raises PackError with every place where it does not fit."""
    try:
        return shape.model_validate(document.value)
    except ValidationError as error:
        problems = [_problem(document, shape, detail) for detail in error.errors()]
        raise PackError(*problems) from None


def _problem(document: Document, shape: type[Shape], detail: ErrorDetails) -> Problem:
    tagged: Location = detail["loc"]
    location = _untagged(document, tagged)
    name = str(location[-1]) if location else document.where
    match detail["type"]:
        case "extra_forbidden":
            known = _keys(_model_at(shape, tagged[:-1]))
            return document.key_problem(
                location, f"`{name}` is no key here", did_you_mean(name, known)
            )
        case "missing":
            remedy = f"add `{name}: ...`"
            return document.problem(location[:-1], f"`{name}` is missing", remedy)
        case _:
            what, remedy = _explain(detail)
            return document.problem(location, f"{_place(location)}{what}", remedy)


def _explain(detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead. Quotes nothing but short words."""
    limits: dict[str, Any] = detail.get("ctx", {})
    given = detail["input"]
    match detail["type"]:
        case "literal_error":
            return _not_one_of(str(given), re.findall(r"'([^']+)'", str(limits["expected"])))
        case "union_tag_invalid" | "union_tag_not_found" | "threshold":
            return _explain_choice(detail["type"], limits)
        case "string_type":
            return f"text is expected, and YAML reads {_kind(given)}", "put it in quotes"
        case "string_pattern_mismatch":
            return "the spelling is not allowed", f"it must match {limits['pattern']}"
        case "string_too_short" | "too_short":
            return _too_short(limits["min_length"])
        case "string_too_long" | "too_long":
            return "too long", f"at most {limits['max_length']}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"keys and values are expected, and this is {_kind(given)}", "write `key: value`"
        case "list_type":
            return f"a list is expected, and this is {_kind(given)}", "start each entry with `- `"
        case "less_than_equal" | "greater_than_equal":
            return _out_of_bounds(limits)
        case _:
            return detail["msg"].lower().removeprefix("input should be "), "write such a value"


def _explain_choice(kind: str, limits: dict[str, Any]) -> tuple[str, str]:
    """What is wrong where a value may be of several kinds."""
    if kind == "union_tag_invalid":
        return _not_one_of(str(limits["tag"]), re.findall(r"'([^']+)'", limits["expected_tags"]))
    if kind == "union_tag_not_found":
        named = str(limits["discriminator"]).strip("'")
        return f"`{named}` is missing", "say of which kind it is"
    return "a number from 0 to 1, or a target, is expected", "write 0.5, or `fpr:0.01`"


def _too_short(least: int) -> tuple[str, str]:
    if least == 1:
        return "empty", "give at least one entry or character"
    return "too few", f"at least {least}"


def _out_of_bounds(limits: dict[str, Any]) -> tuple[str, str]:
    if "le" in limits:
        return "too large", f"at most {limits['le']}"
    return "too small", f"at least {limits['ge']}"


def _not_one_of(given: str, expected: list[str]) -> tuple[str, str]:
    shown = f"`{given}`" if re.fullmatch(r"[\w-]{1,24}", given) else "this"
    near = did_you_mean(given, expected) if get_close_matches(given, expected) else ""
    return f"{shown} is not one of {', '.join(expected)}", near or "write one of these"


def _kind(value: object) -> str:
    kinds = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "a boolean",
        type(None): "nothing",
    }
    return kinds.get(type(value), "a number")


def _place(location: Location) -> str:
    words = [step for step in location if isinstance(step, str)]
    return f"`{words[-1]}`: " if words else ""


def _untagged(document: Document, tagged: Location) -> Location:
    """A place without the tags that pydantic puts where shapes are told apart by one."""
    node, location = document.value, list[str | int]()
    for number, step in enumerate(tagged):
        last = number == len(tagged) - 1
        if isinstance(node, dict) and isinstance(step, str) and (step in node or last):
            location.append(step)
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            location.append(step)
            node = node[step]
    return tuple(location)


def _model_at(shape: type[BaseModel], location: Location) -> _Model:
    """The model that the mapping at `location` was read as."""
    models: list[type[BaseModel]] = [shape]
    for step in location:
        if not isinstance(step, str):
            continue
        if tagged := [model for model in models if step in _tags(model)]:
            models = tagged
            continue
        found = [_fields(model)[step] for model in models if step in _fields(model)]
        models = [model for field in found for model in _models(field.annotation)]
    return models[0] if models else None


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _tags(model: type[BaseModel]) -> tuple[object, ...]:
    """What a shape's `kind` may be, where it has one."""
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind else ()


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _keys(model: _Model) -> list[str]:
    return [f.alias or n for n, f in model.model_fields.items()] if model else []
