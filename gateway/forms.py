"""Multipart forms (RFC 7578): read in one way or not at all, and written anew.

What is sent on is always our own writing of what was read and screened, so no second parser can
see another part, name or charset than this one did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_HEADERS = 4
_HEADER_BYTES = 1_024
_BOUNDARY = re.compile(r"""multipart/form-data;\s*boundary=("?)([A-Za-z0-9'()+_,./:=?-]{1,70})\1""")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(?:\[[A-Za-z0-9_]{0,64}\]){0,3}")
_PARAMETER = re.compile(r';\s*([a-z*]+)="((?:[^"\\\r\n\x00]|\\\\)*)"')
_KIND = re.compile(r"[a-z]{1,16}/[a-z0-9][a-z0-9.+-]{0,63}")
_TEXT_KIND = re.compile(r'text/plain(?:;\s*charset="?utf-?8"?)?', re.IGNORECASE)
_SEVERAL = "[]"
"""How a name ends that may stand more than once."""


class BadForm(ValueError):
    """The bytes are no form, or could be read in two ways. Its text never quotes them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    name: str
    data: bytes
    filename: str | None = None
    """None for text."""
    content_type: str = ""
    """Of a file; empty where it came without."""

    @property
    def text(self) -> str:
        """What a field without a file says. Raises BadForm for what is no UTF-8."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            raise BadForm("the text of a form must be UTF-8") from None


def read_form(content_type: str, body: bytes, max_parts: int) -> tuple[Part, ...]:
    """The parts of a form, in order. Raises BadForm."""
    match = _BOUNDARY.fullmatch(content_type.strip())
    if match is None:
        raise BadForm("send multipart/form-data with a boundary and no other parameter")
    reading = _Reading(max_parts)
    parser = MultipartParser(
        match[2],
        reading.callbacks(),
        max_header_count=_MOST_HEADERS,
        max_header_size=_HEADER_BYTES,
    )
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise BadForm("the body is not a form as its boundary says") from None
    if not reading.ended:
        raise BadForm("the form ends before its last boundary")
    return _checked(reading.parts)


def write_form(parts: Sequence[Part], boundary: str) -> bytes:
    """The body of a form. Raises BadForm where a part holds the boundary."""
    edge = f"--{boundary}".encode("ascii")
    written: list[bytes] = []
    for part in parts:
        if edge in part.data:
            raise BadForm("a part holds the boundary of its form")
        head = f'content-disposition: form-data; name="{part.name}"'
        if part.filename is not None:
            head += f'; filename="{_escaped(part.filename)}"'
            head += f"\r\ncontent-type: {part.content_type or 'application/octet-stream'}"
        written += [edge, b"\r\n", head.encode(), b"\r\n\r\n", part.data, b"\r\n"]
    return b"".join([*written, edge, b"--\r\n"])


@dataclass
class _Reading:
    """Gathers the parts as the parser comes upon them."""

    max_parts: int
    parts: list[Part] = field(default_factory=list)
    ended: bool = False
    _headers: dict[str, str] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._add,
            "on_part_end": self._end,
            "on_header_field": self._named,
            "on_header_value": self._valued,
            "on_header_end": self._header,
            "on_end": self._over,
        }

    def _begin(self) -> None:
        if len(self.parts) >= self.max_parts:
            raise BadForm(f"a form may have at most {self.max_parts} parts")
        self._headers = {}
        self._data = bytearray()

    def _add(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _named(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _valued(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        name = self._name.decode("latin-1").lower()
        if name in self._headers:
            _twice()
        try:
            self._headers[name] = self._value.decode().strip()
        except UnicodeDecodeError:
            raise BadForm("the headers of a form must be UTF-8") from None
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.parts.append(_part(self._headers, bytes(self._data)))

    def _over(self) -> None:
        self.ended = True


def _part(headers: dict[str, str], data: bytes) -> Part:
    """A part from what stands above it. Headers that say nothing of its text are left behind."""
    if headers.get("content-transfer-encoding", "binary").lower() not in ("binary", "8bit"):
        raise BadForm("send parts as they are, in no transfer encoding")
    name, filename = _disposition(headers.get("content-disposition", ""))
    kind = headers.get("content-type", "")
    if filename is None:
        if kind and not _TEXT_KIND.fullmatch(kind):
            raise BadForm("a field that is no file is text in UTF-8")
        return Part(name, data)
    plain = kind.partition(";")[0].strip().lower()
    if plain and not _KIND.fullmatch(plain):
        raise BadForm("the content type of a file is a kind and a subtype")
    return Part(name, data, filename, plain)


def _disposition(value: str) -> tuple[str, str | None]:
    kind, semicolon, rest = value.partition(";")
    if kind.strip().lower() != "form-data":
        raise BadForm("every part is form-data and says its name")
    parameters: dict[str, str] = {}
    rest, at = semicolon + rest, 0
    while at < len(rest):
        match = _PARAMETER.match(rest, at)
        if match is None or match[1] not in ("name", "filename"):
            raise BadForm("a part says its name and at most one file name, in quotes")
        if match[1] in parameters:
            _twice()
        parameters[match[1]] = match[2].replace("\\\\", "\\")
        at = match.end()
    name = parameters.get("name", "")
    if not _NAME.fullmatch(name) or name == "_charset_":
        raise BadForm("the name of a field is letters, digits and underscores")
    return name, parameters.get("filename")


def _checked(parts: list[Part]) -> tuple[Part, ...]:
    seen: dict[str, bool] = {}
    for part in parts:
        is_file = part.filename is not None
        if part.name in seen and (
            not part.name.endswith(_SEVERAL) or seen[part.name] is not is_file
        ):
            _twice()
        seen[part.name] = is_file
    # `image` and `image[]` are one field to some readers.
    if any(f"{name}{_SEVERAL}" in seen for name in seen):
        _twice()
    return tuple(parts)


def _twice() -> NoReturn:
    raise BadForm("a name stands twice where it may stand once")


def _escaped(filename: str) -> str:
    """As browsers write it (HTML, form submission): so it cannot end the quotes or the line."""
    for character, code in (("\\", "\\\\"), ('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        filename = filename.replace(character, code)
    return filename
