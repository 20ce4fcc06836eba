"""`stoplog init`: a settings file with every setting, its meaning and its default."""

from __future__ import annotations

from collections.abc import Container, Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.options import DEFAULT_FILE, command, exit_with_problems
from gateway.settings import Section, setting_models
from gateway.settings_sources import Location

app = command()


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="File to write.")] = DEFAULT_FILE,
) -> None:
    """Write a settings file to start from; never overwrites one."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        exit_with_problems(f"{path} is there already; remove it, or name another")
    except OSError as error:
        exit_with_problems(f"{path} cannot be written ({error.strerror})")
    typer.echo(f"Wrote {path}. Set upstream.url and label.producer, then run: stoplog check")


def template() -> str:
    """The file: what must be set is set to an example, all else is commented out."""
    head = "# Settings of stoplog. A line that is commented out shows its default.\n"
    sections = dict(setting_models())
    return head + "\n".join(
        line for at, model in sections.items() for line in _section(at, model, sections)
    )


def _section(at: Location, model: type[Section], sections: Container[Location]) -> Iterator[str]:
    if at:
        yield f"\n{'  ' * (len(at) - 1)}{at[-1]}:"
    for name in model.model_fields:
        if (*at, name) not in sections:
            yield from _field(model, name, "  " * len(at))


def _field(model: type[Section], name: str, indent: str) -> list[str]:
    field = model.model_fields[name]
    meaning = f"{indent}# {field.description}"
    if field.is_required():
        return [meaning, f"{indent}{name}: http://127.0.0.1:8000"]
    if name == "version":
        return [meaning, f"{indent}version: 1"]
    return [meaning, f"{indent}# {name}: {_yaml(field.default)}"]


def _yaml(default: object) -> str:
    if default is None:
        return "null"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return f"[{', '.join(map(_yaml, default))}]"
    return str(default.value if isinstance(default, Enum) else default)
