"""JSON inside a string, such as the arguments of a tool call: its escapes read, and the way back.

Whoever runs the tool reads `\\u0066` as a letter, so that is what must be screened. Only escapes
are read (RFC 8259, section 7): braces and keys stay, and so the text may grow piece by piece.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_HEX = "[0-9A-Fa-f]"
_PAIR = rf"\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
_ESCAPE = re.compile(rf'{_PAIR}|\\u{_HEX}{{4}}|\\["\\/bfnrt]')
_BEGUN = re.compile(
    rf"\\(?:u(?:{_HEX}{{0,3}}|[dD][89abAB]{_HEX}{{2}}(?:\\(?:u(?:[dD](?:[c-fC-F]{_HEX}?)?)?)?)?))?\Z"
)
"""An escape that the next piece may complete."""
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Unescaper:
    """Reads the escapes of a growing text. Offsets are characters, as everywhere."""

    def __init__(self) -> None:
        self._waiting = ""
        self._taken = 0
        """Characters of the original that have been read."""
        self._given = 0
        """Characters that came of them."""
        self._reads = [0]
        self._origins = [0]
        """From each of `_reads` on, characters stand in the original as far behind `_origins`."""

    def feed(self, text: str) -> str:
        """Take more of the text; return what is certain to follow."""
        text = self._waiting + text
        done = 0
        pieces: list[str] = []
        for escape in _ESCAPE.finditer(text):
            if len(escape.group()) == 6 and _BEGUN.match(text, escape.start()):
                break
            pieces += (text[done : escape.start()], _read(escape.group()))
            done = escape.end()
            self._given += len(pieces[-2]) + len(pieces[-1])
            self._reads.append(self._given)
            self._origins.append(self._taken + done)
        begun = _BEGUN.search(text, done)
        end = begun.start() if begun else len(text)
        pieces.append(text[done:end])
        self._given += end - done
        self._taken += end
        self._waiting = text[end:]
        return "".join(pieces)

    def finish(self) -> str:
        """The text ends here: what waited was no escape."""
        rest, self._waiting = self._waiting, ""
        self._given += len(rest)
        self._taken += len(rest)
        return rest

    def origin(self, offset: int) -> int:
        """Where in the original the character at an offset of what was returned begins."""
        at = bisect_right(self._reads, offset) - 1
        return self._origins[at] + offset - self._reads[at]


def unescaped(text: str) -> tuple[str, Unescaper]:
    """A whole text with its escapes read, and the way back."""
    reader = Unescaper()
    return reader.feed(text) + reader.finish(), reader


def _read(escape: str) -> str:
    if escape[1] != "u":
        return _SHORT.get(escape[1], escape[1])
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        code = 0x10000 + ((code & 0x3FF) << 10 | int(escape[8:], 16) & 0x3FF)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
