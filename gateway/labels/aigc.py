"""The implicit label: the seven-key `AIGC` object of GB 45438-2025.

Keys, order and string types are fixed; values are printable ASCII without spaces. A body that
already carries a label keeps it: there is never a second one, and nothing here takes one off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from gateway.sse import Frame
from gateway.strict_json import JSON

KEY = "AIGC"
EXPLICIT_KEY = "explicit_label_required"
KEYS = (
    *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
    *("ContentPropagator", "PropagateID", "ReservedCode2"),
)
"""All that a label has, in the order of the standard."""
LABELS = ("1", "2", "3")
_VALUE = re.compile(r"[\x21-\x7e]*")


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """One content's implicit label. Raises ValueError for a value that no label may hold."""

    content_producer: str
    """The provider's 27-character code (`gateway.labels.producer`); empty where only a
    propagator speaks, who does not know it."""
    produce_id: str
    """The provider's own number for this content: our exchange id."""
    label: str = "1"
    """"1": is AI-generated, "2": may be, "3": is suspected to be."""
    reserved_code_1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code_2: str = ""

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ValueError("Label is 1, 2 or 3")
        produced = self.content_producer and self.produce_id
        if not produced and not (self.label != "1" and self.content_propagator):
            raise ValueError("Label, ContentProducer and ProduceID may not be empty")
        if not all(_VALUE.fullmatch(value) for value in self.as_dict().values()):
            raise ValueError("a label's values are ASCII 0x21-0x7E: no spaces, no Chinese")

    def as_dict(self) -> dict[str, str]:
        """The object as it stands in a body, keys in the order of the standard."""
        return {
            "Label": self.label,
            "ContentProducer": self.content_producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": self.reserved_code_1,
            "ContentPropagator": self.content_propagator,
            "PropagateID": self.propagate_id,
            "ReservedCode2": self.reserved_code_2,
        }

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> AigcLabel:
        """From the object as it stands in a body or file. Raises ValueError and KeyError."""
        return cls(
            label=fields["Label"],
            content_producer=fields["ContentProducer"],
            produce_id=fields["ProduceID"],
            reserved_code_1=fields["ReservedCode1"],
            content_propagator=fields["ContentPropagator"],
            propagate_id=fields["PropagateID"],
            reserved_code_2=fields["ReservedCode2"],
        )

    @property
    def header(self) -> bytes:
        """The object as JSON: the value of the `AIGC` response header, and of labels in files."""
        return orjson.dumps(self.as_dict())


@dataclass(frozen=True, slots=True)
class Mark:
    """What the gateway adds to a body: the label, and whether the interface owes a visible one."""

    label: AigcLabel
    explicit_label_required: bool

    def on(self, body: JSON) -> JSON:
        """The body with the mark. A label that is already there stays as it is."""
        if not isinstance(body, dict):
            return body
        aigc: dict[str, JSON] = dict(self.label.as_dict())
        return {KEY: aigc, **body, EXPLICIT_KEY: self.explicit_label_required}

    def spliced(self, frame: Frame, event: JSON) -> bytes | None:
        """The frame with the mark put behind the opening brace, every other byte as it came.

        None where it has to be written anew.
        """
        at = frame.at
        if not isinstance(event, dict) or not event or EXPLICIT_KEY in event or not frame.plain:
            return None
        if at < 0 or not frame.raw.startswith(b"{", at):
            return None
        return frame.raw[: at + 1] + self._fields(event) + frame.raw[at + 1 :]

    def _fields(self, event: JSON) -> bytes:
        required = b'"%b":%b,' % (EXPLICIT_KEY.encode(), orjson.dumps(self.explicit_label_required))
        if isinstance(event, dict) and KEY in event:
            return required
        return b'"%b":%b,' % (KEY.encode(), self.label.header) + required
