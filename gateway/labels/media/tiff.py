"""TIFF: the label stands in the XMP packet under tag 0x2BC of the first directory.

The directory is written anew at the end, and the head points to it; all else stays where it is.
"""

from __future__ import annotations

from typing import Literal

from gateway.labels.media import xmp
from gateway.labels.media.loose import wrapped
from gateway.labels.media.medium import Found, Medium, Unlabellable

Order = Literal["little", "big"]
_ORDERS: dict[bytes, Order] = {b"II*\0": "little", b"MM\0*": "big"}
_XMP_TAG = 0x2BC
_UNDEFINED = 7
_ENTRY = 12
_LONGEST = 1 << 32


def _fits(data: bytes) -> bool:
    return data[:4] in _ORDERS


def _directory(data: bytes) -> tuple[Order, dict[int, bytes], bytes]:
    """The byte order, the entries of the first directory by tag, and what points to the next."""
    order = _ORDERS[data[:4]]
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    at = start + 2
    behind = at + count * _ENTRY
    if not count or behind + 4 > len(data):
        raise Unlabellable("the TIFF has no directory")
    entries = (data[place : place + _ENTRY] for place in range(at, behind, _ENTRY))
    by_tag = {int.from_bytes(entry[:2], order): entry for entry in entries}
    return order, by_tag, data[behind : behind + 4]


def _packet(data: bytes, order: Order, entry: bytes | None) -> bytes:
    if entry is None:
        return b""
    length, at = (int.from_bytes(entry[place : place + 4], order) for place in (4, 8))
    return data[at : at + length].rstrip(b"\0") if length > 4 else b""


def _read(data: bytes) -> list[Found]:
    order, entries, _ = _directory(data)
    found = xmp.labels_in(_packet(data, order, entries.get(_XMP_TAG)))
    described = entries.get(0x10E)  # ImageDescription
    return found + wrapped("ImageDescription", _packet(data, order, described))


def _write(data: bytes, value: str) -> bytes:
    order, entries, following = _directory(data)
    packet = xmp.with_label(_packet(data, order, entries.get(_XMP_TAG)), value)
    data += bytes(len(data) % 2)
    head = _XMP_TAG.to_bytes(2, order) + _UNDEFINED.to_bytes(2, order)
    entries[_XMP_TAG] = head + len(packet).to_bytes(4, order) + len(data).to_bytes(4, order)
    packet += bytes(len(packet) % 2)
    start = len(data) + len(packet)
    if start + (len(entries) + 1) * _ENTRY >= _LONGEST:
        raise Unlabellable("the TIFF is too long for its format")
    directory = b"".join(entries[tag] for tag in sorted(entries))
    counted = len(entries).to_bytes(2, order) + directory + following
    return data[:4] + start.to_bytes(4, order) + data[8:] + packet + counted


TIFF = Medium("tiff", (".tif", ".tiff"), _fits, _read, _write)
