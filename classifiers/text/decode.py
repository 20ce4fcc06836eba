"""Encoded text: base64, base32, hexadecimal, and numbers for characters. Bounded in output."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator

import numpy as np

from classifiers.text.rewrite import payload, payloads, rewrite, splice
from classifiers.text.view import View, canonical

_BASE64 = re.compile(
    r"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*(?:\r?\n[A-Za-z0-9+/_-]{2,3}(?==))?={0,2}"
)
_BASE32 = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z2-7]{8,}={0,6}|[a-z2-7]{16,})(?![A-Za-z0-9])")
_HEX = re.compile(
    r"(?<![0-9A-Za-z\\])(?:0x|\\x)?[0-9A-Fa-f]{2}"
    r"(?:[ :,;-]{0,2}(?:0x|\\x)?[0-9A-Fa-f]{2}){3,}(?![0-9A-Za-z])"
)
_BINARY = re.compile(r"(?<!\d)[01]{7,8}(?:[ ,]?[01]{7,8}){2,}(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(?:\\?\d{2,6}[ ,;]{1,2}){2,}\\?\d{2,6}(?!\d)")
_NUMBER = re.compile(r"\\?(\d+)[ ,;]{0,2}")

TRIGGER_BASE64 = (
    r"[a-z0-9+/_-][A-Z][A-Za-z0-9+/=_-]{2}|[A-Za-z][0-9][A-Za-z0-9+/=_-]{3}|[A-Z0-9/]{8}"
)
TRIGGER_BASE32 = r"[A-Z2-7]{8}|[a-z2-7]{3}[2-7][a-z2-7]{3}"
TRIGGER_HEX = r"(?:[0-9A-Fa-f]{2}[ :,;-]{0,2}(?:0x|\\x)?){4}"
_NO_DIGIT = re.compile(r"0x|\\x|[ :,;-]")
TRIGGER_NUMBERS = r"(?:\d{2,8}[ ,;]{1,2}){2}\d{2}|[01]{14}"

_LONGEST = 65536
"""Encoded characters of one token that are looked at; what is longer is told as undecodable."""
_PRINTABLE = 0.85
_APART = 4
"""Texts of one kind of token that are views of their own; where there are more, all are one."""


def decoded_base64(view: View) -> list[View]:
    """What the base64 tokens of the text say."""
    return _carried(view, _BASE64, _from_base64)


def decoded_base32(view: View) -> list[View]:
    """What the base32 tokens of the text say."""
    return _carried(view, _BASE32, _from_base32)


def _carried(
    view: View, pattern: re.Pattern[str], read: Callable[[str], Iterator[str]]
) -> list[View]:
    found = [
        (start, end, text)
        for start, end, token in _tokens(view, pattern)
        for text in dict.fromkeys(read(token))
    ]
    if len(found) > _APART:
        return [payloads(view, found)]
    return [payload(view, *one) for one in found]


def _tokens(view: View, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    for match in pattern.finditer(view.text):
        yield match.start(), match.end(), match.group()[:_LONGEST]


def _from_base64(token: str) -> Iterator[str]:
    body = token.translate(_TO_STANDARD)
    if body.isalpha() and (body.islower() or body.istitle() or body.isupper()):
        return
    for shift in range(4):
        part = body[shift:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        data = binascii.a2b_base64(part + "=" * (-len(part) % 4))
        yield from _texts(data)


_TO_STANDARD = str.maketrans("-_", "+/", "\r\n=")


def _from_base32(token: str) -> Iterator[str]:
    body = token.rstrip("=").upper()
    body = body[: len(body) - (len(body) % 8 in (1, 3, 6))]
    try:
        data = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error:
        return
    yield from _texts(data)


def unhexed(view: View) -> list[View]:
    """The text with runs of hexadecimal octets read as characters."""
    changed = rewrite(view, _HEX, _from_hex)
    return [changed] if changed else []


def unnumbered(view: View) -> list[View]:
    """The text with runs of binary, decimal and octal codes read as characters."""
    views = [rewrite(view, _BINARY, _from_binary)]
    for read in (_decimal, _octal):
        edits = (e for m in _NUMBERS.finditer(view.text) for e in _from_numbers(m, read))
        views.append(splice(view, edits))
    return [changed for changed in views if changed]


def _from_hex(match: re.Match[str]) -> str | None:
    digits = _NO_DIGIT.sub("", match.group())
    return next(_texts(bytes.fromhex(digits[: len(digits) // 2 * 2])), None)


def _from_binary(match: re.Match[str]) -> str | None:
    octets = re.findall("[01]{7,8}", match.group())
    return next(_texts(bytes(int(octet, 2) for octet in octets)), None)


def _from_numbers(match: re.Match[str], read: Callable[[str], str]) -> list[tuple[int, int, str]]:
    """Each number of a run as its character; none where one of them is none."""
    edits = []
    for number in _NUMBER.finditer(match.group()):
        char = read(number.group(1))
        if not char or not char.isprintable():
            return []
        edits.append((match.start() + number.start(), match.start() + number.end(), char))
    return edits


def _decimal(digits: str) -> str:
    code = int(digits)
    return chr(code) if 0x20 <= code < 0xD800 else ""


def _octal(digits: str) -> str:
    code = int(digits, 8) if len(digits) == 3 and not set(digits) & {"8", "9"} else 0
    return chr(code) if 0x20 <= code < 0x7F else ""


def _texts(data: bytes) -> Iterator[str]:
    """The encodings in which the bytes are text: mostly printable, and not by chance."""
    if data[:2] == b"\x1f\x8b":
        data = _inflated(data)
    if _may_be_utf8(data):
        text = data.decode("utf-8", "replace")
        if len(text) >= 2 and len(_BROKEN.sub("", text)) >= _PRINTABLE * len(text):
            yield text
            return
    for encoding, high in (("gb18030", None), ("utf-16-le", 1), ("utf-16-be", 0)):
        if high is not None and _is_far(data[high : 2 * _SAMPLE : 2]):
            continue
        if _is_text(data[: 2 * _SAMPLE].decode(encoding, "replace")):
            yield data.decode(encoding, "replace")


def _may_be_utf8(data: bytes) -> bool:
    """Whether few enough bytes are such as UTF-8 text has none of, where they stand."""
    odd = len(data) - len(data.translate(None, _ODD))
    if len(data) > _SAMPLE:
        octets = np.frombuffer(data, np.uint8)
        odd += int(np.count_nonzero((octets[1:] & 0xC0 == 0x80) & (octets[:-1] < 0x80)))
    return odd <= (1 - _PRINTABLE) * len(data)


def _is_far(highs: bytes) -> bool:
    """Whether too many UTF-16 units are of scripts that nothing we look for is written in."""
    return len(highs) - len(highs.translate(None, _FAR)) > (1 - _PRINTABLE) * len(highs)


def _is_text(text: str) -> bool:
    """Whether this is what people write, in an encoding that chance fits as well."""
    if text.count("\ufffd") > (1 - _PRINTABLE) * len(text) + 1:
        return False
    folded = canonical(text[:_SAMPLE]).text
    common = folded.encode("gb2312", "ignore").decode("gb2312")
    return len(folded) >= 2 and sum(map(str.isprintable, common)) >= _PRINTABLE * len(folded)


_ODD = bytes([*range(8), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0xC0, 0xC1, *range(0xF5, 0x100)])
"""Bytes that are no part of UTF-8 text wherever they stand."""
_FAR = bytes([*range(0x05, 0x1D), *range(0xA0, 0xA6), *range(0xAC, 0xD8)])
"""High octets of Hebrew to Vedic, Yi and Hangul: none of it folds to Latin or Han."""
_SAMPLE = 512
"""Characters that tell text from chance."""
_BROKEN = re.compile("[\ufffd\x00-\x07\x0e-\x1a\x1c-\x1f\x80-\x9f\ue000-\uf8ff]")
"""What text has none of: bytes that fit nothing, and controls but those that move a cursor."""


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, _LONGEST)
    except zlib.error:
        return b""
