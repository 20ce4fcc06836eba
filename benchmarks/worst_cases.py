"""What the costliest texts we know to ask cost the word list and the patterns.

python -m benchmarks.worst_cases [--json] [--size BYTES ...]
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
import string
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from benchmarks.corpus import chinese, english, terms
from classifiers.lexicon import Lexicon
from classifiers.patterns import FAMILIES, Patterns
from classifiers.terms import Term
from classifiers.types import Segment

SIZES = (65_536, 1_000_000)
TERMS = 20_000
ROUNDS = 3
BOMBS = ("base64", "nested base64", "base64 of gzip")


def _drawn(chars: str, size: int) -> str:
    return "".join(random.Random(size).choices(chars, k=size))


def _repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def _base64(size: int) -> str:
    return base64.b64encode(random.Random(size).randbytes(size * 3 // 4)).decode()[:size]


def _lines(size: int) -> str:
    text = _base64(size)
    return "\n".join(text[at : at + 76] for at in range(0, size, 76))[:size]


def _short_tokens(size: int) -> str:
    text = _base64(size)
    return " ".join(text[at : at + 16] for at in range(0, size, 16))[:size]


def _nested(size: int) -> str:
    data = english(size // 3).encode()
    for _ in range(3):
        data = base64.b64encode(data)
    return data.decode()[:size]


def _said_base64(size: int) -> str:
    pieces = (base64.b64encode(f"text {n} of many".encode()).decode() for n in range(size // 16))
    return " ".join(pieces)[:size]


def _gzip(size: int) -> str:
    bomb = base64.b64encode(gzip.compress(b"a " * 8_000_000)).decode()
    return " ".join([bomb] * (size // len(bomb) + 1))[:size]


def _escapes(size: int) -> str:
    codes = range(size // 20 + 1)
    pieces = [f"%25{n % 83 + 16:02x}&amp;#x2{n % 10};\\u00{n % 83 + 16:02x}" for n in codes]
    return "".join(pieces)[:size]


GENERATORS: dict[str, Callable[[int], str]] = {
    "base64": _base64,
    "base64 in lines": _lines,
    "base64 in tokens": _short_tokens,
    "base64 that says something": _said_base64,
    "nested base64": _nested,
    "base64 of gzip": _gzip,
    "base32": partial(_drawn, string.ascii_uppercase + "234567"),
    "hex": partial(_drawn, "0123456789abcdef"),
    "hex in pairs": partial(_repeated, "61 7a 2f 4b "),
    "numbers": partial(_repeated, "104 101 108 112 "),
    "overrides": partial(_repeated, "\u202eabc\u202c"),
    "leet": partial(_drawn, "ab01345$@! "),
    "quotes": partial(_repeated, "'a' + \"b\" . "),
    "escapes": _escapes,
    "entities": partial(_repeated, "&amp;#97;&#x62;"),
    "evenly spaced": partial(_repeated, "a.b.c.d.e "),
    "Han spaced": partial(_repeated, "天 气 很 好 "),
    "stammer": partial(_repeated, "aabbccdd "),
    "emoji": partial(_repeated, "a😀b😀c😀"),
    "Cyrillic": partial(_drawn, "аеорсухвнк "),
    "half Cyrillic": partial(_drawn, "аеорсухabc "),
    "parts": partial(_repeated, "日月木木女子"),
    "Morse": partial(_repeated, ".- -... "),
    "turned": partial(_repeated, "pɹoʍ ǝɥʇ "),
    "backspaces": partial(_repeated, "ab\b"),
    "markup": partial(_repeated, "a<b>c</b>"),
    "zero width": partial(_repeated, "\u200b\u200c"),
    "combining marks": partial(_repeated, "a\u0301\u0302"),
    "everything": lambda size: (
        "".join(make(size // 8) for make in (_base64, _escapes, _short_tokens, _nested))
        + _repeated("f.0.r.b \u202eabc\u202c 'a'+'b' aabbcc аbс 日月 天 气 很 好 ", size // 2)
    ),
}


def _of_size(text: str, size: int) -> str:
    """The text cut to so many bytes of UTF-8."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    chars: int
    lexicon_ms: float
    patterns_ms: float
    undecodable: bool
    peak_mb: float | None = None


def median(do: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds of the processor."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        do()
        taken.append(1e3 * (time.process_time() - start))
    return sorted(taken)[rounds // 2]


def peak(do: Callable[[], object]) -> float:
    """Megabytes that one call holds at most, beyond what was held before."""
    tracemalloc.start()
    do()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / 1e6


def figure(name: str, text: str, lexicon: Lexicon, patterns: Patterns) -> Figure:
    segments = [Segment(text)]
    scan = partial(lexicon.scan, segments)
    return Figure(
        what=name,
        chars=len(text),
        lexicon_ms=round(median(scan), 2),
        patterns_ms=round(median(partial(patterns.scan, segments)), 2),
        undecodable=bool(scan().failures),
        peak_mb=round(peak(scan), 2) if name in BOMBS else None,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", type=int, nargs="+", default=SIZES)
    arguments = parser.parse_args()
    lexicon = Lexicon.compile([Term(text) for text in terms(TERMS)])
    patterns = Patterns(FAMILIES)
    texts = {"plain English": english, "plain Chinese": chinese, **GENERATORS}
    figures = [
        figure(name, _of_size(make(size), size), lexicon, patterns)
        for size in arguments.size
        for name, make in texts.items()
    ]
    if arguments.json:
        print(json.dumps([asdict(one) for one in figures], indent=2))
        return
    for one in figures:
        said = "undecodable" if one.undecodable else ""
        memory = "" if one.peak_mb is None else f"{one.peak_mb} MB"
        print(
            f"{one.chars:9} {one.lexicon_ms:9.2f} {one.patterns_ms:9.2f} ms"
            f"  {one.what:28}{memory:10}{said}"
        )


if __name__ == "__main__":
    main()
