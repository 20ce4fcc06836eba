"""The demonstration does what it shows, in seconds, and says so when it does not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.demo import ACTS, PRODUCER, Seen, problems, shorten
from gateway.labels.producer import producer_problem
from policies.types import Action

STOPLOG = Path(sys.executable).with_name("stoplog")


def final(act_number: int, **changes: object) -> dict[str, Any]:
    act = ACTS[act_number]
    verdict = {"action": act.action.label, "hits": []}
    return {"outcome": act.outcome, "prompt": verdict, "output": None, **changes}


def seen(text: str, label: str = PRODUCER) -> Seen:
    return Seen(200, text, "stop", "E1", {"Label": "1", "ContentProducer": label})


def test_the_demonstration_plays_every_act_and_ends(tmp_path: Path) -> None:
    """As a person starts it: one command, no settings, exit code 0, nothing left behind."""
    environ = {**os.environ, "TMPDIR": str(tmp_path), "NO_COLOR": "1"}
    began = time.monotonic()
    done = subprocess.run(
        [STOPLOG, "demo", "--once"], capture_output=True, text=True, env=environ, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"\n{act.title}" in done.stdout for act in ACTS)
    assert "WRONG" not in done.stdout
    assert "base_url=" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert transcript_of_the_readme() <= without_ids(done.stdout)
    assert time.monotonic() - began < 20


def transcript_of_the_readme() -> set[str]:
    """What the README shows must be what a reader gets."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (transcript,) = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)
    return without_ids(transcript)


def without_ids(text: str) -> set[str]:
    """The lines, less what differs between runs and versions."""
    changing = r"(?<=record    )\S+|@[\d.]+|\(\d+ characters\)"
    return {re.sub(changing, "", line) for line in text.splitlines()}


def test_the_demonstration_stays_up_until_interrupted() -> None:
    """Somebody wants to try a request of their own."""
    process = subprocess.Popen([STOPLOG, "demo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout as out:
        line = next(line for line in out if "Ctrl-C" in line)
        process.send_signal(signal.SIGINT)

    assert line
    assert process.returncode == 0


def test_every_action_that_changes_an_answer_is_shown() -> None:
    """And one that changes nothing."""
    shown = {act.action for act in ACTS}

    assert shown == {Action.ALLOW, Action.BLOCK, Action.REDACT, Action.ANSWER}


@pytest.mark.parametrize(
    ("text", "label", "changes", "expected"),
    [
        ("a library card", PRODUCER, {}, []),
        ("something else", PRODUCER, {}, ["the client did not see 'library card'"]),
        ("a library card", "", {}, ["the answer is not labelled"]),
        ("a library card", PRODUCER, {"outcome": "failed"}, ["the outcome is not completed"]),
        ("a library card", PRODUCER, {"prompt": None}, ["the action is none, not allow"]),
    ],
)
def test_an_act_that_goes_wrong_is_noticed(
    text: str, label: str, changes: dict[str, object], expected: list[str]
) -> None:
    """A demonstration that cannot fail shows nothing."""
    assert problems(ACTS[0], seen(text, label), final(0, **changes)) == expected


def test_a_leak_is_noticed() -> None:
    """The one thing that must not happen."""
    assert problems(ACTS[1], seen(f"so: {ACTS[1].must_not_see}"), final(1)) == [
        "the client saw what it must not"
    ]


def test_the_producer_code_passes_every_check() -> None:
    """The demonstration runs in production mode, as an operator would."""
    assert producer_problem(PRODUCER) is None


def test_a_long_answer_is_shortened_and_measured() -> None:
    """What is printed fits a line and steers no terminal."""
    assert shorten("a\x1bb\n c") == "a\\u001bb c"
    assert shorten("x" * 100).endswith("... (100 characters)")
