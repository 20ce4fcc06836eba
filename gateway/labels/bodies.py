"""Files within JSON bodies: pictures and sounds in base64, labelled before they leave.

A string is a file where the vendors' APIs put one (`b64_json`, `inlineData`, `audio`, the result of
an `image_generation_call`), where it is a `data:` address, or where it is base64 that begins as a
file of a known family does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from gateway.labels.aigc import AigcLabel
from gateway.labels.media.families import family_of
from gateway.labels.media.marking import Propagator, labels_in, marked
from gateway.labels.media.medium import Unlabellable
from gateway.labels.visible import PICTURES, SOUNDS, made_visible
from gateway.leaves import Path
from gateway.strict_json import JSON

SHORTEST = 64
"""Characters: in fewer there is no file."""
_PEEK = 128
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_ADDRESS = re.compile(
    r"data:[a-z0-9]+/[a-z0-9.+-]+(?:;[a-z0-9-]+=[^;,\s]*)*;base64,([A-Za-z0-9+/=_-]+)"
)
_NAMED = frozenset({"b64_json", "partial_image_b64"})
_DATA_OF = frozenset({"inlineData", "inline_data", "audio"})
_OF_PIECES = (("delta",), ("data",))
"""Where a string may be a piece of a file, and then be of any length."""
_PIECES = frozenset({"response.audio.delta", "response.output_audio.delta"})


class Shown(StrEnum):
    """Whether the label of a file was written here."""

    WRITTEN = "written"
    KEPT = "kept"
    """It came with one of somebody else's."""
    NONE = "none"
    """None could be written, and the operator lets such files pass."""


class File(NamedTuple):
    """A file that left."""

    medium: str
    """Its family, or `unknown`."""
    label: Shown
    size: int
    """Bytes."""
    sha256: bytes
    """Of the file as it left."""


class Place(NamedTuple):
    """Where a file stands: a stretch of a string of a body."""

    path: Path
    start: int
    end: int
    piece: bool = False
    """Whether it is a piece of a file that comes in several events."""


@dataclass(frozen=True, slots=True)
class FileRules:
    """What the operator has set about files in answers."""

    pictures: bool = False
    """Draw the visible label."""
    sounds: bool = False
    """Put the audible label before them."""
    unlabelled_pass: bool = False
    """Let files go that no label can be written into."""
    propagator: str = ""
    """The code that is filled in on labels of others; empty where the operator is none."""


def places(body: JSON) -> list[Place]:
    """Where files stand in a body. Costs little where there is none."""
    found: list[Place] = []
    _walk(body, (), {}, found)
    return found


class FileLabels:
    """Labels the files of one answer: of its body, or of each event of its stream."""

    def __init__(self, label: AigcLabel, rules: FileRules) -> None:
        self._label = label
        self._rules = rules
        self._visible = True
        self._begun: set[Path] = set()
        """Where files are under way that come in pieces: only the first piece has a head."""
        self.files: list[File] = []

    def waive_visible(self) -> None:
        """A waiver lets the files leave without a label that is seen or heard."""
        self._visible = False

    def on(self, body: JSON, where: list[Place]) -> JSON:
        """The body with its files labelled. Raises Unlabellable. May take a while."""
        for place in reversed(where):  # from behind, so that places before stay where they are
            body = _exchanged(body, place.path, partial(self._text, place))
        return body

    def on_file(self, data: bytes) -> bytes:
        """An answer that is one file, labelled. Raises Unlabellable. May take a while."""
        return self._labelled(data)

    def _text(self, place: Place, text: str) -> str:
        written = text[place.start : place.end]
        if place.piece:
            if place.path in self._begun:
                return text
            self._begun.add(place.path)
        urlsafe = "-" in written or "_" in written
        try:
            data = base64.b64decode(_padded(written.translate(_TO_STANDARD)), validate=True)
        except binascii.Error:
            return self._unlabelled("unknown", text.encode()).decode()
        done = self._labelled(data)
        encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
        new = encode(done).decode()
        return text[: place.start] + new + text[place.end :]

    def _labelled(self, data: bytes) -> bytes:
        medium = family_of(data)
        name = medium.name if medium else "unknown"
        try:
            done = marked(self._perceptible(data, name), self._label, propagator=self._propagator)
        except Unlabellable:
            return self._unlabelled(name, data)
        return self._left(name, Shown.KEPT if done.kept else Shown.WRITTEN, done.data)

    def _unlabelled(self, medium: str, data: bytes) -> bytes:
        if not self._rules.unlabelled_pass:
            raise Unlabellable("no label can be written into a file of the answer")
        return self._left(medium, Shown.NONE, data)

    def _left(self, medium: str, label: Shown, data: bytes) -> bytes:
        """Note what leaves; a stream may say the same file more than once."""
        file = File(medium, label, len(data), hashlib.sha256(data).digest())
        if file not in self.files:
            self.files.append(file)
        return data

    def _perceptible(self, data: bytes, medium: str) -> bytes:
        """With the visible label, where that is wanted and nobody else has labelled it."""
        rules = self._rules
        wanted = (rules.pictures and medium in PICTURES) or (rules.sounds and medium in SOUNDS)
        if not (wanted and self._visible) or labels_in(data):
            return data
        return made_visible(data, "", "")

    @property
    def _propagator(self) -> Propagator | None:
        code = self._rules.propagator
        return Propagator(code, self._label.produce_id) if code else None


