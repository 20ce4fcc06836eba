"""`stoplog lexicon`: lists counted, looked over, extended, and terms explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.commands.lexicon import app

TERMS = "# words\nforbiddenword\n违禁词示例\n违禁 abc\n"


def lexicon(*arguments: str | Path, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), input=given)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def written(folder: Path, text: str, name: str = "H.1.txt") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_stats_count_a_list_by_script_kind_and_leaf(tmp_path: Path) -> None:
    """And say what the compiled list takes."""
    *counts, memory = rows(lexicon("stats", written(tmp_path, TERMS), "--json"))
    entries = {(row["by"], row["name"]): row["entries"] for row in counts}

    assert entries == {
        ("script", "han"): 1,
        ("script", "latin"): 1,
        ("script", "mixed"): 1,
        ("kind", "word"): 3,
        ("leaf", "H.1"): 3,
        ("all", "all"): 3,
    }
    assert next(row["keys"] for row in counts if row["by"] == "all") > 3
    assert memory["mib"] >= 0


def test_stats_of_a_pack_name_its_leaves() -> None:
    """Without a file, the pack's own lists."""
    counts = rows(lexicon("stats", "--pack", "baseline", "--json"))

    assert {row["name"] for row in counts if row.get("by") == "leaf"} >= {"hate", "illicit"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("forbiddenword\nbadphrase\n违禁词示例\n", []),
        ("forbiddenword\nｆorbiddenWORD\n", [(2, "duplicate")]),
        ("违禁词语\n違禁詞語\n", [(2, "duplicate")]),
        ("two words\ntwowords\n", []),
        ("forbiddenword\nx\n", [(2, "load")]),
        ("forbiddenword\n!!!!\n", [(2, "empty")]),
        ("forbiddenword\nx!!!\n", [(2, "short")]),
        ("# letters\nletter\nforbiddenword\n", [(2, "ordinary")]),
    ],
)
def test_lint_names_the_line_of_each_careless_entry(
    tmp_path: Path, lines: str, expected: list[tuple[int, str]]
) -> None:
    """With a remedy, and exit code 1; a clean list is 0."""
    done = lexicon("lint", written(tmp_path, lines), "--json")

    assert [(row["line"], row["code"]) for row in rows(done)] == expected
    assert all(row["remedy"] for row in rows(done))
    assert done.exit_code == (1 if expected else 0)


def test_lint_tells_allow_phrases_that_excuse_everything_or_nothing(tmp_path: Path) -> None:
    """The phrases stand beside the lists, as in a pack, and speak for all of them."""
    other = written(tmp_path, "另一个词\n", "H.2.txt")
    allow = written(tmp_path, "违禁词示例\n另一件事\n大违禁词示例集\n另一个词语\n", "allow.txt")
    done = lexicon("lint", written(tmp_path, TERMS), other, "--json")

    assert [(r["where"], r["line"], r["code"]) for r in rows(done)] == [
        (str(allow), 1, "conflict"),
        (str(allow), 2, "unused"),
    ]


def test_lint_finds_entries_that_are_parts_of_ordinary_words(tmp_path: Path) -> None:
    """Given texts that must pass: an entry in many of them is named, its twin is not."""
    ordinary = written(tmp_path, "今天天气很好\n天气预报说有雨\n去散步吧\n", "ordinary.txt")
    done = lexicon("lint", written(tmp_path, "天气\n违禁词\n"), "--ordinary", ordinary, "--json")

    assert [(row["line"], row["code"]) for row in rows(done)] == [(1, "common")]


def test_lint_quotes_no_term(tmp_path: Path) -> None:
    """Lists are secrets; remarks go into tickets and logs."""
    done = lexicon("lint", written(tmp_path, "forbiddenword\nFORBIDDENWORD\nx\n"))

    assert done.exit_code == 1
    assert "forbidden" not in done.output.lower()


