"""Markdown, and plain text: the front matter's key `AIGC` (TC260-PG-20258A).

No guide says where plain text carries a label, so it gets the block that Markdown has.
"""

from __future__ import annotations

import json
import re

import orjson

from gateway.labels.media.medium import Found, Medium, Unlabellable

_FENCE = re.compile(r"---[ \t]*\r?\n")
_KEY = re.compile(r"^AIGC[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]+([A-Za-z0-9]+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$")


def _fits(data: bytes) -> bool:
    """Text is known by its name only: anything could be text."""
    return False


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unlabellable("the text is not in UTF-8") from None


def _matter(text: str) -> tuple[int, int]:
    """Where the front matter stands, without its fences; twice 0 where there is none."""
    opening = _FENCE.match(text.removeprefix("\ufeff"))
    if opening is None:
        return 0, 0
    start = opening.end() + text.startswith("\ufeff")
    closing = re.compile(r"^---[ \t]*\r?$", re.MULTILINE).search(text, start)
    return (start, closing.start()) if closing else (0, 0)


def _block(matter: str) -> tuple[int, int, str] | None:
    """Where the label stands in the front matter, and what it says, as JSON."""
    key = _KEY.search(matter)
    if key is None:
        return None
    fields, end = dict[str, str](), key.end() + 1
    for line in matter[end:].splitlines(keepends=True):
        field = _FIELD.match(line.rstrip("\n"))
        if field is None:
            break
        fields[field[1]] = _scalar(field[2])
        end += len(line)
    value = orjson.dumps(fields).decode() if fields else _scalar(key[1])
    return key.start(), min(end, len(matter)), value


def _scalar(written: str) -> str:
    """A scalar of YAML, as far as labels have such."""
    if written.startswith('"') and written.endswith('"') and len(written) > 1:
        try:
            return str(json.loads(written))
        except ValueError:
            return written[1:-1]
    if written.startswith("'") and written.endswith("'") and len(written) > 1:
        return written[1:-1].replace("''", "'")
    return written


def _read(data: bytes) -> list[Found]:
    text = _text(data)
    start, end = _matter(text)
    there = _block(text[start:end])
    return [Found("front matter", there[2])] if there else []


def _write(data: bytes, value: str) -> bytes:
    text = _text(data)
    fields = json.loads(value)
    written = "AIGC:\n" + "".join(f"  {key}: {json.dumps(said)}\n" for key, said in fields.items())
    start, end = _matter(text)
    if not start:
        mark, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
        return f"{mark}---\n{written}---\n\n{text}".encode()
    there = _block(text[start:end])
    at, behind = (start + there[0], start + there[1]) if there else (start, start)
    return (text[:at] + written + text[behind:]).encode()


MARKDOWN = Medium("markdown", (".md", ".markdown", ".txt"), _fits, _read, _write)
