"""A file of every family: pictures made on the spot, sounds and films kept beside this file."""

from __future__ import annotations

import io
import wave
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PIL import Image
from pypdf import PdfWriter

KEPT = Path(__file__).with_name("media")

_OFFICE = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
    'package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/'
    'package/2006/relationships"></Relationships>',
    "word/document.xml": "<document>words</document>",
}


@cache
def samples() -> Mapping[str, bytes]:
    """By file name."""
    return {
        **{path.name: path.read_bytes() for path in sorted(KEPT.iterdir())},
        **_pictures(),
        "tone.wav": _wav(),
        "page.pdf": _pdf(),
        "words.docx": _office(),
        "table.xlsx": _office(),
        "slides.pptx": _office(),
        "plain.md": b"# Heading\n\nwords\n",
        "matter.md": b"---\ntitle: words\n---\n\n# Heading\n",
        "plain.txt": "文字\n".encode(),
    }


def picture() -> Image.Image:
    image = Image.new("RGB", (64, 48), (40, 90, 160))
    for x in range(64):
        image.putpixel((x, x % 48), (x * 4, 255 - x * 4, 128))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _pictures() -> dict[str, bytes]:
    image = picture()
    return {
        "picture.png": encoded(image, "PNG"),
        "picture.jpg": encoded(image, "JPEG"),
        "lossy.webp": encoded(image, "WEBP"),
        "lossless.webp": encoded(image, "WEBP", lossless=True),
        "still.gif": encoded(image, "GIF"),
        "moving.gif": encoded(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
        "picture.tiff": encoded(image, "TIFF"),
    }


def _wav() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\x01\x00" * 801)
    return written.getvalue()


def _pdf() -> bytes:
    writer, written = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Title": "words"})
    writer.write(written)
    return written.getvalue()


def _office() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _OFFICE.items():
            archive.writestr(name, text)
    return written.getvalue()
