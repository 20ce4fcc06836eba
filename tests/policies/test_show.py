"""Showing packs: rows of plain values, and no word of a list."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import orjson

from policies.load import load_pack
from policies.show import list_packs, picture, show_pack


def test_the_listing_names_every_bundled_pack_with_its_digest() -> None:
    """What `ls` prints can be compared with a record."""
    rows = {row.name: row for row in list_packs()}

    assert rows["cn-interim-measures"].digest == load_pack("cn-interim-measures").pack.digest
    assert rows["cn-interim-measures"].leaves == 31


def test_a_leaf_shows_what_serves_it(sample: Path) -> None:
    """Placeholders count for nothing."""
    first, second = show_pack(sample).leaves

    assert (first.keywords, first.served_by) == (0, "lexicon (operator's list only)")
    assert (second.served_by, second.prompt, second.output) == ("patterns", "flag", "redact")


def test_an_operators_terms_are_counted_apart(sample: Path, tmp_path: Path) -> None:
    """Who brought a term matters to an auditor."""
    own = tmp_path / "own.txt"
    own.write_text("operatorword\n", encoding="utf-8")

    assert show_pack(sample, {"S.1": [own]}).leaves[0].operator_keywords == 1


def test_a_picture_is_json_and_quotes_no_list() -> None:
    """Programs read it, and it may lie in a log."""
    loaded = load_pack("cn-interim-measures")
    told = orjson.dumps(asdict(picture(loaded))).decode()

    assert [term.text for term in loaded.terms if term.text in told] == []
