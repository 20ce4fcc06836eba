"""What word lists cost: per kilobyte, whole and streamed, and beside two plain ways of looking.

python -m benchmarks.lexicon [--json]

`pyahocorasick` is asked as well where it is installed. It and the plain loop find what is written
as it stands in the list and nothing else: they show what reading disguises costs on top.
Kilobytes are 1,000 bytes of UTF-8.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import re2  # type: ignore[import-untyped]

from benchmarks.corpus import chinese, english, terms
from benchmarks.evasion.suite import cases
from classifiers.lexicon import Lexicon
from classifiers.lexicon_index import Index, Reading
from classifiers.terms import Term
from classifiers.text.view import View, canonical, unmoved
from classifiers.text.views import DISGUISES, suspect
from classifiers.types import Segment
from gateway.commands.lexicon import resident_mib

SIZES = (1_000, 10_000, 100_000)
CHARACTERS = 8_000
STREAMED = 2_000
DELTA = 4
ROUNDS = 5
RELOADED = 50_000
HELD = frozenset({"lexicon"})
PEER = "ahocorasick"


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several rounds, and the best."""

    what: str
    terms: int
    median: float
    best: float
    unit: str


def timed(do: Callable[[], object], kilobytes: float) -> tuple[float, float]:
    """Microseconds per KB: the median and the best of the rounds."""
    rounds = []
    do()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        do()
        rounds.append(1e6 * (time.perf_counter() - start) / kilobytes)
    return statistics.median(rounds), min(rounds)


def texts(characters: int) -> dict[str, str]:
    return {"English": english(characters), "Chinese": chinese(characters)}


def size(text: str) -> float:
    return len(text.encode()) / 1000


def deltas(text: str) -> list[str]:
    return [text[at : at + DELTA] for at in range(0, len(text), DELTA)]


def follow(lexicon: Lexicon, pieces: Sequence[str]) -> None:
    stream = lexicon.stream(HELD)
    for piece in pieces:
        stream.feed(piece)
    stream.finish()


def peer_of(words: Sequence[str]) -> Any:
    """The automaton of pyahocorasick, which has no types."""
    automaton = import_module(PEER).Automaton()
    for word in words:
        automaton.add_word(word.lower(), word)
    automaton.make_automaton()
    return automaton


def peer_whole(automaton: Any, text: str) -> None:
    list(automaton.iter(text.lower()))


def peer_streamed(automaton: Any, pieces: Sequence[str]) -> None:
    found = automaton.iter("")
    for piece in pieces:
        found.set(piece.lower())
        list(found)


def loop(words: Sequence[str], text: str) -> None:
    lowered = text.lower()
    [word for word in words if word in lowered]


def costs(count: int) -> Iterator[Figure]:
    """One size of list, in every way of looking."""
    words = terms(count)
    lexicon = Lexicon.compile(map(Term, words))
    peer = peer_of(words) if find_spec(PEER) else None
    lowered = [word.lower() for word in words]
    for name, text in texts(CHARACTERS).items():
        scan = partial(lexicon.scan, [Segment(text)])
        yield figure(f"{name}, whole", count, scan, text)
        if peer:
            do = partial(peer_whole, peer, text)
            yield figure(f"{name}, whole, pyahocorasick", count, do, text)
        yield figure(f"{name}, whole, str loop", count, partial(loop, lowered, text), text)
    for name, text in texts(STREAMED).items():
        pieces = deltas(text)
        yield figure(f"{name}, streamed by {DELTA}", count, partial(follow, lexicon, pieces), text)
        if peer:
            do = partial(peer_streamed, peer, pieces)
            yield figure(f"{name}, streamed by {DELTA}, pyahocorasick", count, do, text)


def figure(what: str, count: int, do: Callable[[], object], text: str) -> Figure:
    return Figure(what, count, *timed(do, size(text)), "us per KB")


def disguised_text() -> str:
    """Cases of the evasion suite between ordinary sentences: every view has something to do."""
    some = cases("a", seed=1, each=1, composed=0)
    text = "\n\n".join(f"{english(60)}\n{case.text}\n{chinese(30)}" for case in some)
    return text.encode("utf-8", "replace").decode()


