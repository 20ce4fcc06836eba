"""The figures of an evaluation as one page that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from classifiers.evaluation import Evaluation
from classifiers.measures import Figure

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: right }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left }
small { color: #777; display: block }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } }
"""


def page(found: Sequence[Evaluation], sets: Sequence[str]) -> str:
    """A table for each classifier, a row for each group."""
    tables = "".join(map(_table, found))
    title = f"Evaluation on {', '.join(map(escape, sets))}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        "<p>95 % intervals by bootstrap, in grey. Precision, recall, F1 and the false-positive "
        f"rate are those of the decisions at the shipped thresholds.</p>{tables}</html>"
    )


def _table(one: Evaluation) -> str:
    names = list(one.groups[0].figures) if one.groups else []
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{escape(group.kind)}</td><td>{escape(group.name)}</td>"
        f"<td>{group.harmful}</td><td>{group.harmless}</td>"
        + "".join(f"<td>{_cell(group.figures[name])}</td>" for name in names)
        + "</tr>"
        for group in one.groups
    )
    return (
        f"<h2>{escape(one.classifier)}</h2><table><tr><th>group</th><th></th><th>harmful</th>"
        f"<th>harmless</th>{head}</tr>{rows}</table>"
    )


def _cell(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f}<small>{figure.low:.3f}–{figure.high:.3f}</small>"
