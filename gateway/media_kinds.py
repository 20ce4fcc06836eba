"""How files begin that are what they are called: pictures, sounds. Nothing else of them is read."""

from __future__ import annotations

PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")
"""PNG, JPEG, WebP and GIF."""
_SOUNDS = (b"ID3", b"OggS", b"fLaC", b"RIFF", b"\x1aE\xdf\xa3", b"FORM", b".snd", b"#!AMR")
"""MP3 with tags, Ogg and Opus, FLAC, WAV, WebM and Matroska, AIFF, AU, AMR."""


def is_picture(data: bytes) -> bool:
    return data.startswith(PICTURES)


def is_sound(data: bytes) -> bool:
    """Also a film, of which the sound is taken."""
    if data.startswith(_SOUNDS) or data[4:8] == b"ftyp":
        return True
    # The frame header of MPEG audio and ADTS: eleven bits that are set.
    return len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0


def is_no_text(data: bytes) -> bool:
    """Whether bytes cannot be read as text: for raw samples, which begin with anything."""
    if b"\0" in data[:4096]:
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return not data
