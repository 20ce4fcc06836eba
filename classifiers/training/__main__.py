"""The whole recipe, step by step: `python -m classifiers.training DATA --work FOLDER`.

Each step leaves a file in the work folder and is passed over where that file is there already, so
a run that was cut off goes on. On two idle CPU cores it takes about an hour. `--onward`
teaches the heads of the model that is in the folder what is new, in minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import sentencepiece as spm
import torch  # type: ignore[import-not-found]

from classifiers.model import BundledModel
from classifiers.registry import BUNDLED, CALIBRATION
from classifiers.training import held, pretrained
from classifiers.training.calibrate import calibration, parts
from classifiers.training.card import card
from classifiers.training.export import export
from classifiers.training.fit import Plan, fit
from classifiers.training.judged import judged
from classifiers.training.linear_fit import Linear, fit_linear
from classifiers.training.network import OUTPUTS, Model
from classifiers.training.onward import HeadPlan, chosen, read, taught, teach_heads
from classifiers.training.recipe import build, judging, with_disguises
from classifiers.training.rows import Row, count_by_source
from classifiers.training.shipped import load_linear, load_shipped
from classifiers.training.tensors import Lesson, lesson

BLEND = (0.7, 0.5)
"""Weights of the encoder's and of the n-grams' logits: the best of those tried, see the card."""
BROAD = Plan(epochs=1, final=0.5, seed=1)
"""First the public sets alone, where contrast pairs would be lost among them."""
INTENT = Plan(epochs=4, rate=3e-4, table_rate=3e-4, share=0.35, repeats=4, contrast=2.0, seed=3)
"""Then a part of the public sets, and every contrast pair many times over."""
ONWARD = HeadPlan(epochs=10, rate=5e-4, contrast=2.0)
"""For a model that has learnt both: its heads, on every pair and a part of every source."""


@dataclass(frozen=True)
class Recipe:
    """A run: where the data sets are, where steps leave their files, where the model goes."""

    data: Path
    work: Path
    out: Path
    onward: bool = False
    """Teach the model in `out` what is new, in place of making one from the base."""

    @cached_property
    def base(self) -> pretrained.Base:
        return pretrained.load(pretrained.fetch(self.work / "packages"))

    @cached_property
    def rows(self) -> list[Row]:
        rows, gone = build(self.data)
        (self.work / "removed.json").write_text(json.dumps(gone, indent=1), encoding="utf-8")
        return rows

    @cached_property
    def judging(self) -> list[Row]:
        held.fetch(self.work / "packages")
        return judging([*self.rows, *held.read_held(self.work / "packages")])

    def teaching(self, seed: int) -> list[Row]:
        return with_disguises([row for row in self.rows if row.split == "train"], seed)

    def run(self) -> None:
        """Every step in order."""
        self.work.mkdir(parents=True, exist_ok=True)
        if self.onward:
            model, linear = self._taught_on(), load_linear(self.out)
        else:
            fitted = self._fitted("intent", INTENT, self._fitted("broad", BROAD, None))
            model, linear = self._model(fitted), self._linear()
        blend = np.zeros((3, OUTPUTS), np.float32)
        blend[0], blend[1] = BLEND
        export(self.out, model, self.base.tokeniser, linear, blend)
        bundled = BundledModel(self.out)
        self._say("judging")
        found = judged(bundled, self.judging)
        logits = found.blended(blend).astype(np.float64)
        calibrated = calibration(parts(self.judging, logits), bundled.digest)
        text = json.dumps(calibrated, indent=1)
        (self.out / CALIBRATION).write_text(text, encoding="utf-8")
        taught = count_by_source(row for row in self.rows if row.split == "train")
        (self.out / "README.md").write_text(card(taught, self.judging, logits), encoding="utf-8")

    def _fitted(self, name: str, plan: Plan, start: Path | None) -> Path:
        path = self.work / f"{name}.pt"
        if not path.exists():
            self._say(f"fitting {name}")
            model = self._model(start)
            fit(model, self._lesson(plan, pairs=start is not None), plan)
            torch.save(model.state_dict(), path)
        return path

    def _taught_on(self) -> Model:
        self._say("teaching the heads on")
        model = load_shipped(self.out, self.base)
        rows = chosen(self.rows)
        tokeniser = spm.SentencePieceProcessor(model_proto=self.base.tokeniser)
        lesson = taught(rows, read(model, tokeniser, [row.text for row in rows]))
        teach_heads(model, lesson, ONWARD)
        return model

    def _model(self, start: Path | None) -> Model:
        model = Model(self.base)
        if start is not None:
            model.load_state_dict(torch.load(start, weights_only=True))
        return model.eval()  # type: ignore[no-any-return]

    def _lesson(self, plan: Plan, *, pairs: bool) -> Lesson:
        rows = [row for row in self.teaching(plan.seed) if pairs or not row.pair]
        tokeniser = spm.SentencePieceProcessor(model_proto=self.base.tokeniser)
        return lesson(rows, tokeniser)

    def _linear(self) -> Linear:
        path = self.work / "ngrams.npz"
        if not path.exists():
            self._say("fitting n-grams")
            linear = fit_linear(self.teaching(seed=2))
            np.savez(
                path,
                weights=linear.weights,
                scale=linear.scale,
                bias=linear.bias,
                rarity=linear.rarity,
            )
        with np.load(path, allow_pickle=False) as stored:
            return Linear(stored["weights"], stored["scale"], stored["bias"], stored["rarity"])

    @staticmethod
    def _say(what: str) -> None:
        print(what, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m classifiers.training", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--work", type=Path, default=Path("build/model"), help="steps' files")
    parser.add_argument("--out", type=Path, default=BUNDLED, help="where the model goes")
    parser.add_argument("--onward", action="store_true", help="teach the model in --out on")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    Recipe(given.data, given.work, given.out, given.onward).run()


if __name__ == "__main__":
    main()