def test_add_appends_a_line_once(tmp_path: Path) -> None:
    """An entry that folds to one that is there is refused, and the file stays as it is."""
    file = written(tmp_path, "forbiddenword")
    first, again = lexicon("add", file, "违禁词语"), lexicon("add", file, "違禁詞語")

    assert (first.exit_code, again.exit_code) == (0, 1)
    assert file.read_text(encoding="utf-8") == "forbiddenword\n违禁词语\n"
    assert f"{file}:2:" in again.stderr


@pytest.mark.parametrize("term", ["x", " ", "# note", "two\nlines", "bad\x00word", "x" * 200])
def test_add_refuses_what_is_no_entry(tmp_path: Path, term: str) -> None:
    """Before it touches the file."""
    done = lexicon("add", tmp_path / "new.txt", "--", term)

    assert done.exit_code == 2
    assert not (tmp_path / "new.txt").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "# words\nforbiddenword\n违禁词语\n違禁詞語\n"),
        ("a.csv", 'leaf,term\nH.1,forbiddenword\nH.1,"违禁词语"\nH.1,違禁詞語\n'),
        ("b.csv", "forbiddenword,3\n违禁词语,1\n違禁詞語,1\n"),
        (
            "a.jsonl",
            '{"term": "forbiddenword"}\n{"word": "违禁词语", "exact": false}\n"違禁詞語"\n',
        ),
    ],
)
def test_import_reads_every_format(tmp_path: Path, name: str, text: str) -> None:
    """Into one term a line, each once."""
    target = tmp_path / "H.1.txt"
    done = lexicon("import", written(tmp_path, text, name), target, "--json")

    assert target.read_text(encoding="utf-8") == "forbiddenword\n违禁词语\n"
    assert [(row["added"], row["duplicates"], row["total"]) for row in rows(done)] == [(2, 1, 2)]


def test_import_takes_the_rows_of_a_leaf_and_says_what_it_leaves(tmp_path: Path) -> None:
    """A column that no option says is named, not hidden."""
    source = written(
        tmp_path, "leaf,term,colour\nH.1,forbiddenword,red\nH.2,badphrase,red\n", "a.csv"
    )
    done = lexicon("import", source, tmp_path / "H.1.txt", "--leaf", "H.1")

    assert (tmp_path / "H.1.txt").read_text() == "forbiddenword\n"
    assert "`colour` was left behind" in done.stderr


OPTIONED = (
    "forbiddenword\texact\n违禁词示例\tphonetic=no\tseverity=0.5\texpires=2031-05-01\tsource=us\n"
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", OPTIONED),
        (
            "a.csv",
            """term,kind,phonetic,severity,expires,source,leaf
forbiddenword,exact,,,,,
违禁词示例,,false,0.5,2031-05-01,us,H.1
""",
        ),
        (
            "a.jsonl",
            """{"term": "forbiddenword", "exact": true}
{"term": "违禁词示例", "phonetic": false, "severity": 0.5, "expires": "2031-05-01", "source": "us"}
""",
        ),
    ],
)
def test_import_keeps_the_options_of_an_entry(tmp_path: Path, name: str, text: str) -> None:
    """Whatever the list is written in; the leaf of the list itself need not be said."""
    target = tmp_path / "H.1.txt"
    lexicon("import", written(tmp_path, text, name), target)

    assert OPTIONED == target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("forbiddenword\texpires=2020-01-01", "expired"),
        ("forbiddenword\texpires=2999-01-01", ""),
        ("my forbiddenphrase\nforbiddenphrase", "shadowed"),
        ("myforbiddenphrase\nforbiddenphrase", ""),
        ("[a-z]{3,9}\tregex", "broad"),
        ("[0-9]{1,4}\tregex", "broad"),
        ("forbidden-[0-9]{2,4}\tregex", ""),
        ("forbidden.*word\tregex", "load"),
        ("forbiddenword\tshiny", "load"),
    ],
)
def test_lint_looks_at_options(tmp_path: Path, line: str, code: str) -> None:
    """What expired, what another entry makes idle, and expressions that match too much."""
    done = lexicon("lint", written(tmp_path, line + "\n"), "--json")

    assert [code] * bool(code) == [row["code"] for row in rows(done)]