def shares(count: int) -> Iterator[Figure]:
    """What each step and each view costs by itself: its text made, squeezed and looked through."""
    listed = [Term(word) for word in terms(count)]
    index, lexicon = Index(listed, {}), Lexicon.compile(listed)
    for name, text in {**texts(CHARACTERS), "every disguise": disguised_text()}.items():
        folded = canonical(text)
        plain = Reading("plain", folded)
        steps: dict[str, Callable[[], object]] = {
            "every step": partial(lexicon.scan, [Segment(text)]),
            "fold": partial(canonical, text),
            "signs": partial(suspect, text, folded),
            "plain": partial(look, index, "plain", partial(list, (folded,))),
            "sound": partial(listen, index, plain),
        }
        for disguise in DISGUISES:
            if re2.search(disguise.trigger, text) and (
                disguise.likely is None or disguise.likely(text.encode().lower())
            ):
                undo = partial(disguise.undo, unmoved(text))
                steps[disguise.name] = partial(look, index, disguise.name, undo)
        for step, do in steps.items():
            yield figure(f"{name}, {step}", count, do, text)


def look(index: Index, name: str, undo: Callable[[], list[View]]) -> None:
    for view in undo():
        index.raw(Reading(name, canonical(view.text)).key)


def listen(index: Index, reading: Reading) -> None:
    index.raw(reading.aloud().key)


def memory(count: int, what: str) -> float:
    """MiB by which a fresh process grows when a list is compiled."""
    command = [sys.executable, "-m", "benchmarks.lexicon", "--memory", str(count), what]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def grown(count: int, what: str) -> float:
    words = terms(count)
    Lexicon.compile([Term("违禁词示例"), Term("forbiddenword")]).scan([Segment(chinese(100))])
    before = resident_mib()
    kept = peer_of(words) if what == PEER else Lexicon.compile(map(Term, words))
    after = resident_mib()
    del kept
    return after - before


def reloading(count: int) -> Iterator[Figure]:
    """How long a list takes to compile in a thread, and for how long that stops all others.

    The automaton's library keeps the interpreter's lock while it builds, so the pause is real.
    """
    listed = [Term(word) for word in terms(count)]
    rounds = sorted(_compiled_beside(listed) for _ in range(3))
    yield Figure("compiled in a thread", count, 1e3 * rounds[1][0], 1e3 * rounds[0][0], "ms")
    pauses = sorted(pause for _, pause in rounds)
    yield Figure("longest pause meanwhile", count, 1e3 * pauses[1], 1e3 * pauses[0], "ms")


def _compiled_beside(listed: Sequence[Term]) -> tuple[float, float]:
    """Seconds it took, and the longest time between two turns of another thread."""
    compiling = threading.Thread(target=Lexicon.compile, args=(listed,))
    start = last = time.perf_counter()
    longest = 0.0
    compiling.start()
    while compiling.is_alive():
        time.sleep(0.001)
        now = time.perf_counter()
        last, longest = now, max(longest, now - last)
    return last - start, longest


def memories() -> Iterator[Figure]:
    for what in ["stoplog", *([PEER] if find_spec(PEER) else [])]:
        for count in SIZES[1:]:
            found = sorted(memory(count, what) * 10_000 / count for _ in range(3))
            unit = "MiB per 10,000 terms"
            yield Figure(f"memory, {what}", count, found[1], found[0], unit)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        count, what = arguments.memory
        print(grown(int(count), what))
        return
    figures = [row for count in SIZES for row in costs(count)]
    figures += [*shares(10_000), *memories(), *reloading(RELOADED)]
    if arguments.json:
        print(json.dumps([asdict(row) for row in figures], indent=1))
        return
    for row in figures:
        print(f"{row.terms:8} {row.median:12.2f} {row.best:12.2f} {row.unit:22} {row.what}")


if __name__ == "__main__":
    main()
