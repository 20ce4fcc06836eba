"""The label that people perceive, in a file: words in pictures and texts, a rhythm in sounds."""

from __future__ import annotations

from gateway.labels.media.families import family_of
from gateway.labels.media.markdown import MARKDOWN
from gateway.labels.media.medium import Unlabellable
from gateway.labels.pictures import drawn
from gateway.labels.sounds import sounded

PICTURES = frozenset({"png", "jpeg", "webp", "gif", "tiff"})
SOUNDS = frozenset({"wav"})


def made_visible(data: bytes, name: str, words: str) -> bytes:
    """The file with a label that is seen or heard; `words` are for texts.

    Raises Unlabellable for a family whose content cannot be changed here.
    """
    medium = family_of(data, name)
    match medium.name if medium else "":
        case kind if kind in PICTURES:
            return drawn(data)
        case kind if kind in SOUNDS:
            return sounded(data)
        case MARKDOWN.name:
            return data.rstrip(b"\n") + b"\n\n" + words.encode() + b"\n"
    raise Unlabellable("a visible label cannot be put into a file of this kind here")
