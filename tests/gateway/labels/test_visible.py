"""Labels that people see and hear, in pictures and sounds."""

from __future__ import annotations

import io
import wave
from itertools import pairwise

import pytest
from media_samples import encoded, picture, samples
from PIL import Image, ImageChops

from gateway.labels.media.medium import Unlabellable
from gateway.labels.pictures import LEAST_SHARE, drawn
from gateway.labels.sounds import sounded

SIDE = 240


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_words_stand_in_the_corner_and_are_high_enough(
    kind: str, ground: tuple[int, int, int]
) -> None:
    """On any ground the white words are at least 5 % of the shortest side high, in the corner."""
    before = Image.new("RGB", (SIDE * 2, SIDE), ground)
    after = Image.open(io.BytesIO(drawn(encoded(before, kind)))).convert("RGB")

    assert before.size == after.size
    white = after.convert("L").point(lambda value: 255 * (value > 200))
    if ground == (255, 255, 255):
        plate = ImageChops.difference(before, after).getbbox()
        assert plate is not None
        white = white.crop(plate)
        box = white.getbbox()
        assert box is not None
        # Within the plate only the words are white.
        assert box[3] - box[1] >= LEAST_SHARE * SIDE
        return
    box = white.getbbox()
    assert box is not None
    assert box[3] - box[1] >= LEAST_SHARE * SIDE
    assert box[0] > SIDE
    assert box[1] > SIDE / 2


def test_the_characters_are_drawn_and_no_boxes() -> None:
    """The font has every character of the words: each is drawn in a shape of its own."""
    before = Image.new("RGB", (400, 400), (0, 0, 0))
    after = Image.open(io.BytesIO(drawn(encoded(before, "PNG")))).convert("L")
    lit = after.point(lambda value: 255 * (value > 200))
    box = lit.getbbox()
    assert box is not None
    columns = [
        lit.crop((x, box[1], x + 1, box[3])).getbbox() is not None for x in range(box[0], box[2])
    ]
    gaps = sum(a and not b for a, b in pairwise(columns))
    assert gaps >= 2
    left, right = (
        lit.crop((box[2] - 44, box[1], box[2] - 22, box[3])),
        lit.crop((box[2] - 22, box[1], box[2], box[3])),
    )
    assert left.tobytes() != right.tobytes()


def test_every_frame_of_a_moving_picture_bears_the_words() -> None:
    """An animation keeps its frames, and each bears the label."""
    frames = [Image.new("RGB", (120, 120), (shade, 0, 0)) for shade in (0, 60, 120)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    after = Image.open(io.BytesIO(drawn(data)))

    assert 3 == getattr(after, "n_frames", 1)
    for number in range(3):
        after.seek(number)
        assert (after.convert("L").point(lambda value: 255 * (value > 200))).getbbox() is not None


def test_a_picture_too_small_for_words_is_told() -> None:
    """Nothing is drawn that could not be read."""
    with pytest.raises(Unlabellable, match="too small"):
        drawn(encoded(picture().resize((12, 12)), "PNG"))


@pytest.mark.parametrize(("channels", "width"), [(1, 1), (1, 2), (2, 2), (2, 3)])
def test_the_rhythm_stands_before_the_sound(channels: int, width: int) -> None:
    """Short long, short short: four tones of which the second is three times as long."""
    written, rate = io.BytesIO(), 8_000
    silence = bytes([128 if width == 1 else 0]) * (channels * width * rate)
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(silence)

    with wave.open(io.BytesIO(sounded(written.getvalue()))) as after:
        frames = after.readframes(after.getnframes())
    assert frames.endswith(silence)
    step = channels * width
    loud = [frames[at : at + width] != silence[:width] for at in range(0, len(frames), step)]
    tones = runs(loud, rate // 50)
    assert 4 == len(tones)
    unit = tones[0]
    assert [1, 3, 1, 1] == [round(tone / unit) for tone in tones]


def runs(loud: list[bool], most_gap: int) -> list[int]:
    """How long each tone is; a sine passes through silence for a moment."""
    found, length, quiet = list[int](), 0, 0
    for heard in [*loud, *[False] * (most_gap + 1)]:
        quiet = 0 if heard else quiet + 1
        if heard or (length and quiet <= most_gap):
            length += 1
        elif length:
            found.append(length - most_gap)
            length = 0
    return found


def test_other_sounds_are_left_alone() -> None:
    """What cannot be added to without encoding it anew is refused."""
    with pytest.raises(Unlabellable):
        sounded(samples()["tone.mp3"])
