"""`stoplog eval`: how well classifiers and packs tell harmful texts from harmless ones."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import orjson
import typer

from classifiers.disguise import DISGUISES
from classifiers.evaluation import Evaluation, Example, Scored, evaluate
from classifiers.heads import Head
from classifiers.measures import Figure
from classifiers.scoring import Side
from gateway.commands.eval_page import page
from gateway.commands.judges import BUNDLED_NAME, Judging, judge_or_exit
from gateway.commands.options import JsonOption, command, exit_with_problems

app = command()

_AT_ONCE = 64
_SHOWN = ("auroc", "auprc", "precision", "recall", "f1", "macro_f1", "fpr", "fpr_at_recall_0.9")


@app.command("eval")
def evaluate_sets(
    sets: Annotated[
        list[Path], typer.Argument(help='Files of {"text", "label", "leaf"?, "language"?} lines.')
    ],
    classifier: Annotated[
        list[str] | None,
        typer.Option(help="As for `classify`; several are compared. `pack:NAME` for a pack."),
    ] = None,
    role: Annotated[Side, typer.Option(help="Judge texts as prompts or as outputs.")] = Side.PROMPT,
    score: Annotated[
        list[str] | None,
        typer.Option(help="Heads whose greatest score counts; `unsafe` if none is named."),
    ] = None,
    disguises: Annotated[
        bool, typer.Option(help="Judge harmful texts again in every disguise.")
    ] = False,
    draws: Annotated[int, typer.Option(min=0, help="Bootstrap draws for the intervals.")] = 200,
    html: Annotated[Path | None, typer.Option(help="Write a page with all figures.")] = None,
    json_out: Annotated[
        Path | None, typer.Option("--out", help="Write all figures as JSON.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print figures with 95 % intervals; in all, and by leaf, language, length and disguise."""
    examples = [example for path in sets for example in read_examples(path)]
    if not examples:
        exit_with_problems("there is no line with a text and a label of 0 or 1")
    if disguises:
        examples += in_disguise(examples)
    found = [
        evaluate(name, examples, _scored(judge_or_exit(name), examples, role, score or []), draws)
        for name in classifier or [BUNDLED_NAME]
    ]
    data = orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2)
    if json_out:
        json_out.write_bytes(data)
    if html:
        html.write_text(page(found, [str(path.name) for path in sets]), encoding="utf-8")
    typer.echo(data if as_json else _table(found))


def read_examples(path: Path) -> list[Example]:
    """The lines of a set. Lines without a settled label are passed over; others must fit."""
    examples = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        exit_with_problems(f"{path}: {error.strerror}")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        example = _example(line, path.stem)
        if example is None:
            exit_with_problems(
                f"{path}:{number}: a line has a `text` and a `label` of 0, 1 or null"
            )
        if example.label in (0, 1):
            examples.append(example)
    return examples


def _example(line: bytes, source: str) -> Example | None:
    try:
        value = orjson.loads(line)
        text, label = value["text"], value["label"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    if not isinstance(text, str) or label not in (0, 1, None):
        return None
    return Example(
        text,
        -1 if label is None else int(label),
        str(value.get("leaf") or value.get("head") or ""),
        str(value.get("language") or value.get("lang") or ""),
        str(value.get("disguise") or ""),
        source,
    )


def in_disguise(examples: Sequence[Example], seed: int = 0) -> list[Example]:
    """Every harmful example in each disguise that changes it."""
    rng = random.Random(seed)  # noqa: S311 - the same disguises in every run
    found = []
    for example in examples:
        for name, disguise in DISGUISES.items() if example.label == 1 else ():
            text = disguise(example.text, rng)
            if text != example.text:
                found.append(replace(example, text=text, disguise=name))
    return found


def _scored(
    judge: Judging, examples: Sequence[Example], side: Side, heads: Sequence[str]
) -> Scored:
    unknown = set(heads) - set(judge.labels)
    if unknown:
        exit_with_problems(
            f"no head {', '.join(sorted(unknown))}; known: {', '.join(judge.labels)}"
        )
    counted = list(heads) or ([Head.UNSAFE] if Head.UNSAFE in judge.labels else list(judge.labels))
    scores: list[float] = []
    flagged: list[bool] = []
    started = time.perf_counter()
    for first in range(0, len(examples), _AT_ONCE):
        texts = [example.text for example in examples[first : first + _AT_ONCE]]
        for judgement in judge.judge(texts, side):
            scores.append(max((judgement.scores[head] for head in counted), default=0.0))
            flagged.append(judgement.flagged)
    return Scored(scores, flagged, time.perf_counter() - started)


def _table(found: Sequence[Evaluation]) -> str:
    lines: list[tuple[str, ...]] = [("classifier", "group", "", "harmful", "harmless", *_SHOWN)]
    for one in found:
        for group in one.groups:
            counts = str(group.harmful), str(group.harmless)
            shown = tuple(_shown(group.figures[name]) for name in _SHOWN)
            lines.append((one.classifier, group.kind, group.name, *counts, *shown))
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
