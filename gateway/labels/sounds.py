"""The audible label of a sound: the rhythm short long, short short, which is Morse for `AI`.

GB 45438-2025 lets it stand at the start. Only WAV in PCM can be added to without encoding it anew;
of other sounds the interface owes the label.
"""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

from gateway.labels.media import riff
from gateway.labels.media.medium import Unlabellable
from gateway.labels.media.wav import WAV

_SHORT_S = 0.12
_TONE_HZ = 660
_LOUDNESS = 0.3
_RHYTHM = (
    ("on", 1),
    ("off", 1),
    ("on", 3),
    ("off", 3),
    ("on", 1),
    ("off", 1),
    ("on", 1),
    ("off", 4),
)
"""In units of the short tone: `.-` and `..`, between letters three units of silence."""
_PCM, _EXTENSIBLE = 1, 0xFFFE
_WIDTHS = (1, 2, 3, 4)


def sounded(data: bytes) -> bytes:
    """The sound with the rhythm before it. Raises Unlabellable where it is no WAV in PCM."""
    if not WAV.fits(data):
        raise Unlabellable("only a WAV can be given a label that is heard")
    parts, rhythm, done = list[bytes](), b"", False
    for chunk in riff.chunks(data):
        body = data[chunk.body : chunk.end]
        if chunk.kind == b"fmt ":
            rhythm = _rhythm(body)
        if chunk.kind == b"data" and rhythm and not done:
            done = True
            parts.append(_sound(data[chunk.start : chunk.body], rhythm + body))
        else:
            parts.append(data[chunk.start : chunk.after])
    if not done:
        raise Unlabellable("the WAV holds no sound")
    return riff.file(b"WAVE", parts, endless=data[4:8] == riff.ENDLESS)


def _sound(head: bytes, body: bytes) -> bytes:
    """The chunk; a length that its writer did not know stays unknown."""
    return head + body if head[4:8] == riff.ENDLESS else riff.chunk(b"data", body)


@lru_cache(16)
def _rhythm(form: bytes) -> bytes:
    """Samples as `fmt ` describes them."""
    coding, channels, rate, width = (
        int.from_bytes(form[start:end], "little")
        for start, end in ((0, 2), (2, 4), (4, 8), (14, 16))
    )
    width //= 8
    if coding not in (_PCM, _EXTENSIBLE) or width not in _WIDTHS or not channels or not rate:
        raise Unlabellable("the WAV is not in PCM")
    if rate > 384_000 or channels > 8:
        raise Unlabellable("the WAV is of a kind that nobody plays")
    unit = int(_SHORT_S * rate)
    samples = array("d")
    for state, units in _RHYTHM:
        samples.extend(_tone(unit * units, rate) if state == "on" else [0.0] * (unit * units))
    return b"".join(_sample(value, width) * channels for value in samples)


def _tone(count: int, rate: int) -> list[float]:
    """A sine that swells and fades, so that it does not crack."""
    edge = max(rate // 200, 1)
    return [
        _LOUDNESS
        * min(1.0, at / edge, (count - at) / edge)
        * math.sin(2 * math.pi * _TONE_HZ * at / rate)
        for at in range(count)
    ]


def _sample(value: float, width: int) -> bytes:
    if width == 1:  # the one that has no sign
        return bytes([128 + round(value * 127)])
    return round(value * ((1 << 8 * width - 1) - 1)).to_bytes(width, "little", signed=True)
