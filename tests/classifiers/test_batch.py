"""A batch answers each case by itself, whole or in pieces, whatever the lines hold."""

from __future__ import annotations

import json

import pytest

from classifiers.batch import Batch, Case, CaseError, Match, read_case, term_lines

BATCH = Batch(["forbiddenword", "违禁词示例"])
TEXTS = [
    "",
    "nothing here",
    "say forbiddenword, then 违 禁 词 示 例",
    "\ud83d f\udc00orbiddenword \ud800",
    "forbiddenword\r\nforbiddenword",
    "例示词禁违",
    "padding " * 2000 + "for bid den word",
]


def test_hits_are_in_original_offsets() -> None:
    """Term, span and view of each, in the order of the text."""
    result = BATCH.whole(Case("a", "x 违*禁*词示例 forbiddenword"))

    assert (
        Match("违禁词示例", 2, 9, "plain"),
        Match("forbiddenword", 10, 23, "plain"),
    ) == result.hits


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("text", TEXTS)
def test_pieces_give_the_verdict_of_the_whole(text: str, size: int) -> None:
    """`--stream N` changes nothing, lone surrogates and long texts included."""
    case = Case("a", text)

    assert BATCH.whole(case) == BATCH.streamed(case, size)


def test_result_is_a_line_of_ascii_json() -> None:
    """The id comes back as it came."""
    line = BATCH.whole(Case(7, "forbiddenword")).line

    assert line.isascii()
    hit = {"term": "forbiddenword", "start": 0, "end": 13, "view": "plain"}
    assert {"id": 7, "matched": True, "hits": [hit]} == json.loads(line)


def test_list_may_be_saved_by_any_editor() -> None:
    """Byte order mark, line ends of Windows, comments, blank and double lines."""
    data = "\ufeffone\r\n\r\n# no\r\n  two \none\n违禁\u2028词".encode()

    assert ["one", "two", "违禁\u2028词"] == term_lines(data)


def test_cases_are_read_with_lone_surrogates_and_without_ids() -> None:
    """Blank lines are none; a case without an id gets its line's number."""
    assert read_case(b" \r\n", 1) is None
    assert Case(3, "\ud83d") == read_case(b'\xef\xbb\xbf{"text": "\\ud83d"}', 3)


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"text": 1}', b'{"id": [], "text": ""}', b"\xff"])
def test_other_line_is_named_and_not_quoted(line: bytes) -> None:
    """By its number."""
    with pytest.raises(CaseError, match="line 9: "):
        read_case(line, 9)
