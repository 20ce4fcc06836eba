"""Text without its separators: the key that words are looked up in, however they are spaced."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress, count

_ASCII_SEPARATORS = bytes(code for code in range(128) if not chr(code).isalnum())
_ASCII_MASK = bytes(chr(code).isalnum() for code in range(128)) + bytes(128)
_SEPARATORS = re.compile(r"[^\w\x00-\x7f]+")


def squeeze(text: str) -> str:
    """The letters, digits and ideographs of a text, in order."""
    if text.isalnum():
        return text
    key = text.encode().translate(None, _ASCII_SEPARATORS).decode()
    return key if key.isascii() else _SEPARATORS.sub("", key)


def places(text: str) -> Sequence[int]:
    """For each character of `squeeze(text)`, where it stands in `text`."""
    if text.isalnum():
        return range(len(text))
    if text.isascii():
        return list(compress(count(), text.encode().translate(_ASCII_MASK)))
    return list(compress(count(), map(str.isalnum, text)))


def in_token(char: str) -> bool:
    """Whether the character is of a script that writes words apart, so that edges count."""
    return char < "\u2e80" and char.isalnum()
