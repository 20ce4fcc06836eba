"""How many ordinary sentences a list of ordinary terms hits that do not occur in them.

python -m benchmarks.false_positives DATA [--json] [--examples 10]

DATA: a folder of `*.jsonl.gz` files whose lines have a `text` (and perhaps a `response`).
Half of the texts, told by a checksum, give the sentences; the other half gives the terms. A term
counts as occurring when the folded sentences hold it (case, width, simplified characters), so every
hit that is left is the doing of a view or of a bridge over separators.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from classifiers.automaton import Automaton
from classifiers.lexicon import Lexicon
from classifiers.terms import Term
from classifiers.text.gaps import MAX_GAP
from classifiers.text.view import canonical
from classifiers.types import Finding, Segment

QUOTA = {"zh": 10_000, "en": 9_000, "code": 4_000, "other": 3_000}
TERMS = 10_000
SEED = 7
_FENCED = re.compile(r"```.*?\n(.*?)```", re.DOTALL)
_ENDS = re.compile(r"(?<=[。！？!?])|(?<=\.)\s+|\n+")
_HAN = re.compile("[\u3400-\u9fff]")
_HAN_RUN = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile("[A-Za-z]")
_WORD = re.compile(r"\b[a-z]{4,14}\b")
_CODE = re.compile(
    r"[;{}]\s*$|^\s*(def|class|import|from|return|for|if|#include|public|const)\b.*[(:;{]"
    r"|[=(\[]\S*[)\]];?$"
)


@dataclass(frozen=True, slots=True)
class Rate:
    """Sentences hit, of how many, with the Wilson interval at 95 %."""

    of: str
    hit: int
    sentences: int
    percent: float
    low: float
    high: float


def rate(of: str, hit: int, sentences: int) -> Rate:
    """Wilson 1927: holds for few hits too."""
    z, n = 1.96, max(1, sentences)
    share = hit / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(0.0, middle - reach), middle + reach
    return Rate(of, hit, sentences, *(round(100 * part, 4) for part in (share, low, high)))


def read(data: Path) -> Iterator[str]:
    """Every text of the folder."""
    for file in sorted(data.rglob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield from _texts(row)


def _texts(row: Mapping[str, object]) -> Iterator[str]:
    for name in ("text", "response", "context", "code", "error"):
        value = row.get(name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield "\n".join(part for part in value if isinstance(part, str))


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Kind and sentence; what stands in code fences is code, and what looks like it."""
    code = [line for block in _FENCED.findall(text) for line in block.splitlines()]
    rest = _FENCED.sub("\n", text)
    for line in code:
        if fit(line):
            yield "code", line
    for sentence in _ENDS.split(rest):
        if fit(sentence):
            yield kind_of(sentence), sentence.strip()


def fit(sentence: str) -> bool:
    return 6 <= len(sentence.strip()) <= 300


def kind_of(sentence: str) -> str:
    if _CODE.search(sentence):
        return "code"
    letters = sum(map(str.isalpha, sentence))
    if len(_HAN.findall(sentence)) * 4 > letters:
        return "zh"
    return "en" if len(_LATIN.findall(sentence)) * 10 > letters * 9 else "other"


