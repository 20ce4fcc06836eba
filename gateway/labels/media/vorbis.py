"""The list of comments that FLAC, Vorbis and Opus carry (xiph.org, Vorbis I 5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.labels.media.medium import Found, Unlabellable

_NAME = b"AIGC="


@dataclass(frozen=True, slots=True)
class Comments:
    """Who wrote the file, its comments (`NAME=text`), and what stands behind them."""

    vendor: bytes
    comments: tuple[bytes, ...]
    rest: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Comments:
        """Raises Unlabellable."""
        vendor, at = _counted(data, 0)
        count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
        if count > len(data) // 4:
            raise Unlabellable("its list of comments is damaged")
        comments = list[bytes]()
        for _ in range(count):
            comment, at = _counted(data, at)
            comments.append(comment)
        return cls(vendor, tuple(comments), data[at:])

    @property
    def labels(self) -> list[Found]:
        values = (c[len(_NAME) :] for c in self.comments if _is_label(c))
        return [Found("comment", value.decode(errors="replace")) for value in values]

    def with_label(self, value: str) -> bytes:
        """The list as it is written, with the label in place of one there."""
        others = [comment for comment in self.comments if not _is_label(comment)]
        comments = [*others, _NAME + value.encode()]
        written = b"".join(map(_count, comments))
        return _count(self.vendor) + len(comments).to_bytes(4, "little") + written + self.rest


def _is_label(comment: bytes) -> bool:
    return comment[: len(_NAME)].upper() == _NAME  # names do not tell case apart


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    start = at + 4
    end = start + int.from_bytes(data[at:start], "little")
    if start > len(data) or end > len(data):
        raise Unlabellable("its list of comments is damaged")
    return data[start:end], end


def _count(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text
