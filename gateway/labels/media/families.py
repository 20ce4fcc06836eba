"""Which family a file belongs to."""

from __future__ import annotations

from pathlib import PurePath

from gateway.labels.media.flac import FLAC
from gateway.labels.media.gif import GIF
from gateway.labels.media.jpeg import JPEG
from gateway.labels.media.markdown import MARKDOWN
from gateway.labels.media.medium import Medium
from gateway.labels.media.mp3 import MP3
from gateway.labels.media.mp4 import MP4
from gateway.labels.media.office import OFFICE
from gateway.labels.media.ogg import OGG
from gateway.labels.media.pdf import PDF
from gateway.labels.media.png import PNG
from gateway.labels.media.tiff import TIFF
from gateway.labels.media.wav import WAV
from gateway.labels.media.webp import WEBP

FAMILIES = (PNG, JPEG, WEBP, GIF, TIFF, WAV, FLAC, OGG, MP4, PDF, OFFICE, MP3, MARKDOWN)


def family_of(data: bytes, name: str = "") -> Medium | None:
    """By how content begins, and for text by the name of its file; None for a stranger."""
    for medium in FAMILIES:
        if medium.fits(data):
            return medium
    suffix = PurePath(name).suffix.lower()
    return MARKDOWN if suffix in MARKDOWN.suffixes else None