def _walk(value: JSON, path: Path, around: dict[str, JSON], found: list[Place]) -> None:
    if isinstance(value, str):
        if len(value) >= SHORTEST or path[-1:] in _OF_PIECES:
            found += _in_text(value, path, around)
    elif isinstance(value, dict):
        for key, item in value.items():
            if item.__class__ in _CONTAINERS:
                _walk(item, (*path, key), value, found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item.__class__ in _CONTAINERS:
                _walk(item, (*path, index), around, found)


def _in_text(text: str, path: Path, around: dict[str, JSON]) -> Iterator[Place]:
    if piece := _is_piece(path, around):
        yield Place(path, 0, len(text), piece)
    elif _is_named(path, around) or _is_file(text):
        yield Place(path, 0, len(text))
    elif ";base64," in text:
        for match in _ADDRESS.finditer(text):
            yield Place(path, *match.span(1))


def _is_named(path: Path, around: dict[str, JSON]) -> bool:
    last, parent = path[-1] if path else "", path[-2] if len(path) > 1 else ""
    if last in _NAMED:
        return True
    if last == "data":
        return parent in _DATA_OF
    return last == "result" and around.get("type") == "image_generation_call"


def _is_piece(path: Path, around: dict[str, JSON]) -> bool:
    """Sound as it is streamed: in the deltas of a chat, or in events of their own."""
    if path[-1:] == ("delta",):
        return around.get("type") in _PIECES
    return path[-3:] == ("delta", "audio", "data")


def _is_file(text: str) -> bool:
    """Whether a string is base64 of a file of a known family; a look at its head comes first."""
    if not _BASE64.fullmatch(text, 0, _PEEK):
        return False
    try:
        head = base64.b64decode(text[: _PEEK // 2].translate(_TO_STANDARD))
        known = family_of(head) is not None or head.startswith(b"PK\x03\x04")
        return known and bool(_BASE64.fullmatch(text))
    except binascii.Error:
        return False


def _exchanged(body: JSON, path: Path, exchange: Callable[[str], str]) -> JSON:
    """A copy of a body with one string exchanged."""
    if not path:
        return exchange(body) if isinstance(body, str) else body
    step, rest = path[0], path[1:]
    if isinstance(body, dict) and isinstance(step, str):
        return {**body, step: _exchanged(body[step], rest, exchange)}
    if isinstance(body, list) and isinstance(step, int):
        return [*body[:step], _exchanged(body[step], rest, exchange), *body[step + 1 :]]
    return body


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


_CONTAINERS = (str, dict, list)
_TO_STANDARD = str.maketrans("-_", "+/", " \r\n\t")
"""Some decoders take line ends, so ours must too, or a file could pass unseen."""
