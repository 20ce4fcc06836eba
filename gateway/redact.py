"""Masking spans of text where they stand in a body. Pure; the original is left as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.leaves import Path
from gateway.strict_json import JSON

MASK = "*"
"""One per character, so that offsets keep their meaning and JSON inside strings stays JSON."""

Span = tuple[int, int]


def mask(text: str, spans: Iterable[Span], offset: int = 0) -> str:
    """`text` with each `[start, end)` masked. Spans may overlap, touch, or reach beyond the text.

    `offset` is where `text` begins in the text that the spans speak of.
    """
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        start, end = max(start - offset, done), min(end - offset, len(text))
        if start < end:
            pieces += (text[done:start], MASK * (end - start))
            done = end
    pieces.append(text[done:])
    return "".join(pieces)


def replaced(body: JSON, texts: Sequence[tuple[Path, str]]) -> JSON:
    """A copy of `body` with each path's string replaced. Shares what it does not change."""
    for path, text in texts:
        body = _replaced(body, path, text)
    return body


def _replaced(value: JSON, path: Path, text: str) -> JSON:
    if not path:
        return text
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str):
        return {**value, step: _replaced(value[step], rest, text)}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _replaced(value[step], rest, text), *value[step + 1 :]]
    raise LookupError("the path does not fit the body: this is a bug")
