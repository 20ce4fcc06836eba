"""GIF: the label stands in the application extension `XMP Data`, before the first picture."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.labels.media import xmp
from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable

_BEGIN = (b"GIF87a", b"GIF89a")
_XMP = b"\x21\xff\x0bXMP DataXMP"
_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
"""Reads, from wherever a reader stumbles into the packet, as blocks that end (XMP part 3)."""
_PICTURE, _EXTENSION, _END = 0x2C, 0x21, 0x3B


def _fits(data: bytes) -> bool:
    return data.startswith(_BEGIN)


def _table(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: bytes) -> Iterator[Piece]:
    """Pictures and extensions, in order."""
    if len(data) < 13:
        raise Unlabellable("the GIF is cut short")
    at = 13 + _table(data[10])
    while at < len(data) and data[at] != _END:
        start = at
        if data.startswith(_XMP, at):
            body = at + len(_XMP)
            end = data.find(_TRAILER, body)
            at = end + len(_TRAILER)
            if end < 0:
                break
            yield Piece(b"XMP", start, body, end, at)
            continue
        if data[at] == _EXTENSION:
            at += 2
        elif data[at] == _PICTURE and at + 10 < len(data):
            at += 11 + _table(data[at + 9])
        else:
            break
        at = _behind(data, at)
        yield Piece(b"", start, start, at, at)
    if at >= len(data) or data[at] != _END:
        raise Unlabellable("the GIF is cut short")


def _behind(data: bytes, at: int) -> int:
    """Where a run of sub-blocks has ended."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _read(data: bytes) -> list[Found]:
    packets = (data[b.body : b.end] for b in _blocks(data) if b.kind == b"XMP")
    return [found for packet in packets for found in xmp.labels_in(packet)]


def _write(data: bytes, value: str) -> bytes:
    there = next((block for block in _blocks(data) if block.kind == b"XMP"), None)
    head = b"GIF89a"  # the version that knows extensions
    if there is None:
        start = end = 13 + _table(data[10])
        packet = b""
    else:
        start, end, packet = there.start, there.after, data[there.body : there.end]
    written = _XMP + xmp.with_label(packet, value) + _TRAILER
    return head + data[len(head) : start] + written + data[end:]


GIF = Medium("gif", (".gif",), _fits, _read, _write)
