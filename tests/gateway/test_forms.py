"""Multipart forms: read in one way or refused, and written anew from what was read."""

from __future__ import annotations

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.forms import BadForm, Part, read_form, write_form

KIND = "multipart/form-data; boundary=edge"


def form(*parts: str, end: str = "--edge--\r\n") -> bytes:
    return "".join(f"--edge\r\n{part}\r\n" for part in parts).encode() + end.encode()


def field(name: str, text: str = "x", more: str = "") -> str:
    return f'content-disposition: form-data; name="{name}"{more}\r\n\r\n{text}'


def file(name: str, text: str = "x") -> str:
    return field(name, text, '; filename="a.bin"')


def test_a_form_is_read_as_it_was_written() -> None:
    """Texts, files, names that stand several times, in order."""
    body = form(
        field("model", "m"),
        'Content-Disposition: form-data; name="file"; filename="a b.mp3"\r\n'
        "Content-Type: audio/mpeg; rate=1\r\n\r\nID3\r\n--edg",
        field("include[]", "a"),
        field("include[]", "b"),
    )

    assert (
        Part("model", b"m"),
        Part("file", b"ID3\r\n--edg", "a b.mp3", "audio/mpeg"),
        Part("include[]", b"a"),
        Part("include[]", b"b"),
    ) == read_form(KIND, body, 8)


TWO_READINGS = {
    "no boundary": ("multipart/form-data", form(field("a"))),
    "another type": ("application/x-www-form-urlencoded", b"a=x"),
    "two boundaries": (f"{KIND}; boundary=other", form(field("a"))),
    "a charset": (f"{KIND}; charset=utf-16", form(field("a"))),
    "a boundary with a blank": ('multipart/form-data; boundary="ed ge"', form(field("a"))),
    "another boundary": ("multipart/form-data; boundary=other", form(field("a"))),
    "no end": (KIND, form(field("a"), end="")),
    "half an end": (KIND, form(field("a"), end="--edge-")),
    "a preamble": (KIND, b"hello\r\n" + form(field("a"))),
    "lines that end in LF": (KIND, form(field("a")).replace(b"\r\n", b"\n")),
    "a name twice": (KIND, form(field("a"), field("a"))),
    "a name as one and as several": (KIND, form(field("a"), field("a[]"))),
    "the same the other way round": (KIND, form(field("a[]"), field("a"))),
    "a text and a file of one name": (KIND, form(field("a[]"), file("a[]"))),
    "a file name twice": (KIND, form(field("a", more='; filename="x"; filename="y"'))),
    "a name within twice": (KIND, form(field("a", more='; name="b"'))),
    "another spelling of the file name": (
        KIND,
        form(field("a", more="; filename*=UTF-8''word.mp3")),
    ),
    "a name without quotes": (KIND, form("content-disposition: form-data; name=a\r\n\r\nx")),
    "a quote in a name": (KIND, form(field('a\\"b'))),
    "no name": (KIND, form("content-disposition: form-data\r\n\r\nx")),
    "an empty name": (KIND, form(field(""))),
    "no disposition": (KIND, form("content-type: text/plain\r\n\r\nx")),
    "another disposition": (KIND, form('content-disposition: attachment; name="a"\r\n\r\nx')),
    "two dispositions": (KIND, form(f"{field('b')[:-5]}\r\n{field('a')}")),
    "a name that sets the charset": (KIND, form(field("_charset_", "gbk"))),
    "a name with a NUL": (KIND, form(field("a\x00b"))),
    "a name beyond letters": (KIND, form(field("名"))),
    "a transfer encoding": (
        KIND,
        form(f"content-transfer-encoding: base64\r\n{field('a', 'eA==')}"),
    ),
    "a charset of a text": (KIND, form(f"content-type: text/plain; charset=gbk\r\n{field('a')}")),
    "a text of another type": (KIND, form(f"content-type: application/json\r\n{field('a')}")),
    "parts without end": (KIND, form(*(field(f"a{n}") for n in range(9)))),
    "headers without end": (KIND, form("".join(f"x{n}: y\r\n" for n in range(9)) + field("a"))),
    "a header without end": (KIND, form(f"x: {'y' * 2_000}\r\n{field('a')}")),
    "a folded header": (KIND, form('content-disposition: form-data;\r\n name="a"\r\n\r\nx')),
}


@pytest.mark.parametrize("given", TWO_READINGS)
def test_what_could_be_read_in_two_ways_is_refused(given: str) -> None:
    """Some parser somewhere takes each of these for something else."""
    kind, body = TWO_READINGS[given]
    with pytest.raises(BadForm):
        read_form(kind, body, 8)


def test_what_follows_the_end_goes_nowhere() -> None:
    """An epilogue is legal, and no part of what is written anew."""
    parts = read_form(KIND, form(field("a")) + b"--edge\r\n" + field("b").encode(), 8)

    assert ["a"] == [part.name for part in parts]
    assert b"epilogue" not in write_form(parts, "other")


def test_headers_that_say_nothing_of_the_text_are_left_behind() -> None:
    """Some clients send lengths; none of it goes on."""
    [part] = read_form(KIND, form(f"content-length: 1\r\nx-note: word\r\n{field('a')}"), 8)

    assert b"word" not in write_form([part], "other")


names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "_charset_")
filenames = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
)


@given(
    st.dictionaries(names, st.text(st.characters(codec="utf-8"), max_size=20), max_size=4),
    st.dictionaries(
        names.map(lambda name: f"{name}_file"),
        st.tuples(filenames, st.binary(max_size=40)),
        min_size=1,
        max_size=3,
    ),
)
def test_what_the_sdks_client_writes_is_read_and_written_again(
    texts: dict[str, str], files: dict[str, tuple[str, bytes]]
) -> None:
    """Whatever texts, names of files and bytes: the parts are theirs, and stay so."""
    request = httpx2.Request("POST", "http://h/", data=texts, files=files)
    parts = read_form(request.headers["content-type"], request.read(), 16)

    assert texts == {part.name: part.text for part in parts if part.filename is None}
    assert {name: data for name, (_, data) in files.items()} == {
        part.name: part.data for part in parts if part.filename is not None
    }
    again = read_form("multipart/form-data; boundary=b-1", write_form(parts, "b-1"), 16)
    assert [(p.name, p.data, p.filename) for p in parts] == [
        (p.name, p.data, p.filename) for p in again
    ]


def test_no_part_may_hold_the_boundary_that_it_is_sent_with() -> None:
    """It would end there, and something else begin."""
    with pytest.raises(BadForm):
        write_form([Part("a", b"x\r\n--edge--")], "edge")
