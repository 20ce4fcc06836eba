"""MP4 and MOV: the key `AIGC` under `moov.udta.meta.keys`, its JSON under `ilst`.

That is TC260-PG-20257A 6.1.1, in the form that QuickTime calls `mdta`. `moov` grows, so where it
stands before the pictures, the table that says where each of them lies grows with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.labels.media.medium import Found, Medium, Piece, Unlabellable

_KEY = b"AIGC"
_TEXT = 1
"""The type of a value in UTF-8."""
_HANDLER = bytes(8) + b"mdta" + bytes(12) + b"\0"
_FULL = 4
"""Bytes of version and flags with which some boxes begin."""
_TO_TABLES = (b"trak", b"mdia", b"minf", b"stbl")


def _fits(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def _boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, kind, body = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8], at + 8
        if size == 1:
            size, body = int.from_bytes(data[at + 8 : at + 16]), at + 16
        elif size == 0:
            size = end - at
        after = at + size
        if size < body - at or after > end:
            raise Unlabellable("the MP4 is cut short or damaged")
        yield Piece(kind, at, body, after, after)
        at = after


def _box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


def _movie(data: bytes) -> Piece:
    kinds = {box.kind: box for box in _boxes(data)}
    if b"moof" in kinds:
        raise Unlabellable("the MP4 is in fragments")
    if b"moov" not in kinds:
        raise Unlabellable("the MP4 has no movie box")
    return kinds[b"moov"]


def _children(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and whole bytes of each box in a run of boxes."""
    return [(box.kind, data[box.start : box.after]) for box in _boxes(data)]


def _inside(box: bytes) -> bytes:
    return box[8:]


def _keyed(meta: bytes) -> tuple[list[bytes], list[tuple[int, bytes]]] | None:
    """The keys of a `meta` box that has such, and its values by the number of their key, from 1."""
    inside = dict(_children(_inside(meta)[_FULL:]))
    if b"keys" not in inside:
        return None
    keys = [_inside(box) for box in _keys(_inside(inside[b"keys"]))]
    values = _children(_inside(inside[b"ilst"])) if b"ilst" in inside else []
    return keys, [(int.from_bytes(kind), _inside(box)) for kind, box in values]


def _keys(body: bytes) -> list[bytes]:
    return [body[box.start : box.after] for box in _boxes(body, 2 * _FULL)]


def _metas(data: bytes) -> Iterator[bytes]:
    """Where labels may stand: below `udta`, and, as some write it, right below `moov`."""
    movie = _movie(data)
    children = _children(data[movie.body : movie.end])
    below = [box for kind, box in children if kind == b"udta"]
    for run in (*map(_inside, below), data[movie.body : movie.end]):
        yield from (box for kind, box in _boxes_of_user(run) if kind == b"meta")


def _boxes_of_user(run: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes of a `udta`, which QuickTime may end with four zero bytes."""
    return _children(
        run[:-4] if len(run) % 4 == 0 and run.endswith(bytes(4)) and _odd(run) else run
    )


def _odd(run: bytes) -> bool:
    at = 0
    while at + 8 <= len(run):
        at += max(int.from_bytes(run[at : at + 4]), 8)
    return at + 4 == len(run)


def _read(data: bytes) -> list[Found]:
    found = list[Found]()
    for meta in _metas(data):
        if (keyed := _keyed(meta)) is None:
            continue
        keys, values = keyed
        for number, value in values:
            if 0 < number <= len(keys) and keys[number - 1] == _KEY:
                # `data` holds a type and a language before its text.
                found.append(Found("meta.ilst", value[16:].decode(errors="replace")))
    return found


def _write(data: bytes, value: str) -> bytes:
    movie = _movie(data)
    boxes = _children(data[movie.body : movie.end])
    user = next((_boxes_of_user(_inside(box)) for kind, box in boxes if kind == b"udta"), [])
    metas = [box for kind, box in user if kind == b"meta" and _keyed(box) is not None]
    others = [box for _, box in user if box not in metas]
    keys, values = _keyed(metas[0]) or ([], []) if metas else ([], [])
    written = _box(b"udta", b"".join(others) + _meta(keys, values, value))
    rest = b"".join(box for kind, box in boxes if kind != b"udta")
    grown = 8 + len(rest) + len(written) - (movie.after - movie.start)
    moved = (
        grown if any(box.kind == b"mdat" and box.start > movie.start for box in _boxes(data)) else 0
    )
    new = _box(b"moov", _shifted(rest, moved, movie.start) + written)
    return data[: movie.start] + new + data[movie.after :]


def _meta(keys: list[bytes], values: list[tuple[int, bytes]], value: str) -> bytes:
    """A `meta` box with the label beside what was there."""
    if _KEY not in keys:
        keys = [*keys, _KEY]
    number = keys.index(_KEY) + 1
    label = _box(b"data", _TEXT.to_bytes(4) + bytes(4) + value.encode())
    values = [*(one for one in values if one[0] != number), (number, label)]
    named = b"".join(_box(b"mdta", key) for key in keys)
    return _box(
        b"meta",
        bytes(_FULL)
        + _box(b"hdlr", _HANDLER)
        + _box(b"keys", bytes(_FULL) + len(keys).to_bytes(4) + named)
        + _box(b"ilst", b"".join(_box(at.to_bytes(4), body) for at, body in values)),
    )


def _shifted(boxes: bytes, by: int, beyond: int) -> bytes:
    """Boxes of a movie in which what lies beyond a place in the file lies further on."""
    if not by:
        return boxes
    moved = bytearray(boxes)
    for table, width in _tables(boxes, 0, len(boxes), _TO_TABLES):
        count = int.from_bytes(boxes[table.body + _FULL : table.body + 2 * _FULL])
        at = table.body + 2 * _FULL
        if at + count * width > table.end:
            raise Unlabellable("the MP4 has a damaged table")
        for place in range(at, at + count * width, width):
            offset = int.from_bytes(boxes[place : place + width])
            if offset > beyond:
                moved[place : place + width] = _fitting(offset + by, width)
    return bytes(moved)


def _fitting(offset: int, width: int) -> bytes:
    if offset >= 1 << 8 * width:
        raise Unlabellable("the MP4 is too long for its tables")
    return offset.to_bytes(width)


def _tables(
    data: bytes, start: int, end: int, path: tuple[bytes, ...]
) -> Iterator[tuple[Piece, int]]:
    for box in _boxes(data, start, end):
        if path and box.kind == path[0]:
            yield from _tables(data, box.body, box.end, path[1:])
        elif not path and box.kind in (b"stco", b"co64"):
            yield box, 4 if box.kind == b"stco" else 8


MP4 = Medium("mp4", (".mp4", ".m4a", ".m4v", ".mov"), _fits, _read, _write)
