"""150 more broken packs, made line by line: each is told with a place, and the old pack stays.

`malformed_messages.txt` holds what each is told; `python tests/policies/test_malformed_many.py`
writes it anew.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gateway.editions import Selection
from gateway.metrics import Metrics
from gateway.packs import PacksInForce
from policies.errors import PackError
from policies.load import load_pack

HERE = Path(__file__).parent
MESSAGES = HERE / "malformed_messages.txt"
FILES = ("pack.yaml", "answers.yaml")
LEAST = 150


def broken(file: str) -> Iterator[tuple[str, str]]:
    """A name and a text for each way in which a line of a file can be broken."""
    lines = (HERE / "sample" / file).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        key, colon, said = line.partition(":")
        ways = {
            "tab": "\t" + line,
            "unclosed": f"{key}: [{said}" if colon else f"{line} [",
            "misspelt": f"{key}x:{said}" if colon else f"{line}: x",
            "twice": f"{line}\n{line}",
            "alias": f"{key}: *nobody" if colon else f"{line} *nobody",
            "number": f"{key}: 7" if colon else "7",
        }
        for way, text in ways.items():
            yield (
                f"{file}:{number + 1} {way}",
                "\n".join([*lines[:number], text, *lines[number + 1 :]]),
            )


def told(folder: Path) -> Iterator[str]:
    """What each broken pack is told; one that still loads is told nothing and left out."""
    for file in FILES:
        whole = (folder / file).read_text(encoding="utf-8")
        for name, text in broken(file):
            (folder / file).write_text(text, encoding="utf-8")
            try:
                load_pack(folder)
            except PackError as error:
                yield f"{name}\n  " + str(error).replace("\n", "\n  ")
        (folder / file).write_text(whole, encoding="utf-8")


def messages(folder: Path) -> str:
    return "\n".join(told(Path(shutil.copytree(HERE / "sample", folder / "sample")))) + "\n"


def test_each_is_told_as_it_was(tmp_path: Path) -> None:
    """No crash, and no message that changes unseen; each names a line of the file."""
    made = messages(tmp_path)
    entries = made.count("\n") - made.count("\n  ")

    assert made == MESSAGES.read_text(encoding="utf-8")
    assert entries >= LEAST
    assert made.count("sample/pack.yaml:") + made.count("sample/answers.yaml:") >= entries


async def test_the_old_pack_stays_in_force(sample: Path) -> None:
    """Through every one of them, and a mended one is taken."""
    selection = Selection((str(sample),), (), {str(sample): {}}, 2.0, 64)
    packs = PacksInForce(selection, metrics=Metrics())
    await packs.load()
    before = packs.current
    whole = (sample / "pack.yaml").read_text(encoding="utf-8")
    known = MESSAGES.read_text(encoding="utf-8")
    for name, text in broken("pack.yaml"):
        if f"{name}\n" in known:
            (sample / "pack.yaml").write_text(text, encoding="utf-8")
            await packs.reload()
            assert packs.current is before
    (sample / "pack.yaml").write_text(whole.replace('"1.0"', '"1.1"'), encoding="utf-8")
    await packs.reload()

    assert [pack.version for pack in packs.current.packs] == ["1.1"]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        MESSAGES.write_text(messages(Path(made)), encoding="utf-8")
