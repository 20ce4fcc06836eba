"""Which classifier a command asks: the bundled model, another model folder, or a whole pack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol

import typer

from classifiers.calibration import CalibrationError, language_of, load_calibration
from classifiers.judge import Judge, Judgement
from classifiers.model import BundledModel, ModelError
from classifiers.panel import Panel
from classifiers.registry import BUNDLED
from classifiers.scoring import Side
from classifiers.types import Report, Role, Segment
from gateway.commands.options import exit_with_problems
from policies.build import build_panel
from policies.decide import decide
from policies.load import LoadedPack, PackError, load_pack
from policies.types import Action, Direction

BUNDLED_NAME = "bundled"
_PACK = "pack:"

ClassifierOption = Annotated[
    str,
    typer.Option(
        help=f"`{BUNDLED_NAME}`, the folder of a model, or `{_PACK}NAME` for a whole policy pack."
    ),
]


class Judging(Protocol):
    """Whatever says what it makes of whole texts."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def judge(self, texts: Sequence[str], side: Side) -> list[Judgement]: ...


class PackJudge:
    """A pack as one classifier: a text is flagged where the pack does anything but allow it."""

    def __init__(self, loaded: LoadedPack, panel: Panel) -> None:
        self._pack = loaded.pack
        self._panel = panel
        self.labels = tuple(loaded.pack.leaves)

    def judge(self, texts: Sequence[str], side: Side) -> list[Judgement]:
        return asyncio.run(self._judge(texts, side))

    async def _judge(self, texts: Sequence[str], side: Side) -> list[Judgement]:
        # One text at a time: characters that nobody read make a verdict of the whole batch.
        return [await self._one(text, side) for text in texts]

    async def _one(self, text: str, side: Side) -> Judgement:
        prompt = side is Side.PROMPT
        segments = [Segment(text, Role.USER if prompt else Role.ASSISTANT)]
        report: Report = await self._panel.classify(segments)
        direction = Direction.PROMPT if prompt else Direction.OUTPUT
        verdict = decide(self._pack, direction, report, segments)
        scores = dict.fromkeys(self.labels, 0.0)
        for hit in verdict.hits:
            scores[hit.leaf.id] = max(scores[hit.leaf.id], hit.finding.score)
        flagged = verdict.action > Action.ALLOW
        leaves = tuple(sorted({hit.leaf.id for hit in verdict.hits}))
        return Judgement(scores, language_of(text), flagged, leaves, leaves)


def judge_or_exit(name: str) -> Judging:
    """What the option names, loaded and ready; else exit with 2."""
    if name.startswith(_PACK):
        return _pack_or_exit(name.removeprefix(_PACK))
    folder = BUNDLED if name == BUNDLED_NAME else Path(name)
    try:
        model = BundledModel(folder)
        return Judge(model, load_calibration(model.calibration))
    except (ModelError, CalibrationError) as error:
        exit_with_problems(f"{name}: {error}")


def _pack_or_exit(name: str) -> PackJudge:
    try:
        loaded = load_pack(name)
        return PackJudge(loaded, build_panel(loaded))
    except PackError as error:
        exit_with_problems(*map(str, error.problems))
