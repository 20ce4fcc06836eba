"""The documentation says what the program does: every setting, every metric, every command."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from gateway.cli import COMMANDS
from gateway.metrics import Metrics
from gateway.routes import Route
from gateway.settings import Surface, setting_models
from gateway.surfaces import ROUTES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SUFFIX = {"counter": "_total", "info": "_info"}


def setting_rows() -> list[str]:
    models = dict(setting_models())
    return [
        f"| `{'.'.join([*map(str, at), name])}` | {shown(field.default)} | {field.description} |"
        for at, model in models.items()
        for name, field in model.model_fields.items()
        if (*at, name) not in models and not field.is_required()
    ]


def shown(default: object) -> str:
    if default is None:
        return "unset"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{', '.join(map(str, default)) or '[]'}`"
    return f"`{default.value if isinstance(default, Enum) else default}`"


def metric_names() -> list[str]:
    metrics = Metrics()
    # The registry has no public list that includes metrics without children.
    collectors = dict.fromkeys(metrics.registry._names_to_collectors.values())
    ours = [c for c in collectors if isinstance(c, MetricWrapperBase)]
    return [metric._name + SUFFIX.get(str(metric._type), "") for metric in ours]


@pytest.mark.parametrize("row", setting_rows())
def test_every_setting_has_its_row(row: str) -> None:
    """Name, default and meaning as in the code."""
    assert row in (ROOT / "docs" / "configuration.md").read_text().splitlines()


def test_the_configuration_page_knows_no_setting_that_is_gone() -> None:
    """As many rows as settings, and one for the upstream's address, which has no default."""
    page = (ROOT / "docs" / "configuration.md").read_text()

    assert len(re.findall(r"^\| `", page, re.MULTILINE)) == len(setting_rows()) + 1
    assert "| `upstream.url` | required |" in page


@pytest.mark.parametrize("surface", Surface)
def test_every_surface_has_its_row(surface: Surface) -> None:
    """With all of its routes, as they are open."""
    routes = ", ".join(f"`{route.method} {_written(route)}`" for route in ROUTES[surface])

    assert f"| `{surface}` | {routes} |" in (ROOT / "docs" / "surfaces.md").read_text()


def _written(route: Route) -> str:
    return f"{route.path}?{route.query}" if route.query else route.path


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_has_its_row(name: str) -> None:
    """By the name it is exposed under."""
    assert f"| `{name}` | " in (ROOT / "docs" / "metrics.md").read_text()


def test_the_metrics_page_knows_no_metric_that_is_gone() -> None:
    """As many rows as metrics."""
    rows = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)

    assert sorted(rows) == sorted(metric_names())


def test_the_readme_is_short() -> None:
    """Six hundred words at most, code included."""
    assert len(re.findall(r"\S*\w\S*", README)) <= 600


def test_every_command_of_the_readme_exists() -> None:
    """Those of the program, and those of make."""
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    fences = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))

    assert set(re.findall(r"\bmake ([a-z]+)", fences)) <= targets
    assert set(re.findall(r"^stoplog ([a-z]+)", fences, re.MULTILINE)) <= {c.name for c in COMMANDS}
    assert "make demo" in fences
    assert "make test" in fences


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_broken(page: Path) -> None:
    """Every relative link leads to a file."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_is_listed() -> None:
    """The index is complete."""
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text()

    assert [p.name for p in folder.glob("0*.md") if f"({p.name})" not in index] == []
