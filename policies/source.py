"""YAML as pack authors write it: plain values, and where each of them stands.

A small part of YAML, on purpose: no anchors, no tags, no second document, nothing that one reader
takes for a boolean and the next for a word. It is read event by event, so that nesting costs no
stack and every problem is found in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from policies.errors import PackError, Problem

Location: TypeAlias = tuple[str | int, ...]
"""The way from the root of a file to a value."""

Node: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | None"

MAX_BYTES = 2**20
"""A pack file written by people stays far below; a larger one is a mistake or an attack."""
MAX_DEPTH = 16

_BOOLEAN = {"true": True, "false": False}
_BOOLEAN_TO_SOME = frozenset({"yes", "no", "on", "off", "y", "n"})
"""Booleans in YAML 1.1 and words in YAML 1.2."""
_NULL = frozenset({"", "~", "null"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})(?:e[-+]?[0-9]{1,3})?", re.IGNORECASE
)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Position:
    line: int
    column: int
    """Both from 1."""


@dataclass(slots=True)
class Document:
    """A file's value and the positions of its parts."""

    where: str
    value: Node = None
    keys: dict[Location, Position] = field(default_factory=dict)
    values: dict[Location, Position] = field(default_factory=dict)

    def problem(self, location: Location, what: str, remedy: str = "") -> Problem:
        """A problem with the value at `location`, or with the nearest part that is there."""
        while location and location not in self.values:
            location = location[:-1]
        return self._at(self.values.get(location), what, remedy)

    def key_problem(self, location: Location, what: str, remedy: str = "") -> Problem:
        """A problem with the key that `location` ends in."""
        return self._at(self.keys.get(location), what, remedy)

    def _at(self, position: Position | None, what: str, remedy: str) -> Problem:
        place = position or Position(1, 1)
        return Problem(self.where, what, remedy, place.line, place.column)


def parse(data: bytes, where: str) -> Document:
    """Read one YAML document. Raises PackError with everything that is wrong with it."""
    reading = _Reading(Document(where))
    try:
        for event in _events(data, where):
            reading.take(event)
    except YAMLError as error:
        raise PackError(*reading.problems, _syntax(error, where)) from None
    if reading.problems:
        raise PackError(*reading.problems)
    return reading.document


def _events(data: bytes, where: str) -> Iterator[Event]:
    if len(data) > MAX_BYTES:
        what = f"the file has {len(data)} bytes, and {MAX_BYTES} are allowed"
        raise PackError(Problem(where, what, "split it, or move words into lexicon files"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PackError(Problem(where, "not UTF-8", "save it as UTF-8", line, 1)) from None
    yield from YAML(typ="safe", pure=True).parse(text)


def _syntax(error: YAMLError, where: str) -> Problem:
    """A syntax error without the excerpt that the parser would show of the file."""
    if isinstance(error, ReaderError):
        what = f"character U+{error.character:04X} is not allowed in YAML"
        return Problem(where, what, "take it out")
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    what = "not valid YAML here"
    remedy = "check the indentation, quotes and brackets just before"
    return Problem(
        where, what, remedy, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1
    )


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being read."""

    node: dict[str, Node] | list[Node]
    location: Location
    key: str | None = None
    """The key whose value comes next; None where a key comes next, and in lists."""


class _Reading:
    """Builds a document from events."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._complain(event, "a second document begins", "keep one to a file")
            case CollectionEndEvent():
                self._open.pop()
            case NodeEvent():
                self._refuse_extras(event)
                self._node(event)
            case _:
                pass

    def _node(self, event: NodeEvent) -> None:
        if self._key_comes_next:
            self._key(event)
            return
        location = self._next_location()
        self.document.values[location] = _position(event)
        value = self._value(event, location)
        self._put(value)
        if isinstance(value, dict | list):
            self._enter(event, _Open(value, location))

    def _value(self, event: NodeEvent, location: Location) -> Node:
        match event:
            case MappingStartEvent():
                return {}
            case SequenceStartEvent():
                return []
            case ScalarEvent():
                return self._scalar(event)
            case _:
                return None

    def _key(self, event: NodeEvent) -> None:
        holder = self._open[-1]
        if not isinstance(event, ScalarEvent):
            problem = self._problem(event, "a key is no plain word", "use a word as the key")
            raise PackError(*self.problems, problem)
        holder.key = key = str(event.value)
        if event.style is None and key.lower() in _BOOLEAN_TO_SOME | _BOOLEAN.keys():
            self._complain(event, f"the key `{key}` is a boolean to YAML", "put it in quotes")
        location = (*holder.location, key)
        if location in self.document.keys:
            line = self.document.keys[location].line
            self._complain(event, f"`{key}` stands here twice", f"the first is on line {line}")
        self.document.keys[location] = _position(event)

    def _scalar(self, event: ScalarEvent) -> Node:
        if event.style is not None:
            return str(event.value)
        word = str(event.value)
        if word.lower() in _BOOLEAN_TO_SOME:
            self._complain(event, f"`{word}` is a boolean to some YAML readers", "put it in quotes")
        if word.lower() in _NULL:
            return None
        if _NOT_FINITE.fullmatch(word):
            self._complain(event, f"`{word}` is not a number we can use", "write it in digits")
        if _INTEGER.fullmatch(word):
            return int(word)
        if _FLOAT.fullmatch(word):
            return float(word)
        return _BOOLEAN.get(word.lower(), word)

    @property
    def _key_comes_next(self) -> bool:
        return (
            bool(self._open)
            and self._open[-1].key is None
            and isinstance(self._open[-1].node, dict)
        )

    def _next_location(self) -> Location:
        if not self._open:
            return ()
        holder = self._open[-1]
        step = len(holder.node) if isinstance(holder.node, list) else holder.key or ""
        return (*holder.location, step)

    def _put(self, value: Node) -> None:
        if not self._open:
            self.document.value = value
            return
        holder = self._open[-1]
        if isinstance(holder.node, list):
            holder.node.append(value)
        else:
            holder.node[holder.key or ""] = value
            holder.key = None

    def _enter(self, event: NodeEvent, opened: _Open) -> None:
        self._open.append(opened)
        if len(self._open) > MAX_DEPTH:
            what = f"nested more than {MAX_DEPTH} deep"
            raise PackError(*self.problems, self._problem(event, what, "flatten it"))

    def _refuse_extras(self, event: NodeEvent) -> None:
        if event.anchor is not None:
            self._complain(event, "anchors and aliases are not used in packs", "write it out")
        if isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent) and event.tag:
            self._complain(event, "tags are not used in packs", "take the `!` word away")

    def _complain(self, event: Event, what: str, remedy: str) -> None:
        self.problems.append(self._problem(event, what, remedy))

    def _problem(self, event: Event, what: str, remedy: str) -> Problem:
        place = _position(event)
        return Problem(self.document.where, what, remedy, place.line, place.column)


def _position(event: Event) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)
