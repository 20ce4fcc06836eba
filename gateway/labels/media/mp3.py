"""MP3, and AAC in ADTS frames: the label is the ID3v2 frame `TXXX` under the name `AIGC`."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable

_NAME = "AIGC"
_HEAD = 10
_FRAME_HEAD = 10
_CODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def _fits(data: bytes) -> bool:
    """A tag, or the first frame: 11 bits of sync, a layer that is III (MPEG) or 0 (ADTS)."""
    if data[:3] == b"ID3":
        return True
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    layer, version = data[1] >> 1 & 3, data[1] >> 3 & 3
    if layer == 0:
        return data[1] & 0xF0 == 0xF0  # ADTS: 12 bits of sync
    return layer == 1 and version != 1 and data[2] & 0xF0 not in (0, 0xF0)


def _syncsafe(length: int) -> bytes:
    return bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))


def _length(written: bytes, *, syncsafe: bool) -> int:
    if not syncsafe:
        return int.from_bytes(written)
    return sum((byte & 0x7F) << shift for byte, shift in zip(written, (21, 14, 7, 0), strict=True))


def _tag(data: bytes) -> tuple[int, int]:
    """The version of the tag, and where it ends; 4 and 0 where there is none."""
    if data[:3] != b"ID3":
        return 4, 0
    version, flags = data[3], data[5]
    if version not in (3, 4):
        raise Unlabellable("its ID3 tag is of a version that nobody writes any more")
    if flags:
        raise Unlabellable("its ID3 tag is written in a way that is not read here")
    end = _HEAD + _length(data[6:_HEAD], syncsafe=True)
    if end > len(data):
        raise Unlabellable("its ID3 tag is cut short")
    return version, end


def _frames(data: bytes, version: int, end: int) -> Iterator[Piece]:
    at = _HEAD
    while at + _FRAME_HEAD <= end and data[at]:  # a zero begins the padding
        size = _length(data[at + 4 : at + 8], syncsafe=version == 4)
        body = at + _FRAME_HEAD
        if body + size > end:
            raise Unlabellable("its ID3 tag is damaged")
        yield Piece(data[at : at + 4], at, body, body + size, body + size)
        at = body + size


def _named(body: bytes) -> tuple[str, str]:
    """Name and text of a `TXXX`."""
    coding = _CODINGS.get(body[0] if body else 0, "latin-1")
    name, _, text = body[1:].decode(coding, errors="replace").partition("\0")
    return name, text.strip("\0\ufeff")


def _read(data: bytes) -> list[Found]:
    version, end = _tag(data)
    texts = (_named(data[f.body : f.end]) for f in _frames(data, version, end) if f.kind == b"TXXX")
    return [Found("TXXX", text) for name, text in texts if name == _NAME]


def _write(data: bytes, value: str) -> bytes:
    version, end = _tag(data)
    kept = b"".join(
        data[frame.start : frame.after]
        for frame in _frames(data, version, end)
        if not (frame.kind == b"TXXX" and _named(data[frame.body : frame.end])[0] == _NAME)
    )
    body = b"\0" + _NAME.encode() + b"\0" + value.encode()
    size = _syncsafe(len(body)) if version == 4 else len(body).to_bytes(4)
    frames = kept + b"TXXX" + size + b"\0\0" + body + bytes(_FRAME_HEAD)
    # The padding behind it shows readers who guess how sizes are written that they guessed right.
    if len(frames) >= 1 << 28:
        raise Unlabellable("its ID3 tag has no room for a label")
    return b"ID3" + bytes([version, 0, 0]) + _syncsafe(len(frames)) + frames + data[end:]


MP3 = Medium("mp3", (".mp3", ".aac"), _fits, _read, _write)
