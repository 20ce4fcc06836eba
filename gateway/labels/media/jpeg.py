"""JPEG: the label stands in an APP1 segment that holds the XMP packet.

The form of Annex B of the standard, JSON in EXIF's `UserComment`, is read too.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.labels.media import xmp
from gateway.labels.media.loose import wrapped
from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable

_START = b"\xff\xd8\xff"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXIF = b"Exif\0"
_APP1 = b"\xe1"
_APPS = frozenset(bytes([marker]) for marker in range(0xE0, 0xF0))
_SCAN = b"\xda"
_LONGEST = 0xFFFF - 2


def _fits(data: bytes) -> bool:
    return data.startswith(_START)


def _segments(data: bytes) -> Iterator[Piece]:
    """Those before the picture itself."""
    at = 2
    while data[at : at + 1] == b"\xff":
        kind = data[at + 1 : at + 2]
        if kind == b"\xff":  # a fill byte
            at += 1
            continue
        if kind == _SCAN:
            return
        length = int.from_bytes(data[at + 2 : at + 4])
        after = at + 2 + length
        if length < 2 or after > len(data):
            break
        yield Piece(kind, at, at + 4, after, after)
        at = after
    raise Unlabellable("the JPEG is cut short")


def _read(data: bytes) -> list[Found]:
    packets, others = list[Found](), list[Found]()
    for segment in _segments(data):
        body = data[segment.body : segment.end]
        if segment.kind == _APP1 and body.startswith(_XMP):
            packets += xmp.labels_in(body[len(_XMP) :])
        elif segment.kind == _APP1 and body.startswith(_EXIF):
            others += wrapped("EXIF", body)
        elif segment.kind in _APPS:
            others += wrapped("APP", body)
    return packets + others


def _write(data: bytes, value: str) -> bytes:
    start = end = 2
    packet = b""
    for segment in _segments(data):
        body = data[segment.body : segment.end]
        if segment.kind == _APP1 and body.startswith(_XMP):
            start, end, packet = segment.start, segment.after, body[len(_XMP) :]
            break
        # JFIF and EXIF each ask to come first.
        if segment.kind == b"\xe0" or (segment.kind == _APP1 and body.startswith(_EXIF)):
            start = end = segment.after
    written = _XMP + xmp.with_label(packet, value)
    if len(written) > _LONGEST:
        raise Unlabellable("its XMP packet has no room for a label")
    head = b"\xff" + _APP1 + (len(written) + 2).to_bytes(2)
    return data[:start] + head + written + data[end:]


JPEG = Medium("jpeg", (".jpg", ".jpeg"), _fits, _read, _write)
