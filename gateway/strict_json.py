"""JSON as every parser would read it, or not at all.

Two parsers that disagree are a way around any screen: one keeps the first of two equal keys, the
other the last. Whatever could be read in two ways is refused (Bishop Fox, "An exploration of JSON
interoperability vulnerabilities"), and what is sent on is always our own serialisation.
"""

from __future__ import annotations

import json
from typing import NoReturn, TypeAlias

import orjson

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


class NotStrictJSON(ValueError):
    """The bytes are not JSON, or could be read in two ways. Its text never quotes them."""


def parse(data: bytes, max_depth: int = 64) -> JSON:
    """Read UTF-8 JSON without duplicate keys, lone surrogates, NaN or too deep nesting."""
    try:
        value: JSON = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise NotStrictJSON("the body is not valid JSON in UTF-8") from None
    # A duplicate key would have been lost on the way, so bytes that come back the same had none.
    if orjson.dumps(value) != data:
        value = _parse_slowly(data)
    # Most bodies have fewer brackets in all than levels are allowed.
    if data.count(b"[") + data.count(b"{") > max_depth and _depth_exceeds(value, max_depth):
        raise NotStrictJSON(f"the body is nested deeper than {max_depth} levels")
    return value


def dump(value: JSON) -> bytes:
    """Compact UTF-8, one line."""
    try:
        return orjson.dumps(value)
    except TypeError:
        raise NotStrictJSON("the body holds a number that does not fit in 64 bits") from None


def _parse_slowly(data: bytes) -> JSON:
    try:
        value: JSON = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except NotStrictJSON:
        raise
    except (ValueError, RecursionError):
        raise NotStrictJSON("the body is not valid JSON in UTF-8") from None
    dump(value)
    return value


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJSON("the body repeats a key within one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrictJSON("the body holds NaN or Infinity")


def _depth_exceeds(value: JSON, limit: int) -> bool:
    level: list[JSON] = [value]
    for _ in range(limit):
        deeper: list[JSON] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(v for v in item.values() if isinstance(v, (dict, list)))
            elif isinstance(item, list):
                deeper.extend(v for v in item if isinstance(v, (dict, list)))
        if not deeper:
            return False
        level = deeper
    return True
