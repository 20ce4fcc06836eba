"""Lines of traffic in a file: what is said, by whom, and which way it travels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from pydantic import BaseModel, Field, ValidationError

from classifiers.types import Role
from policies.replay import Text
from policies.types import Direction

_MOST_BYTES = 16 * 2**20
"""Of one line: no text is that long, and a file that is one line would fill the memory."""
_MODELS = frozenset({Role.ASSISTANT, Role.REASONING})


class Line(BaseModel):
    """`direction` follows from the role where it is not said, and the role from the direction."""

    id: str | int
    text: str = Field(min_length=1)
    role: Role | None = None
    direction: Direction | None = None


class Traffic:
    """Reads a file once, as long as it may be, and remembers what could not be read of it."""

    def __init__(self, name: str, lines: BinaryIO) -> None:
        self.problems: list[str] = []
        self._name = name
        self._lines = lines

    def __iter__(self) -> Iterator[Text]:
        number = 0
        while line := self._lines.readline(_MOST_BYTES):
            number += 1
            if line.strip(b"\xef\xbb\xbf \t\r\n"):
                yield from self._text(number, line.removeprefix(b"\xef\xbb\xbf"))

    def _text(self, number: int, line: bytes) -> Iterator[Text]:
        try:
            yield _judged_as(Line.model_validate_json(line))
        except ValidationError as error:
            # The messages of pydantic quote what was given.
            first = error.errors(include_input=False, include_context=False)[0]
            place = ".".join(map(str, first["loc"][:1])) or "the line"
            self.problems.append(f"{self._name}:{number}: `{place}`: {first['type']}")


def _judged_as(line: Line) -> Text:
    output = line.role in _MODELS if line.role else line.direction is Direction.OUTPUT
    direction = line.direction or (Direction.OUTPUT if output else Direction.PROMPT)
    role = line.role or (Role.ASSISTANT if output else Role.USER)
    return Text(str(line.id), line.text, role, direction)
