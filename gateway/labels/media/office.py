"""DOCX, XLSX and PPTX: the property `AIGC` of `docProps/custom.xml` (TC260-PG-20258A)."""

from __future__ import annotations

import html
import re
import zipfile
from io import BytesIO

from gateway.labels.media.medium import Found, Medium, Unlabellable

_PART = "docProps/custom.xml"
_TYPES = "[Content_Types].xml"
_RELATIONS = "_rels/.rels"
_MOST_BYTES = 256 << 20
"""Of all parts unpacked: beyond it lies a bomb."""
_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
"""The set that all custom properties are in (ECMA-376 part 1, 22.3)."""
_KIND = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    "</Properties>"
)
_PROPERTY = re.compile(r'<property\b[^>]*\bname="AIGC"[^>]*>\s*<(?:\w+:)?lpwstr>([^<]*)</')
_NUMBER = re.compile(r'\bpid="(\d{1,9})"')


def _fits(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04") and _TYPES.encode() in data


def _parts(data: bytes) -> dict[str, bytes]:
    """Every part by name, in order."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > _MOST_BYTES:
                raise Unlabellable("the document unpacks to more than is taken")
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unlabellable("the document cannot be unpacked") from error


def _read(data: bytes) -> list[Found]:
    properties = _parts(data).get(_PART, b"").decode(errors="replace")
    values = map(html.unescape, _PROPERTY.findall(properties))
    return [Found("custom.xml", value) for value in values]


def _write(data: bytes, value: str) -> bytes:
    parts = _parts(data)
    missing = _PART not in parts
    properties = parts.get(_PART, _EMPTY.encode()).decode(errors="replace")
    parts[_PART] = _labelled(properties, value).encode()
    if missing:
        override = f'<Override PartName="/{_PART}" ContentType="{_KIND}"/>'
        parts[_TYPES] = _before(parts.get(_TYPES, b""), "</Types>", override)
        relation = f'<Relationship Id="rIdAIGC" Type="{_RELATION}" Target="{_PART}"/>'
        parts[_RELATIONS] = _before(parts.get(_RELATIONS, b""), "</Relationships>", relation)
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _labelled(properties: str, value: str) -> str:
    written = html.escape(value, quote=True)
    if there := _PROPERTY.search(properties):
        return properties[: there.start(1)] + written + properties[there.end(1) :]
    number = max(map(int, _NUMBER.findall(properties)), default=1) + 1
    added = (
        f'<property fmtid="{_SET}" pid="{number}" name="AIGC">'
        f"<vt:lpwstr>{written}</vt:lpwstr></property>"
    )
    return _before(properties.encode(), "</Properties>", added).decode()


def _before(part: bytes, end: str, added: str) -> bytes:
    head, found, tail = part.rpartition(end.encode())
    if not found:
        raise Unlabellable("a part of the document is not as it should be")
    return head + added.encode() + found + tail


OFFICE = Medium("office", (".docx", ".xlsx", ".pptx"), _fits, _read, _write)
