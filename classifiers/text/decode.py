"""Encoded text: base64, base32, hexadecimal, and numbers for characters. Bounded in output."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Sequence

import numpy as np

from classifiers.text.octets import Strings, texts_of
from classifiers.text.rewrite import payload, payloads, splice
from classifiers.text.view import View

_BASE64 = re.compile(
    r"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*(?:\r?\n[A-Za-z0-9+/_-]{2,3}(?==))?={0,2}"
)
_BASE32 = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z2-7]{8,}={0,6}|[a-z2-7]{16,})(?![A-Za-z0-9])")
_HEX = re.compile(
    r"(?<![0-9A-Za-z\\])(?<!\d\.)(?:0x|\\x)?[0-9A-Fa-f]{2}"
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

_APART = 4
"""Texts of one kind of token that are views of their own; where there are more, all are one."""


def decoded_base64(view: View) -> list[View]:
    """What the base64 tokens of the text say, begun at each of four characters."""
    found = [(*match.span(), match.group()) for match in _BASE64.finditer(view.text)]
    tokens = [one for one in found if not _is_a_word(one[2])]
    run = _Run([_in_one_line(token) for _, _, token in tokens])
    carried: list[_Carried] = []
    cut = False
    for shift in range(4):
        texts = texts_of(run.octets(shift))
        carried += [(*tokens[at][:2], text) for at, text in texts.found]
        cut |= texts.cut
    return _carried(view, carried, cut)


class _Run:
    """Base64 tokens behind each other, each filled up with zeros, so that they decode as one."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._lengths = np.array([len(token) for token in tokens], np.int64)
        sizes = self._lengths + _FILL + -self._lengths % 8
        self._starts = (np.cumsum(sizes) - sizes) * 3 // 4
        joined = "".join([token + _FILLS[len(token) % 8] for token in tokens])
        self._joined = joined.encode().translate(_TO_STANDARD)

    def octets(self, shift: int) -> Strings:
        """What they say when the first `shift` characters of each are left out."""
        part = self._joined[shift : shift + len(self._joined) - _FILL // 2]
        data = np.frombuffer(bytearray(binascii.a2b_base64(part)), np.uint8)
        lengths = (self._lengths - shift) * 6 // 8
        # The last character has bits that make no octet; those left out stand before the next.
        data[self._starts + lengths] = 0
        for before in (1, 2, 3):
            data[self._starts[1:] - before] = 0
        return Strings(data, self._starts, lengths)


_FILL = 16
_FILLS = ["A" * (_FILL + -length % 8) for length in range(8)]


def decoded_base32(view: View) -> list[View]:
    """What the base32 tokens of the text say."""
    tokens = [(*match.span(), match.group()) for match in _BASE32.finditer(view.text)]
    texts = texts_of(_from_base32([token.rstrip("=").upper() for _, _, token in tokens]))
    return _carried(view, [(*tokens[at][:2], text) for at, text in texts.found], texts.cut)


_Carried = tuple[int, int, str]
"""A stretch of a text, and what it says."""


def _carried(view: View, found: list[_Carried], cut: bool) -> list[View]:
    found = list(dict.fromkeys(found))
    if len(found) > _APART:
        return [payloads(view, found, cut=cut)]
    return [payload(view, *one, cut=cut) for one in found]


def _is_a_word(token: str) -> bool:
    return token.isalpha() and (token.islower() or token.istitle() or token.isupper())


_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_BREAKS = str.maketrans("", "", "\r\n")


def _in_one_line(token: str) -> str:
    return (token.translate(_BREAKS) if "\n" in token else token).rstrip("=")


def _from_base32(bodies: Sequence[str]) -> Strings:
    whole = [body[: len(body) - (len(body) % 8 in (1, 3, 6))] for body in bodies]
    joined = "".join([part + "A" * (16 + -len(part) % 16) for part in whole])
    fives = _FIVE_BITS[np.frombuffer(joined.encode(), np.uint8)].reshape(-1, 8)
    bits = np.unpackbits(fives[:, :, np.newaxis], axis=2)[:, :, 3:]
    data = np.packbits(bits.reshape(-1, 40), axis=1).reshape(-1)
    chars = np.array([len(part) for part in whole], np.int64)
    sizes = (chars + 16 + -chars % 16) * 5 // 8
    starts, lengths = np.cumsum(sizes) - sizes, chars * 5 // 8
    data[starts + lengths] = 0
    return Strings(data, starts, lengths)


_FIVE_BITS = np.zeros(256, np.uint8)
_FIVE_BITS[np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)] = np.arange(32)


def unhexed(view: View) -> list[View]:
    """The text with runs of hexadecimal octets read as characters."""
    return _codes_read(view, _HEX, _from_hex)


def unnumbered(view: View) -> list[View]:
    """The text with runs of binary, decimal and octal codes read as characters."""
    views: list[View | None] = [*_codes_read(view, _BINARY, _from_binary)]
    for read in (_decimal, _octal):
        edits = (e for m in _NUMBERS.finditer(view.text) for e in _from_numbers(m, read))
        views.append(splice(view, edits))
    return [changed for changed in views if changed]


def _codes_read(view: View, pattern: re.Pattern[str], octets: Callable[[str], bytes]) -> list[View]:
    """The text with every match read as what its octets say, where they say something."""
    found = [(*match.span(), octets(match.group())) for match in pattern.finditer(view.text)]
    texts = texts_of(Strings.of([data for _, _, data in found]))
    first = dict(reversed(texts.found))
    edits = [(start, end, first[at]) for at, (start, end, _) in enumerate(found) if at in first]
    changed = splice(view, edits, cut=texts.cut)
    return [changed] if changed else []


def _from_hex(token: str) -> bytes:
    digits = _NO_DIGIT.sub("", token)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _from_binary(token: str) -> bytes:
    return bytes(int(octet, 2) for octet in re.findall("[01]{7,8}", token))


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
