"""Labels at places that no guide names, as files in the wild have them. Read, never written."""

from __future__ import annotations

import json
from json import JSONDecodeError

from gateway.labels.media.medium import Found

_MARKER = "AIGC"
_MOST = 16
"""Mentions that are looked at: a file may be made of nothing else."""
_LONGEST = 8_192


def wrapped(place: str, data: bytes) -> list[Found]:
    """`{"AIGC":{...}}` or a bare `AIGC{...}` within bytes, in whatever encoding of ASCII."""
    text = data.replace(b"\0", b"").decode("latin-1")
    found: list[Found] = []
    at = -1
    for _ in range(_MOST):
        at = text.find(_MARKER, at + 1)
        if at < 0:
            break
        start = text.find("{", at + len(_MARKER), at + len(_MARKER) + 8)
        if start >= 0 and (value := _object(text[start : start + _LONGEST])):
            found.append(Found(place, value))
    return found


def _object(text: str) -> str:
    """The JSON object that a text begins with; empty where it begins with none."""
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (JSONDecodeError, RecursionError):
        return ""
    return text[:end] if isinstance(value, dict) and "Label" in value else ""
