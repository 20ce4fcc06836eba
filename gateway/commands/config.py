"""`stoplog config`: the settings in force, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import typer

from gateway.commands.listing import json_lines, table
from gateway.commands.options import ConfigOption, JsonOption, group, settings_or_exit
from gateway.settings import LoadedSettings, Settings, setting_fields
from gateway.settings_sources import Location, env_name

app = group("Show the settings in force.")


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as `config show` prints it."""

    setting: str
    value: str
    origin: str
    variable: str


def rows(loaded: LoadedSettings) -> list[Row]:
    """Every setting in the order of the documentation; secrets stay masked."""
    values = loaded.settings.model_dump()
    return [
        Row(
            ".".join(map(str, location)),
            _shown(values, location),
            str(loaded.origin(location)),
            env_name(location),
        )
        for location, _ in setting_fields()
    ]


@app.command()
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print every setting with its value, its origin and the variable that overrides it."""
    render = json_lines if as_json else table
    typer.echo(render(rows(settings_or_exit(config))))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the settings file, for editors."""
    text = orjson.dumps(Settings.model_json_schema(), option=orjson.OPT_INDENT_2)
    typer.echo(text.decode())


def _shown(values: Mapping[str, Any], location: Location) -> str:
    value: Any = values
    for part in location:
        value = value[part]
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
