"""Forms as bodies: fields as strings, files as objects that number their bytes, so that what is
screened, masked and taken out of a form is what is screened, masked and taken out of any body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.dialects.reading import invalid
from gateway.forms import BadForm, Part
from gateway.strict_json import JSON, dump

_SEVERAL = "[]"
LINES = "lines"
"""Where the entries of a file stand that was read line by line."""


def body_of(parts: Sequence[Part]) -> tuple[dict[str, JSON], tuple[bytes, ...]]:
    """A form as an object, and the bytes of its files by number. Raises Refusal."""
    body: dict[str, JSON] = {}
    files: list[bytes] = []
    for part in parts:
        value: JSON
        if part.filename is None:
            try:
                value = part.text
            except BadForm as error:
                raise invalid(part.name, f"{error}", code="invalid_form") from None
        else:
            kind: dict[str, JSON] = {"content_type": part.content_type} if part.content_type else {}
            value = {"filename": part.filename, **kind, "file": len(files)}
            files.append(part.data)
        if part.name.endswith(_SEVERAL):
            several = body.setdefault(part.name, [])
            if isinstance(several, list):
                several.append(value)
        else:
            body[part.name] = value
    return body, tuple(files)


def parts_of(body: JSON, files: Sequence[bytes]) -> list[Part]:
    """The form that a body stands for."""
    fields = body.items() if isinstance(body, dict) else ()
    return [
        _part(name, value, files)
        for name, given in fields
        for value in (given if isinstance(given, list) else [given])
    ]


def _part(name: str, value: JSON, files: Sequence[bytes]) -> Part:
    if not isinstance(value, dict):
        return Part(name, str(value).encode())
    number, lines = value.get("file"), value.get(LINES)
    if isinstance(lines, list):
        data = b"".join(dump(line) + b"\n" for line in lines)
    else:
        data = files[number] if isinstance(number, int) else b""
    return Part(name, data, str(value.get("filename", "")), str(value.get("content_type", "")))


def files_at(body: dict[str, JSON], name: str) -> Iterator[dict[str, JSON]]:
    """The files of one field, alone or as a list; anything else there is a Refusal."""
    for key in (name, name + _SEVERAL):
        given = body.get(key, [])
        for value in given if isinstance(given, list) else [given]:
            if not isinstance(value, dict):
                raise invalid(name, f"`{name}` must be a file")
            yield value
