"""The XMP packet (ISO 16684-1) in which pictures carry the label (TC260-PG-20259A).

A packet that is there is kept: the label's property is added to it or exchanged in it. Packets
are searched, not parsed as XML: they come from strangers, and one property is all we want.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from gateway.labels.media.medium import Found, Unlabellable

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_DECLARED = re.compile(rf'xmlns:([A-Za-z_][\w.-]{{0,31}})\s*=\s*["\']{re.escape(NAMESPACE)}["\']')
_END_OF_RDF = "</rdf:RDF>"
_NEW = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f"{_END_OF_RDF}"
    '</x:xmpmeta><?xpacket end="w"?>'
)


def labels_in(packet: bytes) -> list[Found]:
    """The labels of a packet, as an element (the standard's form) or as an attribute."""
    text = packet.decode(errors="replace")
    return [Found("XMP", _plain(text[start:end])) for start, end in _spans(text)]


def with_label(packet: bytes, value: str) -> bytes:
    """A packet, empty for none, with the label as its property. Raises Unlabellable."""
    try:
        text = packet.decode() or _NEW
    except UnicodeDecodeError:
        raise Unlabellable("its XMP packet is not in UTF-8") from None
    written = html.escape(value, quote=True)
    there = next(_spans(text), None)
    if there is not None:
        start, end = there
        return (text[:start] + written + text[end:]).encode()
    before, found, after = text.rpartition(_END_OF_RDF)
    if not found:
        raise Unlabellable("its XMP packet has no place for a property")
    described = (
        f'<rdf:Description rdf:about="" xmlns:TC260="{NAMESPACE}">'
        f"<TC260:AIGC>{written}</TC260:AIGC></rdf:Description>"
    )
    return (before + described + found + after).encode()


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the values stand."""
    for prefix in dict.fromkeys([*_DECLARED.findall(text), "TC260"]):
        at = 0
        opening, closing = f"<{prefix}:AIGC>", f"</{prefix}:AIGC>"
        while (at := text.find(opening, at)) >= 0:
            at += len(opening)
            end = text.find(closing, at)
            if end < 0:
                break
            yield at, end
        for match in re.finditer(
            rf'\s{re.escape(prefix)}:AIGC\s*=\s*(?:"([^"]*)"|\'([^\']*)\')', text
        ):
            yield match.span(1 if match[1] is not None else 2)


def _plain(written: str) -> str:
    inside = written.strip()
    if inside.startswith("<![CDATA[") and inside.endswith("]]>"):
        return inside[9:-3]
    return html.unescape(inside)
