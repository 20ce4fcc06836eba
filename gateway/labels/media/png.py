"""PNG: the label stands in an `iTXt` chunk that holds the XMP packet."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from gateway.labels.media import xmp
from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_LABEL = b"AIGC"
_LONGEST_TEXT = 1 << 20


def _fits(data: bytes) -> bool:
    return data.startswith(_SIGNATURE)


def _chunks(data: bytes) -> Iterator[Piece]:
    at = len(_SIGNATURE)
    while True:
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        after = at + 12 + length
        if len(kind) < 4 or after > len(data):
            raise Unlabellable("the PNG is cut short")
        yield Piece(kind, at, at + 8, at + 8 + length, after)
        if kind == b"IEND":
            return
        at = after


def _read(data: bytes) -> list[Found]:
    packets, others = list[Found](), list[Found]()
    for chunk in _chunks(data):
        keyword, text = _text(chunk.kind, data[chunk.body : chunk.end])
        if keyword == _XMP:
            packets += xmp.labels_in(text)
        elif keyword == _LABEL:
            others.append(Found(chunk.kind.decode(), text.decode(errors="replace")))
    return packets + others


def _write(data: bytes, value: str) -> bytes:
    start = end = 0
    packet = b""
    for chunk in _chunks(data):
        if chunk.kind == b"IHDR":
            start = end = chunk.after
        keyword, text = _text(chunk.kind, data[chunk.body : chunk.end])
        if keyword == _XMP:
            start, end, packet = chunk.start, chunk.after, text
            break
    if not start:
        raise Unlabellable("the PNG has no header")
    body = _XMP + b"\0\0\0\0\0" + xmp.with_label(packet, value)
    return data[:start] + _chunk(b"iTXt", body) + data[end:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


def _text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Keyword and text of a chunk of text; twice nothing for any other."""
    keyword, _, rest = body.partition(b"\0") if kind in _TEXTS else (b"", b"", b"")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt":
        compressed, rest = rest[:1] == b"\1", rest[2:]
        text = rest.partition(b"\0")[2].partition(b"\0")[2]
        rest = _inflated(text) if compressed else text
    return keyword, rest


def _inflated(data: bytes) -> bytes:
    """As far as it is no bomb; text that cannot be read holds no label."""
    try:
        return zlib.decompressobj().decompress(data, _LONGEST_TEXT)
    except zlib.error:
        return b""


_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})

PNG = Medium("png", (".png",), _fits, _read, _write)
