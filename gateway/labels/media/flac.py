"""FLAC: the label is a Vorbis comment `AIGC` (TC260-PG-202510A)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable
from gateway.labels.media.vorbis import Comments

_BEGIN = b"fLaC"
_COMMENTS = b"\x04"
_LAST = 0x80
_LONGEST = (1 << 24) - 1
_NOBODY = Comments(b"", ())


def _fits(data: bytes) -> bool:
    return data.startswith(_BEGIN)


def _blocks(data: bytes) -> Iterator[Piece]:
    at, last = len(_BEGIN), False
    while not last:
        body = at + 4
        end = body + int.from_bytes(data[at + 1 : body])
        if body > len(data) or end > len(data):
            raise Unlabellable("the FLAC is cut short")
        last = bool(data[at] & _LAST)
        yield Piece(bytes([data[at] & ~_LAST]), at, body, end, end)
        at = end


def _read(data: bytes) -> list[Found]:
    lists = (data[block.body : block.end] for block in _blocks(data) if block.kind == _COMMENTS)
    return [label for one in lists for label in Comments.parse(one).labels]


def _write(data: bytes, value: str) -> bytes:
    comments, blocks, end = _NOBODY, list[tuple[bytes, bytes]](), 0
    for block in _blocks(data):
        end = block.after
        body = data[block.body : block.end]
        if block.kind == _COMMENTS:
            comments = Comments.parse(body)
        else:
            blocks.append((block.kind, body))
    written = comments.with_label(value)
    if len(written) > _LONGEST:
        raise Unlabellable("its list of comments has no room for a label")
    blocks.insert(1, (_COMMENTS, written))  # STREAMINFO comes first
    heads = [kind for kind, _ in blocks]
    heads[-1] = bytes([heads[-1][0] | _LAST])
    bodies = (
        head + len(body).to_bytes(3) + body for head, (_, body) in zip(heads, blocks, strict=True)
    )
    return _BEGIN + b"".join(bodies) + data[end:]


FLAC = Medium("flac", (".flac",), _fits, _read, _write)
