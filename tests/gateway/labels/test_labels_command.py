"""`stoplog labels` on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from media_samples import samples
from typer.testing import CliRunner

from gateway.commands.labels import app
from gateway.labels.media.marking import labels_in

CODE = "001191110102MACQD9K64010000"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("name", sorted(samples()))
def test_a_file_is_labelled_in_place_and_passes_the_check(folder: Path, name: str) -> None:
    """What `add` writes, `check` calls compliant; before, it called it not found."""
    assert (1, "not_found") == checked(name)

    code, told, _ = run("add", name, "--producer", CODE, "--produce-id", "N-1")

    assert 0 == code
    assert "N-1" in told
    assert (0, "compliant") == checked(name)
    assert '"ProduceID":"N-1"' in labels_in((folder / name).read_bytes(), name)[0].value


def checked(name: str) -> tuple[int, str]:
    code, told, _ = run("check", name, "--json")
    return code, json.loads(told)["verdict"]


def test_a_label_that_is_there_stays(folder: Path) -> None:
    """Adding to a labelled file changes no byte and says so."""
    run("add", "picture.png", "--producer", CODE, "--produce-id", "N-1")
    before = (folder / "picture.png").read_bytes()

    _, told, _ = run("add", "picture.png", "--producer", CODE, "--produce-id", "N-2", "--visible")

    assert "stays" in told
    assert before == (folder / "picture.png").read_bytes()


@pytest.mark.parametrize("name", ["picture.png", "tone.wav", "plain.md"])
def test_a_visible_label_changes_the_content_and_the_original_stays(
    folder: Path, name: str
) -> None:
    """With --visible and --out the copy has both labels."""
    code, _, problem = run("add", name, "--producer", CODE, "--visible", "--out", f"new-{name}")
    if "too small" in problem:
        pytest.fail(problem)
    assert 0 == code
    assert samples()[name] == (folder / name).read_bytes()
    assert (0, "compliant") == checked(f"new-{name}")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("add", "picture.png"), "no producer code"),
        (("add", "picture.png", "--producer", CODE[:-1]), "27 characters"),
        (("add", "picture.png", "--producer", CODE, "--produce-id", "编号"), "ASCII"),
        (("add", "none.png", "--producer", CODE), "cannot be opened"),
        (("add", "tone.mp3", "--producer", CODE, "--visible"), "visible label cannot"),
        (("check", "none.png"), "cannot be opened"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_the_file(
    folder: Path, arguments: tuple[str, ...], part: str
) -> None:
    """Exit code 2, one line, and no byte of the file changed."""
    code, _, problem = run(*arguments)

    assert 2 == code
    assert part in problem
    assert samples()["picture.png"] == (folder / "picture.png").read_bytes()


def test_wrong_labels_are_told_apart(folder: Path) -> None:
    """Wrong keys, wrong order and a wrong check digit are each said."""
    wrong = {
        "keys.md": '---\nAIGC:\n  Label: "1"\n---\n',
        "value.md": "---\nAIGC:\n  Label: AIGC\n---\n",
        "scalar.md": "---\nAIGC: true\n---\n",
    }
    for name, text in wrong.items():
        (folder / name).write_text(text)
        assert (1, "noncompliant") == checked(name)
    (folder / "stranger.bin").write_bytes(b"\0\1\2")
    assert (1, "inconclusive") == checked("stranger.bin")


PROPAGATOR = "001191110102MACQD9K64020000"
PASS_ON = ("--propagator", PROPAGATOR, "--propagate-id", "P-1")


def passed_on(name: str, *options: str) -> tuple[str, dict[str, str]]:
    """What `propagate` makes of a file, and the label that the file then has."""
    code, told, problem = run("propagate", name, *PASS_ON, "--json", *options)
    assert (0, "") == (code, problem)
    found = labels_in(Path(name).read_bytes(), name)
    return json.loads(told)["certainty"], json.loads(found[0].value) if found else {}


@pytest.mark.parametrize("name", ["picture.jpg", "tone.opus", "clip.mp4", "plain.md"])
def test_content_is_confirmed_possible_suspected_or_none(folder: Path, name: str) -> None:
    """A label confirms, a declaration makes possible, and what says nothing is left alone."""
    assert ("none", {}) == passed_on(name)
    assert samples()[name] == (folder / name).read_bytes()

    certainty, label = passed_on(name, "--declared")
    assert ("possible", "2", PROPAGATOR, "P-1") == (
        certainty,
        label["Label"],
        label["ContentPropagator"],
        label["PropagateID"],
    )

    (folder / name).write_bytes(samples()[name])
    run("add", name, "--producer", CODE, "--produce-id", "N-1")
    certainty, label = passed_on(name)
    assert ("confirmed", "1", "N-1", PROPAGATOR) == (
        certainty,
        label["Label"],
        label["ProduceID"],
        label["ContentPropagator"],
    )


PARAMETERS = b"\0\0\0\x0ctEXtparameters\0a\xb0\xd1\x98\xa4"
TRACES = {
    "words.md": "A harbour.\n\n（本内容由人工智能生成）\n".encode(),
    "parameters.png": samples()["picture.png"][:33] + PARAMETERS + samples()["picture.png"][33:],
}


@pytest.mark.parametrize(("name", "content"), TRACES.items())
def test_traces_make_content_suspected(folder: Path, name: str, content: bytes) -> None:
    """Words of a visible label, and what generators leave in their files."""
    (folder / name).write_bytes(content)
    certainty, label = passed_on(name)
    assert ("suspected", "3") == (certainty, label["Label"])


def test_words_about_ai_are_no_trace(folder: Path) -> None:
    """The twin: a text about machines that learn is not thereby theirs."""
    (folder / "about.md").write_text(
        "AI is a field of study. 人工智能是一门学科，歌曲由乐队生成。AIs think."
    )
    assert ("none", {}) == passed_on("about.md")


def test_a_wrong_label_is_read_but_not_mended(folder: Path) -> None:
    """It confirms, and stays byte for byte as it is."""
    text = b"---\nAIGC:\n  Label: 1\n  ContentProducer: somebody\n---\nwords\n"
    (folder / "wrong.md").write_bytes(text)
    certainty, _ = passed_on("wrong.md")
    assert "confirmed" == certainty
    assert text == (folder / "wrong.md").read_bytes()
