"""Fits a document into a shape, or says place by place where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from policies.errors import PackError, Problem, did_you_mean
from policies.schema import Shape
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
    location: Location = detail["loc"]
    name = str(location[-1]) if location else document.where
    match detail["type"]:
        case "extra_forbidden":
            known = _keys(_model_at(shape, location[:-1]))
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
        case "string_type":
            return f"text is expected, and YAML reads {_kind(given)}", "put it in quotes"
        case "string_pattern_mismatch":
            return "the spelling is not allowed", f"it must match {limits['pattern']}"
        case "string_too_short" | "too_short":
            return "empty", "give at least one entry or character"
        case "string_too_long" | "too_long":
            return "too long", f"at most {limits['max_length']}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"keys and values are expected, and this is {_kind(given)}", "write `key: value`"
        case "list_type":
            return f"a list is expected, and this is {_kind(given)}", "start each entry with `- `"
        case "less_than_equal":
            return "too large", f"at most {limits['le']}"
        case "greater_than_equal":
            return "too small", f"at least {limits['ge']}"
        case _:
            return detail["msg"].lower().removeprefix("input should be "), "write such a value"


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


def _model_at(shape: type[BaseModel], location: Location) -> _Model:
    """The model that the mapping at `location` was read as."""
    model: _Model = shape
    for step in location:
        if isinstance(step, str) and model is not None:
            fields = {f.alias or n: f for n, f in model.model_fields.items()}
            model = next(_models(fields[step].annotation), None) if step in fields else None
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _keys(model: _Model) -> list[str]:
    return [f.alias or n for n, f in model.model_fields.items()] if model else []
