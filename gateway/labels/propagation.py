"""How sure a service that passes content on may be that it is AI-made (Labelling Measures Art. 6).

    confirmed   its metadata says so
    possible    its metadata says that it may be, or whoever brought it says so
    suspected   its metadata says that it is suspected to be, or it bears traces of a generator

The service then adds what it owes: its own code and number to a label that is there, or a label of
its own, which names no producer because it does not know one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.labels.aigc import AigcLabel
from gateway.labels.media.marking import Marked, Propagator, labels_in, marked
from gateway.labels.reading import read_label


class Certainty(StrEnum):
    CONFIRMED = "confirmed"
    POSSIBLE = "possible"
    SUSPECTED = "suspected"
    NONE = "none"
    """Nothing speaks for it."""


_BY_LABEL = {"1": Certainty.CONFIRMED, "2": Certainty.POSSIBLE, "3": Certainty.SUSPECTED}
_LABELS = {Certainty.POSSIBLE: "2", Certainty.SUSPECTED: "3"}
_WORDS = re.compile(r"(?:人工智能|AI)\w{0,4}?(?:生成|合成)|\bAI[- ]generated\b", re.IGNORECASE)
"""The elements that the standard asks of a visible label, close together."""
_TRACES = {
    b"trainedAlgorithmicMedia": "IPTC digital source type",
    b"c2pa.claim": "C2PA manifest",
    b"tEXtparameters\0": "parameters of an image generator",
    b"tEXtprompt\0": "prompt of an image generator",
}
"""What generators leave in their files: the source type of IPTC and C2PA, and their settings."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was made of a piece of content, and why."""

    certainty: Certainty
    reason: str


def judged(data: bytes, name: str = "", *, declared: bool = False) -> Judged:
    """Judge content; `declared` says that whoever brought it calls it AI-made.

    Raises Unlabellable for content of no known family.
    """
    for found in labels_in(data, name):
        says = read_label(found.value).says
        if says in _BY_LABEL:
            return Judged(_BY_LABEL[says], f"label in {found.place}")
    if declared:
        return Judged(Certainty.POSSIBLE, "declared")
    if trace := _trace(data):
        return Judged(Certainty.SUSPECTED, trace)
    return Judged(Certainty.NONE, "")


def passed_along(
    data: bytes, judged: Judged, propagator: Propagator, name: str = ""
) -> Marked | None:
    """The content as its propagator owes it; None where nothing is owed. Raises Unlabellable."""
    if judged.certainty is Certainty.NONE:
        return None
    own = AigcLabel(
        "",
        "",
        label=_LABELS.get(judged.certainty, "3"),
        content_propagator=propagator.code,
        propagate_id=propagator.propagate_id,
    )
    return marked(data, own, name, propagator)


def _trace(data: bytes) -> str:
    for trace, meaning in _TRACES.items():
        if trace in data:
            return meaning
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    return "words of a visible label" if _WORDS.search(text) else ""
