"""The visible label of a picture: words in its corner, at least 5 % of its shortest side high.

Labelling Measures Art. 4(1)(3) and GB 45438-2025. Drawing encodes a picture anew, so it is an
option, and a picture that came with a label of somebody else's is never touched.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageSequence, UnidentifiedImageError
from PIL.Image import DecompressionBombError

from gateway.labels.media.medium import Unlabellable

WORDS = "AI生成"
"""Both elements that the standard asks of every label in words."""
LEAST_SHARE = 0.05
"""Height of the words over the shortest side of the picture."""
_SHARE = 0.06
_MOST_PIXELS = 64_000_000
_FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WEBP", "GIF": "GIF", "TIFF": "TIFF"}
_KEPT = ("exif", "icc_profile", "xmp", "dpi", "duration", "loop", "disposal", "background")
_FONT = Path(__file__).with_name("font") / "label.otf"


def drawn(data: bytes) -> bytes:
    """The picture with the words in its lower right corner, on every frame it has.

    Raises Unlabellable where it cannot be read or is too small to bear them.
    """
    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.format not in _FORMATS or picture.width * picture.height > _MOST_PIXELS:
                raise Unlabellable("no words can be drawn on a picture of this kind or size")
            frames = [_with_words(frame) for frame in ImageSequence.Iterator(picture)]
            return _encoded(frames, picture)
    except (UnidentifiedImageError, DecompressionBombError, OSError, ValueError) as error:
        if isinstance(error, Unlabellable):
            raise
        raise Unlabellable("the picture cannot be read") from error


def _with_words(frame: Image.Image) -> Image.Image:
    drawn = frame.convert("RGBA")
    font, (left, top, right, bottom) = _fitting(min(frame.size))
    margin = max((bottom - top) // 3, 1)
    width, height = right - left + 2 * margin, bottom - top + 2 * margin
    if width > frame.width or height > frame.height:
        raise Unlabellable("the picture is too small for words")
    # A ground of its own keeps the words readable on whatever the picture shows.
    plate = Image.new("RGBA", (width, height), (0, 0, 0, 160))
    ink = ImageDraw.Draw(plate)
    ink.text((margin - left, margin - top), WORDS, font=font, fill=(255, 255, 255, 255))
    drawn.alpha_composite(plate, (frame.width - width, frame.height - height))
    return drawn if _has_alpha(frame) else drawn.convert("RGB")


def _fitting(shortest: int) -> tuple[ImageFont.FreeTypeFont, tuple[int, int, int, int]]:
    """The smallest font whose words are as high as they must be, and the box they fill."""
    least = max(shortest * _SHARE, 8)
    for size in range(int(least), int(least * 2) + 8):
        font = ImageFont.truetype(_FONT, size)
        left, top, right, bottom = (round(edge) for edge in font.getbbox(WORDS))
        if bottom - top >= least:
            return font, (left, top, right, bottom)
    raise RuntimeError("the font of the label draws nothing: this is a bug")


def _has_alpha(frame: Image.Image) -> bool:
    return "A" in frame.getbands() or "transparency" in frame.info


def _encoded(frames: list[Image.Image], before: Image.Image) -> bytes:
    first, *others = frames
    kind = str(before.format)
    kept = {name: before.info[name] for name in _KEPT if name in before.info}
    if others:
        kept |= {"save_all": True, "append_images": others}
    if kind in ("JPEG", "WEBP"):
        kept["quality"] = 95
    written = BytesIO()
    first.save(written, _FORMATS[kind], **kept)
    return written.getvalue()
