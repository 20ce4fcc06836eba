"""WAV: the label is the chunk `AIGC` (TC260-PG-202510A)."""

from __future__ import annotations

from gateway.labels.media import riff
from gateway.labels.media.loose import wrapped
from gateway.labels.media.medium import Found, Medium, Unlabellable

_FORM = b"WAVE"
_LABEL = b"AIGC"


def _fits(data: bytes) -> bool:
    return riff.is_riff(data, _FORM)


def _read(data: bytes) -> list[Found]:
    labels, others = list[Found](), list[Found]()
    for chunk in riff.chunks(data):
        body = data[chunk.body : chunk.end]
        if chunk.kind == _LABEL:
            labels.append(Found("AIGC chunk", body.rstrip(b"\0").decode(errors="replace")))
        elif chunk.kind == b"LIST":
            others += wrapped("LIST", body)
    return labels + others


def _write(data: bytes, value: str) -> bytes:
    """Before the sound, so that a file whose length nobody knew yet has it too."""
    endless = data[4:8] == riff.ENDLESS
    parts, sounds = list[bytes](), False
    for chunk in riff.chunks(data):
        if chunk.kind == b"data" and not sounds:
            sounds = True
            parts.append(riff.chunk(_LABEL, value.encode()))
        if chunk.kind != _LABEL:
            parts.append(data[chunk.start : chunk.after])
    if not sounds:
        raise Unlabellable("the WAV holds no sound")
    return riff.file(_FORM, parts, endless=endless)


WAV = Medium("wav", (".wav",), _fits, _read, _write)
