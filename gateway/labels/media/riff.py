"""The chunks of a RIFF file, which WebP and WAV are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.labels.media.medium import Piece, Unlabellable

HEAD = 12
ENDLESS = b"\xff\xff\xff\xff"
"""The length that writers give who stream and do not know it yet."""


def is_riff(data: bytes, form: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:HEAD] == form


def chunks(data: bytes) -> Iterator[Piece]:
    """All of a file. The last may say that it is longer than it is, as streams do."""
    at = HEAD
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length
        if end > len(data):
            if kind != b"data":
                raise Unlabellable("the file is cut short")
            end = len(data)
        after = min(end + length % 2, len(data))
        yield Piece(kind, at, at + 8, end, after)
        at = after


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)


def file(form: bytes, parts: Iterable[bytes], *, endless: bool = False) -> bytes:
    """A whole file; `endless` keeps the length of a stream unknown."""
    body = form + b"".join(parts)
    if len(body) >> 32:
        raise Unlabellable("the file is too long for its format")
    length = ENDLESS if endless else len(body).to_bytes(4, "little")
    return b"RIFF" + length + body
