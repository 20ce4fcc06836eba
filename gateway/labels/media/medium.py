"""What each family of files provides, so that one procedure labels them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Unlabellable(ValueError):
    """No label can be written into this content. The message says why and quotes nothing of it."""


class Found(NamedTuple):
    """A label as it stands in a file."""

    place: str
    """Where, such as `XMP` or `TXXX`."""
    value: str
    """What is written there: mostly JSON, and mostly right."""


@dataclass(frozen=True, slots=True)
class Medium:
    """One family of files. Its functions are pure; they raise Unlabellable for what is damaged."""

    name: str
    suffixes: tuple[str, ...]
    fits: Callable[[bytes], bool]
    """Whether content is of this family, by how it begins."""
    read: Callable[[bytes], list[Found]]
    """Every label in it, at the place of the standard first, then at places seen in the wild."""
    write: Callable[[bytes, str], bytes]
    """The content with a label (JSON) at the place of the standard, in place of one there."""


class Piece(NamedTuple):
    """A stretch of a file: a chunk, a segment, a box."""

    kind: bytes
    start: int
    """Where it begins, its own head included."""
    body: int
    """Where what it holds begins."""
    end: int
    """Where what it holds ends."""
    after: int
    """Where the next one begins."""
