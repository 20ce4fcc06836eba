"""Where settings come from: a YAML file, the environment and flags, each value traced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from policies.errors import Problem

ENV_PREFIX = "STOPLOG_"
ENV_NESTING = "__"

Location: TypeAlias = tuple[str | int, ...]
"""The way from the root of the settings to a value."""

Node: TypeAlias = "Mapping[str, Node] | list[Node] | str | int | float | bool | None"
"""What a settings file can hold."""


class SettingsError(Exception):
    """The settings cannot be used. Lists every problem at once and quotes no value."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value came from."""

    where: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.where if self.line is None else f"{self.where}:{self.line}:{self.column}"

    def problem(self, what: str, remedy: str = "") -> Problem:
        where = "settings" if self is DEFAULT else self.where
        return Problem(where, what, remedy, self.line, self.column)


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Source:
    """One place's values, by location, and the place of each."""

    values: Mapping[Location, Node]
    """Leaves only: scalars, lists and empty mappings."""
    origins: Mapping[Location, Origin]


def read_file(path: Path) -> Source:
    """Read a settings file. Raises SettingsError where it cannot be read or is no mapping."""
    try:
        root = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(Problem(str(path), f"cannot be read ({error.strerror})")) from error
    except UnicodeDecodeError as error:
        raise SettingsError(Problem(str(path), "is not UTF-8")) from error
    except YAMLError as error:
        raise SettingsError(_yaml_problem(path, error)) from error
    if root is None:
        return Source({}, {})
    if not isinstance(root, CommentedMap):
        raise SettingsError(Problem(str(path), "holds no mapping", "start with `version: 1`", 1, 1))
    origins = {
        location: Origin(str(path), line + 1, column + 1)
        for location, line, column in _positions(root, ())
    }
    return Source(dict(_leaves(root, ())), origins)


def read_environment(environ: Mapping[str, str], known: frozenset[Location]) -> Source:
    """Read `STOPLOG_SECTION__KEY` variables; an empty one counts as absent.

    A variable without a double underscore is taken only if it names a setting: an orchestrator
    adds its own (`STOPLOG_SERVICE_HOST`) for a service of our name.
    """
    names = {env_name(location): location for location in known}
    values: dict[Location, Node] = {}
    problems = []
    for variable, text in environ.items():
        if not variable.startswith(ENV_PREFIX) or not text:
            continue
        if variable in names:
            values[names[variable]] = text
        elif (near := _meant(variable, names)) or ENV_NESTING in variable:
            remedy = f"did you mean {near}?" if near else ""
            problems.append(Problem(variable, "names no setting", remedy))
    if problems:
        raise SettingsError(*problems)
    return Source(values, {location: Origin(env_name(location)) for location in values})


def read_flags(flags: Mapping[str, str]) -> Source:
    """Take values by dotted name, such as `upstream.url`."""
    values: dict[Location, Node] = {tuple(name.split(".")): text for name, text in flags.items()}
    return Source(values, {at: Origin(f"--{'.'.join(map(str, at))}") for at in values})


def merge(*sources: Source) -> tuple[dict[str, Node], dict[Location, Origin]]:
    """Lay later sources over earlier ones; return the nested values and the origin of each."""
    values: dict[Location, Node] = {}
    origins: dict[Location, Origin] = {}
    for source in sources:
        values |= source.values
        origins |= source.origins
    tree: dict[str, Node] = {}
    for location, value in values.items():
        _plant(tree, location, value)
    return tree, origins


def env_name(location: Location) -> str:
    """The environment variable that overrides a setting."""
    return ENV_PREFIX + ENV_NESTING.join(str(part) for part in location).upper()


def nearest_origin(location: Location, origins: Mapping[Location, Origin]) -> Origin:
    """The origin of a value, or of what stands around it, or of something within it."""
    for length in range(len(location), 0, -1):
        if origin := origins.get(location[:length]):
            return origin
    within = (origins[at] for at in origins if location and at[: len(location)] == location)
    return next(within, DEFAULT)


def did_you_mean(name: str, candidates: list[str]) -> str:
    """A remedy for a misspelt name: the nearest one, or all of them."""
    near = get_close_matches(name, candidates, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(candidates)}"


def _meant(variable: str, names: Mapping[str, Location]) -> str:
    squashed = variable.replace("_", "")
    same = [name for name in names if name.replace("_", "") == squashed]
    if same or ENV_NESTING not in variable:
        return same[0] if same else ""
    return next(iter(get_close_matches(variable, names, n=1)), "")


def _yaml_problem(path: Path, error: YAMLError) -> Problem:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(str(path), "is not YAML")
    mark = error.problem_mark
    # The parser's own wording may quote a value, and a value may be a secret.
    duplicate = "duplicate key" in str(error.problem)
    what = "a key stands twice" if duplicate else "is not YAML here"
    return Problem(str(path), what, "", mark.line + 1, mark.column + 1)


def _positions(node: CommentedMap, at: Location) -> Iterator[tuple[Location, int, int]]:
    for key, value in node.items():
        location = (*at, str(key))
        yield (location, *node.lc.key(key))
        if isinstance(value, CommentedMap):
            yield from _positions(value, location)
        elif isinstance(value, CommentedSeq):
            yield from ((((*location, i)), *value.lc.item(i)) for i in range(len(value)))


def _leaves(node: CommentedMap, at: Location) -> Iterator[tuple[Location, Node]]:
    # A null, such as a section whose every line is a comment, leaves the default.
    for key, value in node.items():
        location = (*at, str(key))
        if isinstance(value, CommentedMap) and value:
            yield from _leaves(value, location)
        elif isinstance(value, CommentedSeq):
            yield location, list(value)
        elif value is not None:
            yield location, value


def _plant(tree: dict[str, Node], location: Location, value: Node) -> None:
    branch = tree
    for part in location[:-1]:
        below = branch.get(str(part))
        if not isinstance(below, dict):
            below = branch[str(part)] = {}
        branch = below
    branch[str(location[-1])] = value
