"""WebP: the label stands in the chunk `XMP `, which asks for the extended form of the file."""

from __future__ import annotations

from gateway.labels.media import riff, xmp
from gateway.labels.media.medium import Found, Medium, Unlabellable

_FORM = b"WEBP"
_PACKET, _EXTENDED = b"XMP ", b"VP8X"
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10
_LOSSY_START = b"\x9d\x01\x2a"


def _fits(data: bytes) -> bool:
    return riff.is_riff(data, _FORM)


def _read(data: bytes) -> list[Found]:
    packets = (data[c.body : c.end] for c in riff.chunks(data) if c.kind == _PACKET)
    return [found for packet in packets for found in xmp.labels_in(packet)]


def _write(data: bytes, value: str) -> bytes:
    packet, parts = b"", list[bytes]()
    for chunk in riff.chunks(data):
        if chunk.kind == _PACKET:
            packet = packet or data[chunk.body : chunk.end]
        else:
            parts.append(riff.chunk(chunk.kind, data[chunk.body : chunk.end]))
    if not parts:
        raise Unlabellable("the WebP is empty")
    if not parts[0].startswith(_EXTENDED):
        parts.insert(0, riff.chunk(_EXTENDED, _features(parts[0])))
    head = bytearray(parts[0])
    head[8] |= _HAS_XMP
    parts[0] = bytes(head)
    return riff.file(_FORM, [*parts, riff.chunk(_PACKET, xmp.with_label(packet, value))])


def _features(picture: bytes) -> bytes:
    """What the extended form says of a simple file: its flags, and its size less one."""
    kind, body = picture[:4], picture[8:]
    if kind == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif kind == b"VP8 " and body[3:6] == _LOSSY_START:
        width = (int.from_bytes(body[6:8], "little") & 0x3FFF) - 1
        height = (int.from_bytes(body[8:10], "little") & 0x3FFF) - 1
        alpha = 0
    else:
        raise Unlabellable("the WebP begins with something else than a picture")
    size = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return bytes([_HAS_ALPHA * alpha, 0, 0, 0]) + size


WEBP = Medium("webp", (".webp",), _fits, _read, _write)