def sampled(found: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Of each kind as many as are wanted, from a seed."""
    chance = random.Random(SEED)
    return [
        (kind, sentence)
        for kind, wanted in QUOTA.items()
        for sentence in chance.sample(found[kind], min(wanted, len(found[kind])))
    ]


def ordinary_terms(found: Mapping[str, Sequence[str]], absent_from: Sequence[str]) -> list[str]:
    """Half Chinese, half English, none of which the sentences hold.

    A quarter each are of two Han, of more, words, and pairs of words; what one lacks, the next has.
    """
    han, latin = cohesive(found["zh"]), words(found["en"])
    candidates = [
        [term for term in han if len(term) == 2],
        [term for term in han if len(term) > 2],
        [term for term in latin if " " not in term],
        [term for term in latin if " " in term],
    ]
    page = ("\n" * (MAX_GAP + 1)).join(canonical(text).text for text in absent_from)
    chance = random.Random(SEED)
    terms: list[str] = []
    for number, some in enumerate(candidates, 1):
        listed = list({canonical(term).text: term for term in some}.items())
        present = {at for at, _, _ in Automaton([form for form, _ in listed]).hits(page)}
        absent = [term for at, (_, term) in enumerate(listed) if at not in present]
        wanted = number * TERMS // len(candidates) - len(terms)
        terms += chance.sample(absent, min(wanted, len(absent)))
    return terms


def words(texts: Iterable[str]) -> list[str]:
    """English words, and pairs of them, that are said more than once."""
    counts: Counter[str] = Counter()
    for text in texts:
        found = _WORD.findall(text)
        counts.update(found)
        counts.update(" ".join(pair) for pair in pairwise(found))
    return sorted(word for word, count in counts.items() if count > 1)


def cohesive(texts: Iterable[str]) -> list[str]:
    """Strings of two to four Han that stand together far more often than chance would have it."""
    counts: Counter[str] = Counter()
    for text in texts:
        for run in _HAN_RUN.findall(text):
            counts.update(run[at : at + n] for n in range(1, 5) for at in range(len(run) - n + 1))
    total = sum(count for gram, count in counts.items() if len(gram) == 1)

    def together(gram: str) -> bool:
        cuts = ((gram[:at], gram[at:]) for at in range(1, len(gram)))
        least = min(counts[gram] * total / (counts[a] * counts[b]) for a, b in cuts)
        return least > 30

    return sorted(
        gram for gram, count in counts.items() if len(gram) > 1 and count > 2 and together(gram)
    )


def judged(
    lexicon: Lexicon, texts: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, Sequence[Finding]]]:
    for kind, text in texts:
        yield kind, text, lexicon.scan([Segment(text)]).findings


def halved(data: Path) -> list[dict[str, list[str]]]:
    """The sentences of either half of the texts, by kind, each once."""
    halves: list[dict[str, dict[str, None]]] = [defaultdict(dict), defaultdict(dict)]
    for text in dict.fromkeys(read(data)):
        half = halves[crc32(text.encode("utf-8", "replace")) & 1]
        for kind, sentence in sentences(text):
            half[kind].setdefault(sentence)
    return [{kind: list(half[kind]) for kind in QUOTA} for half in halves]


def counted(
    terms: Sequence[str], texts: Sequence[tuple[str, str]], examples: int
) -> Iterator[Rate]:
    """The rates over all sentences, of each kind and of each view; prints examples."""
    lexicon = Lexicon.compile(Term(term, id=str(number)) for number, term in enumerate(terms))
    kinds: Counter[str] = Counter()
    views: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for kind, text, findings in judged(lexicon, texts):
        kinds[kind] += bool(findings)
        views.update({finding.view for finding in findings})
        for finding in findings:
            shown[finding.view] += 1
            if shown[finding.view] <= examples:
                here = text[finding.start : finding.end]
                print(f"{finding.view}: {terms[int(finding.rule)]!r} in {here!r}")
    yield rate("all", kinds.total(), len(texts))
    for kind, count in Counter(kind for kind, _ in texts).items():
        yield rate(f"kind {kind}", kinds[kind], count)
    for view, hit in views.most_common():
        yield rate(f"view {view}", hit, len(texts))


def described(terms: Sequence[str]) -> dict[str, int]:
    """What the list is made of: from three syllables on, entries are heard as well."""
    han = [term for term in terms if _HAN.match(term)]
    latin = [term for term in terms if not _HAN.match(term)]
    return {
        "Han of two": sum(len(term) == 2 for term in han),
        "Han of three and four": sum(len(term) > 2 for term in han),
        "English words": sum(" " not in term for term in latin),
        "pairs of English words": sum(" " in term for term in latin),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--examples", type=int, default=0, help="hits of each view to print")
    arguments = parser.parse_args()
    told, listed = halved(arguments.data)
    texts = sampled(told)
    terms = ordinary_terms(listed, [text for _, text in texts])
    rates = list(counted(terms, texts, 0 if arguments.json else arguments.examples))
    if arguments.json:
        rows = [asdict(row) for row in rates]
        print(json.dumps({"terms": described(terms), "rates": rows}, indent=1))
        return
    print(f"{len(terms)} terms: {described(terms)}")
    for row in rates:
        interval = f"[{row.low:.3f} - {row.high:.3f}]"
        print(f"{row.of:16} {row.hit:6} of {row.sentences:6}  {row.percent:.3f} % {interval}")


if __name__ == "__main__":
    main()
