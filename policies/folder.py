"""A pack's folder: which files it may hold, and the digest that names them all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.errors import PackError, Problem, did_you_mean

BUNDLED = Path(__file__).parent / "packs"
PACK = "pack.yaml"
ANSWERS = "answers.yaml"
CASES = "cases.yaml"
ALLOW = "lexicon/allow.txt"
"""Phrases that excuse any hit within them."""

_REQUIRED = (PACK, ANSWERS, CASES)
_ALLOWED = (*_REQUIRED, "README.md")
_LEXICON = "lexicon"
MAX_FILE_BYTES = 16 * 2**20
MAX_FILES = 2000


@dataclass(frozen=True, slots=True)
class PackFolder:
    """The bytes of a pack, read once, so that what is judged is what the digest names."""

    name: str
    files: Mapping[str, bytes]
    """By path within the folder, with forward slashes."""

    def where(self, file: str) -> str:
        """How a file is named in problems."""
        return f"{self.name}/{file}"

    @property
    def lexicons(self) -> Iterator[tuple[str, str]]:
        """The leaf id and the path of each word list."""
        for file in self.files:
            if file.startswith(f"{_LEXICON}/") and file != ALLOW:
                yield file.removeprefix(f"{_LEXICON}/").removesuffix(".txt"), file


def bundled() -> list[str]:
    """The names of the packs that come with the program."""
    return sorted(entry.parent.name for entry in BUNDLED.glob(f"*/{PACK}"))


def pack_folder(name: str | Path) -> Path:
    """The folder of a bundled pack, or the folder that `name` is the path of.

    Raises PackError where there is neither.
    """
    if str(name) in bundled():
        return BUNDLED / name
    if (folder := Path(name)).is_dir():
        return folder
    what = "no bundled pack has this name, and no folder is there"
    raise PackError(Problem(str(name), what, did_you_mean(str(name), bundled())))


def read_folder(folder: Path) -> PackFolder:
    """Read every file of a pack. Raises PackError for files that no pack holds."""
    name = folder.absolute().name
    try:
        found = list(_walk(folder, name))
    except OSError as error:
        raise PackError(Problem(name, f"cannot be read ({error.strerror})")) from None
    if problems := list(_misplaced(name, [file for file, _ in found])):
        raise PackError(*problems)
    return PackFolder(name, {file: read_file(path, f"{name}/{file}") for file, path in found})


def read_file(path: Path, where: str) -> bytes:
    """The bytes of a file of bounded size. Raises PackError where there is no such file."""
    try:
        size = path.stat().st_size if path.is_file() else -1
        data = path.read_bytes() if 0 <= size <= MAX_FILE_BYTES else b""
    except OSError as error:
        raise PackError(Problem(where, f"cannot be read ({error.strerror})")) from None
    if size < 0:
        raise PackError(Problem(where, "no such file", "check the path"))
    if size > MAX_FILE_BYTES:
        what = f"the file has {size} bytes, and {MAX_FILE_BYTES} are allowed"
        raise PackError(Problem(where, what, "split it"))
    return data


def digest(folder: PackFolder, lists: Iterable[tuple[str, bytes]]) -> str:
    """`sha256:` over every file of the pack and every list that the operator added.

    Names and contents are framed by their lengths, so that no byte can move between them. Where
    an operator's list lies on disk, and in which order lists come, does not count.
    """
    parts = sorted(folder.files.items())
    parts += sorted((f"lists/{leaf}", data) for leaf, data in lists)
    total = hashlib.sha256()
    for name, data in parts:
        total.update(_framed(name.encode()) + _framed(data))
    return f"sha256:{total.hexdigest()}"


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


def _walk(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Two levels, because a mounted ConfigMap holds links that must be followed but may loop."""
    for path in _visible(folder):
        if path.is_file():
            yield path.name, path
        elif path.is_dir() and path.name == _LEXICON:
            for inner in _visible(path):
                yield f"{_LEXICON}/{inner.name}", inner
        else:
            what = "a pack holds nothing of this kind"
            raise PackError(Problem(f"{name}/{path.name}", what, "only `lexicon` is a folder"))


def _visible(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _misplaced(name: str, files: Sequence[str]) -> Iterator[Problem]:
    for file in _REQUIRED:
        if file not in files:
            yield Problem(f"{name}/{file}", "the file is missing", "every pack has one")
    for file in files:
        if file.startswith(f"{_LEXICON}/"):
            if not file.endswith(".txt"):
                remedy = "name it `<leaf id>.txt`, with one term a line"
                yield Problem(f"{name}/{file}", "not a word list", remedy)
        elif file not in _ALLOWED:
            remedy = did_you_mean(file, _ALLOWED)
            yield Problem(f"{name}/{file}", "a pack holds no such file", remedy)
    if len(files) > MAX_FILES:
        yield Problem(name, f"{len(files)} files, and {MAX_FILES} are allowed", "join word lists")
