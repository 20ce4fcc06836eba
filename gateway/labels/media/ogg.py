"""Ogg with Opus or Vorbis in it: the label is a comment `AIGC` (TC260-PG-202510A).

The comments are the second packet of the stream. Its pages are written anew (RFC 3533); those of
the sound only get other numbers, and only where there are now more pages or fewer.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.labels.media.medium import Found, Medium, Unlabellable
from gateway.labels.media.vorbis import Comments

_CAPTURE = b"OggS\0"
_HEAD = 27
_SEGMENT = 255
_CONTINUED = 0x01
_BEGINS = {b"OpusTags": (b"OpusHead", 2), b"\x03vorbis": (b"\x01vorbis", 3)}
"""How the packet of comments begins: how the one before it does, and how many head the sound."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: bytes
    serial: bytes
    number: int
    lacing: bytes
    """The lengths of its segments; a packet ends with the first that is below 255."""
    body: bytes

    @property
    def written(self) -> bytes:
        head = _CAPTURE + bytes([self.flags]) + self.granule + self.serial
        head += self.number.to_bytes(4, "little")
        tail = bytes([len(self.lacing)]) + self.lacing + self.body
        return head + _checksum(head + bytes(4) + tail) + tail


def _checksum(page: bytes) -> bytes:
    """CRC-32 as Ogg has it: not mirrored, from zero. zlib's is mirrored, so its input is too."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return mirrored.to_bytes(4, "big").translate(_MIRRORED)


def _fits(data: bytes) -> bool:
    return data.startswith(_CAPTURE)


def _pages(data: bytes) -> Iterator[_Page]:
    at = 0
    while at < len(data):
        body = at + _HEAD + (data[at + 26] if at + 26 < len(data) else 0)
        lacing = data[at + _HEAD : body]
        end = body + sum(lacing)
        if not data.startswith(_CAPTURE, at) or end > len(data):
            raise Unlabellable("the Ogg is cut short or damaged")
        yield _Page(
            data[at + 5],
            data[at + 6 : at + 14],
            data[at + 14 : at + 18],
            int.from_bytes(data[at + 18 : at + 22], "little"),
            lacing,
            data[body:end],
        )
        at = end


@dataclass(frozen=True, slots=True)
class _Stream:
    """The pages that hold the headers, the packets in them, and all pages behind."""

    first: _Page
    packets: tuple[bytes, ...]
    """Those behind the first page: the comments, and the set-up of Vorbis."""
    start: bytes
    """What stands before the comments in their packet."""
    count: int
    """Pages that the packets take."""
    sound: Sequence[_Page]


def _stream(data: bytes) -> _Stream:
    pages = list(_pages(data))
    serials = {page.serial for page in pages}
    if len(serials) != 1:
        raise Unlabellable("the Ogg holds several streams at once")
    packets, open_packet = list[bytes](), b""
    for count, page in enumerate(pages[1:], 1):
        at = 0
        for length in page.lacing:
            open_packet += page.body[at : at + length]
            at += length
            if length < _SEGMENT:
                packets.append(open_packet)
                open_packet = b""
        start = next((s for s in _BEGINS if packets and packets[0].startswith(s)), None)
        if start is None:
            continue
        begins, heads = _BEGINS[start]
        if not pages[0].body.startswith(begins):
            break
        if len(packets) == heads - 1 and not open_packet:
            return _Stream(pages[0], tuple(packets), start, count, pages[count + 1 :])
    raise Unlabellable("the Ogg is neither Opus nor Vorbis")


def _read(data: bytes) -> list[Found]:
    stream = _stream(data)
    return Comments.parse(stream.packets[0][len(stream.start) :]).labels


def _write(data: bytes, value: str) -> bytes:
    stream = _stream(data)
    comments = Comments.parse(stream.packets[0][len(stream.start) :])
    packets = [stream.start + comments.with_label(value), *stream.packets[1:]]
    heads = list(_paged(packets, stream.first))
    sound: Sequence[_Page] = stream.sound
    if len(heads) != stream.count:
        begin = 1 + len(heads)
        sound = [replace(page, number=number) for number, page in enumerate(sound, begin)]
    return b"".join(page.written for page in (stream.first, *heads, *sound))


def _paged(packets: Sequence[bytes], first: _Page) -> Iterator[_Page]:
    """Packets that head a stream, in pages of their own."""
    lacing = b"".join(
        bytes([_SEGMENT]) * (len(packet) // _SEGMENT) + bytes([len(packet) % _SEGMENT])
        for packet in packets
    )
    body, at = b"".join(packets), 0
    for number, start in enumerate(range(0, len(lacing), _SEGMENT), 1):
        segments = lacing[start : start + _SEGMENT]
        continued = start > 0 and lacing[start - 1] == _SEGMENT
        ends = any(length < _SEGMENT for length in segments)
        end = at + sum(segments)
        yield _Page(
            _CONTINUED if continued else 0,
            bytes(8) if ends else b"\xff" * 8,
            first.serial,
            number,
            segments,
            body[at:end],
        )
        at = end


OGG = Medium("ogg", (".ogg", ".oga", ".opus"), _fits, _read, _write)
