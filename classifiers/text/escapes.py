"""Characters written as escapes: entities, percent, quoted-printable, `\\u`, `\\x`, `U+`, `0x`."""

from __future__ import annotations

import html
import re

from classifiers.text.rewrite import rewrite, splice
from classifiers.text.view import View

_H = "[0-9A-Fa-f]"


def _utf8(mark: str) -> str:
    """A regex for the bytes of one UTF-8 character, each written as `mark` and two digits."""
    tail = f"{mark}[89ABab]{_H}"
    forms = (
        f"[0-7]{_H}",
        f"[CDcd]{_H}{tail}",
        f"[Ee]{_H}(?:{tail}){{2}}",
        f"[Ff]{_H}(?:{tail}){{3}}",
    )
    return f"(?:{mark}(?:{'|'.join(forms)}))"


_ESCAPE = re.compile(
    rf"&(?:\#[0-9]{{1,9}}|\#[xX]{_H}{{1,8}}|[A-Za-z][A-Za-z0-9]{{1,31}});?"
    rf"|%u[dD][89ABab]{_H}{{2}}%u[dD][C-Fc-f]{_H}{{2}}"
    rf"|{_utf8('%')}|{_utf8('=')}|{_utf8(chr(92) * 2 + '[xX]')}"
    rf"|\\[uU]\{{{_H}{{1,6}}\}}|\\u[dD][89ABab]{_H}{{2}}\\u[dD][C-Fc-f]{_H}{{2}}"
    rf"|[\\%]u(?:1{_H}{{4}}|[eE]0[01]{_H}{{2}})(?![0-9A-Za-z])|%[uU]{_H}{{4}}|\\u{_H}{{4}}|\\U{_H}{{8}}"
    rf"|[Uu]\+{_H}{{4,6}}(?:[ ,;]{{1,2}}(?=[Uu]\+))?|0[xX]{_H}{{2,6}}(?:[ ,;]{{1,2}}(?=0[xX]))?"
    r"|=\r?\n"
)
_BYTES = re.compile(rf"(?:%|=|\\[xX])({_H}{{2}})")
_NUMBER = re.compile(rf"&\#(?:([0-9]{{1,9}})|[xX]({_H}{{1,8}}));?")
_MOVES = (8, 9, 10, 13, 27)
"""Backspace, white space and the escape character: controls that other views read."""
_DIGITS = re.compile(rf"{_H}+")

TRIGGER = (
    r"&[#A-Za-z]|[%=][0-9A-Fa-f][0-9A-Fa-f]|%[uU]|\\[uUxX]"
    r"|[Uu]\+[0-9A-Fa-f]|0[xX][0-9A-Fa-f]|=\r?\n"
)


def unescaped(view: View) -> list[View]:
    """The text with its escapes read."""
    changed = rewrite(view, _ESCAPE, _read)
    return [changed] if changed else []


_CODES = re.compile(
    rf"(?:\\u{_H}{{4}}){{2,}}|(?:%{_H}{{2}}){{3,}}|(?:&\#(?:[0-9]{{2,7}}|[xX]{_H}{{2,6}});){{2,}}"
)


def without_codes(view: View) -> View:
    """The whole text with runs of unmistakable escapes read: no word is bent in their digits."""
    found = [
        (*match.span(), _ESCAPE.sub(_text_of, match.group()))
        for match in _CODES.finditer(view.text)
    ]
    return splice(view, found, all_of_it=True) or view


def _text_of(match: re.Match[str]) -> str:
    read = _read(match)
    return match.group() if read is None else read


def _read(match: re.Match[str]) -> str | None:
    token = match.group()
    if token[0] == "&":
        if number := _NUMBER.match(token):
            decimal, hexadecimal = number.groups()
            return _char(hexadecimal, 16) if hexadecimal else _char(decimal, 10)
        read = html.unescape(token)
        return None if read == token else read
    if token.startswith(("=\n", "=\r")):
        return ""
    if token[0] in "%=\\" and _BYTES.match(token):
        return bytes.fromhex("".join(_BYTES.findall(token))).decode("utf-8", "replace")
    if token.count("u") == 2:
        return (
            token.replace("%", "\\")
            .encode()
            .decode("unicode-escape")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16")
        )
    return _char(_DIGITS.findall(token[2:])[0], 16)


def _char(digits: str, base: int) -> str | None:
    code = int(digits, base)
    if code < 0x20 and code not in _MOVES:
        return None
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None
