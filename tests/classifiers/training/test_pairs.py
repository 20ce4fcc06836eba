"""The hand-written rows hold to their rules: contrast pairs and functional rows, all languages."""

import json
import re
from collections.abc import Iterator, Set
from itertools import combinations
from pathlib import Path

import pytest

TRAINING = Path(__file__).parents[3] / "classifiers" / "training"
PAIR_FILES = sorted((TRAINING / "pairs").glob("*/*.jsonl"))
FUNCTIONAL_FILES = sorted((TRAINING / "functional").glob("*.jsonl"))
HEADS = frozenset(
    "violence terrorism weapons sexual self_harm hate harassment crime_fraud drugs_gambling "
    "privacy illegal_trade_ip misinformation injection jailbreak prompt_leak spam_ads".split()
)
FUNCTION_WORDS = frozenset(
    "a about after all an and any are as at be before but by can could do does for from get give "
    "had has have he her him his how i if in is it its just make me my no not of on one or our out "
    "please she should so tell than that the their them then there they this to up us want was we "
    "were what when where which who why will with would write you your".split()
)
FUNCTION_CHARACTERS = frozenset(
    "的了是在我你他她们这那不有和与也都就吗呢把被给要会能可以怎么什一个人"
)
HAN = re.compile(r"[\u3400-\u9fff]+")
MAX_CHARS = 400
STEM_CHARS = 4
MOST_ALIKE = 0.6
LENGTH_RATIO = (0.75, 1.33)
LEAST_SHARING = 0.95
"""The words of a pair may be synonyms in a few: no stemmer tells."""

Row = dict[str, object]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def text(row: Row, field: str) -> str:
    value = row[field]
    assert isinstance(value, str), (row["id"], field)
    assert 0 < len(value.strip()) == len(value) <= MAX_CHARS, (row["id"], field)
    return value


def content_words(sentence: str) -> set[str]:
    """Stems of the content words of a text; of Chinese, its characters, for many are words."""
    words = set(re.findall(r"[a-z0-9]{2,}", sentence.lower())) - FUNCTION_WORDS
    characters = {character for run in HAN.findall(sentence) for character in run}
    return {word[:STEM_CHARS] for word in words} | characters - FUNCTION_CHARACTERS


def shingles(sentence: str) -> set[str]:
    """Overlapping runs of characters; shorter ones for Chinese, whose words are shorter."""
    size = 2 if HAN.search(sentence) else 5
    plain = re.sub(r"\s+", " ", sentence.lower())
    return {plain[i : i + size] for i in range(max(1, len(plain) - size + 1))}


def likeness(one: Set[str], other: Set[str]) -> float:
    """Jaccard index of two sets."""
    return len(one & other) / len(one | other)


def everything() -> Iterator[tuple[str, str]]:
    """(id, text) of every hand-written row."""
    for path in PAIR_FILES:
        for row in rows(path):
            yield text(row, "id") + "+", text(row, "harmful")
            yield text(row, "id") + "-", text(row, "harmless")
    for path in FUNCTIONAL_FILES:
        for row in rows(path):
            yield text(row, "id"), text(row, "text")


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_ids_and_texts_are_unique() -> None:
    entries = list(everything())
    first: dict[str, str] = {}
    again = [
        (first[sentence.casefold()], key)
        for key, sentence in entries
        if first.setdefault(sentence.casefold(), key) != key
    ]

    assert PAIR_FILES
    assert again == []
    assert len({key for key, _ in entries}) == len(entries)


@pytest.mark.parametrize("path", PAIR_FILES, ids=name)
def test_the_sides_of_a_pair_share_words_and_length_gives_neither_away(path: Path) -> None:
    pairs = rows(path)
    lengths = {"harmful": 0, "harmless": 0}
    sharing = 0
    for row in pairs:
        assert set(row) == {"id", "head", "topic", "kind", "harmful", "harmless"}, row["id"]
        assert row["topic"] == path.stem, row["id"]
        assert text(row, "id").startswith(f"{name(path)}-")
        assert row["head"] in HEADS, row["id"]
        assert row["kind"] in {"request", "statement"}, row["id"]
        mine, theirs = (content_words(text(row, side)) for side in lengths)
        sharing += not mine.isdisjoint(theirs)
        for side in lengths:
            lengths[side] += len(text(row, side))
    low, high = LENGTH_RATIO

    assert sharing / len(pairs) >= LEAST_SHARING
    assert low <= lengths["harmful"] / lengths["harmless"] <= high, lengths


@pytest.mark.parametrize("side", ["harmful", "harmless"])
@pytest.mark.parametrize("path", PAIR_FILES, ids=name)
def test_no_two_rows_of_a_topic_are_spun_from_one_template(path: Path, side: str) -> None:
    cut = [(row["id"], shingles(text(row, side))) for row in rows(path)]
    alike = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(cut, 2)
        if likeness(mine, theirs) > MOST_ALIKE
    ]

    assert alike == []


@pytest.mark.parametrize("path", FUNCTIONAL_FILES, ids=lambda path: path.stem)
def test_functional_rows_are_labelled_and_balanced(path: Path) -> None:
    cases = rows(path)
    for row in cases:
        assert set(row) == {"id", "text", "label", "kind", "head"}, row["id"]
        assert row["label"] in {0, 1}, row["id"]
        assert row["head"] in HEADS, row["id"]
        assert text(row, "id").startswith(f"{path.stem}-")
        assert text(row, "kind")
    positives = sum(row["label"] == 1 for row in cases)

    assert 0.4 <= positives / len(cases) <= 0.6