def test_stats_count_options(tmp_path: Path) -> None:
    """So that an operator sees what is milder, what ends, and what is not heard."""
    done = lexicon("stats", written(tmp_path, OPTIONED), "--json")
    found = {row["name"] for row in rows(done) if row.get("by") == "option"}

    assert {"milder", "expires", "not heard"} == found


@pytest.mark.parametrize(
    ("options", "text", "outcome", "severity"),
    [
        (["severity=0.5"], "a forbidden*word", "found", 0.5),
        (["exact"], "a forbidden*word", "separators", 0),
        (["exact"], "a ＦＯＲＢＩＤＤＥＮＷＯＲＤ", "found", 1),
        (["regex", "severity=0.2"], "a forbiddenword", "found", 0.2),
    ],
)
def test_explain_takes_options(
    options: list[str], text: str, outcome: str, severity: float
) -> None:
    """The severity is told where a hit counts."""
    said = [word for option in options for word in ("-o", option)]
    (row,) = rows(lexicon("explain", "forbiddenword", text, "--json", *said))

    assert (outcome, severity) == (row["outcome"], row["severity"])


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.csv", "term,kind\nforbiddenword,\nfine phrase,glob\n", 3),
        ("a.csv", "term,expires\nforbiddenword,\nfine phrase,soon\n", 3),
        ("a.jsonl", '{"term": "forbiddenword"}\n{"term": "f.*d", "regex": true}\n', 2),
        ("a.jsonl", '{"term": "forbiddenword"}\n{"severity": 1}\n', 2),
        ("a.jsonl", '{"term": "forbiddenword"}\n[1]\n', 2),
        ("a.csv", "term\nforbiddenword\nx\n", 3),
        ("a.csv", 'term\n"forbiddenword\n', 2),
        ("a.csv", 'term\n"forbidden\nword"\n', 3),
        ("a.jsonl", '"forbiddenword"\n"# not a comment"\n', 2),
    ],
)
def test_import_is_all_or_nothing(tmp_path: Path, name: str, text: str, line: int) -> None:
    """A row read as another than it is would stop what it should let pass, or pass it."""
    done = lexicon("import", written(tmp_path, text, name), tmp_path / "H.1.txt")

    assert done.exit_code == 2
    assert f"{name}:{line}:" in done.stderr
    assert not (tmp_path / "H.1.txt").exists()


@pytest.mark.parametrize(
    ("term", "text", "outcome", "view"),
    [
        ("forbiddenword", "a forbiddenword here", "found", "plain"),
        ("forbiddenword", "a f.o.r.b.i.d.d.e.n.w.o.r.d here", "found", "plain"),
        ("forbiddenword", "a Zm9yYmlkZGVud29yZA== here", "found", "base64"),
        ("违禁词示例", "这里有 weijinci 示例 吗", "found", "sound"),
        ("bass", "an embassy", "edges", "plain"),
        ("违禁词", "违禁。另一个词", "absent", ""),
        ("违禁", "违。。。禁", "separators", "plain"),
        ("金瓶梅", "今天", "absent", ""),
    ],
)
def test_explain_says_which_view_or_why_not(term: str, text: str, outcome: str, view: str) -> None:
    """Exit code 0 only where it is found."""
    done = lexicon("explain", term, text, "--json")
    (first,) = rows(done)

    assert (first["outcome"], first["view"]) == (outcome, view)
    assert first["reason"]
    assert done.exit_code == (0 if outcome == "found" else 1)


def test_explain_knows_tones() -> None:
    """Alike but for the tones is no hit, and that is said."""
    done = lexicon("explain", "违禁词示例", "尾巾刺是里", "--json")

    assert [(row["outcome"], row["view"]) for row in rows(done)] == [("tones", "sound")]


def test_explain_knows_allow_phrases(tmp_path: Path) -> None:
    """A hit within one is told as excused."""
    allow = written(tmp_path, "大麻烦\n", "allow.txt")
    done = lexicon("explain", "大麻", "--allow", allow, "--json", given="惹了大麻烦")

    assert [(row["outcome"], row["start"], row["end"]) for row in rows(done)] == [("allowed", 2, 4)]
