"""PDF: the key `/AIGC` of the Info dictionary (TC260-PG-20258A), added as an update at the end."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader, PdfWriter

from gateway.labels.media.medium import Found, Medium, Unlabellable

_KEY = "/AIGC"
_BEGIN = b"%PDF-"


def _fits(data: bytes) -> bool:
    return data.startswith(_BEGIN)


def _read(data: bytes) -> list[Found]:
    try:
        metadata = PdfReader(BytesIO(data)).metadata
        label = None if metadata is None else metadata.get(_KEY)
    except Exception as error:  # pypdf walks what strangers send, and fails in many ways
        raise Unlabellable("the PDF cannot be read") from error
    return [] if label is None else [Found("Info", str(label))]


def _write(data: bytes, value: str) -> bytes:
    try:
        writer = PdfWriter(BytesIO(data), incremental=True)
        writer.add_metadata({_KEY: value})
        written = BytesIO()
        writer.write(written)
    except Exception as error:  # pypdf walks what strangers send, and fails in many ways
        raise Unlabellable("the PDF cannot be added to") from error
    return written.getvalue()


PDF = Medium("pdf", (".pdf",), _fits, _read, _write)
