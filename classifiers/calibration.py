"""From a model's raw scores to ones that mean something, and thresholds by what they promise.

A calibration is made with the model, per label, side and language, and is read from one JSON file:

    {"version": 1, "model": "sha256:...", "labels": {"violence": {"prompt": {"zh": {
        "curve": [[0.0, 0.01], [0.4, 0.2], [1.0, 0.99]],
        "thresholds": {"fpr:0.01": 0.83, "precision:0.9": 0.71}}}}}}

`curve` leads from raw scores to probabilities, linear between its points (isotonic regression and
temperature scaling both fit in); thresholds are probabilities. A **target** is `fpr:` with the
share of benign texts that may be flagged, `precision:` or `recall:`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import orjson

from classifiers.scoring import Scores, Side

TARGET = re.compile(r"(?:fpr|precision|recall):(?:0?\.[0-9]{1,6})")
"""How a threshold is named by what it promises."""
_MOST_BYTES = 4 * 2**20
_EDGE = 1e-6
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")


class CalibrationError(ValueError):
    """A calibration file that cannot be used, or a target that it does not know."""


def language_of(text: str) -> str:
    """`zh` where a fifth of the letters are Han, else `en`: a Han letter says more than a Latin."""
    han = len(_HAN.findall(text))
    return "zh" if han and han * 5 >= len(_LETTER.findall(text)) else "en"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How one label is read on one side in one language."""

    raw: tuple[float, ...]
    probability: tuple[float, ...]
    """At the raw scores beside it; both rise."""
    thresholds: Mapping[str, float]
    """By target."""

    def read(self, score: float) -> float:
        """The probability that stands for a raw score."""
        at = bisect_right(self.raw, score)
        if at == 0:
            return self.probability[0]
        if at == len(self.raw):
            return self.probability[-1]
        low, high = self.raw[at - 1], self.raw[at]
        share = (score - low) / (high - low)
        return self.probability[at - 1] + share * (self.probability[at] - self.probability[at - 1])


Place = tuple[str, Side, str]
"""Label, side, language."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A model's calibration."""

    model: str
    """Digest of the model that it belongs to."""
    labels: tuple[str, ...]
    table: Mapping[Place, Calibrated]

    def at(self, label: str, side: Side, language: str) -> Calibrated | None:
        return self.table.get((label, side, language))

    def thresholds(self, label: str, target: str) -> dict[tuple[Side, str], float]:
        """The thresholds for a target, by side and language. Raises CalibrationError."""
        found = {
            (side, language): its.thresholds[target]
            for (of, side, language), its in self.table.items()
            if of == label and target in its.thresholds
        }
        if not found:
            known = {name for its in self.table.values() for name in its.thresholds}
            listed = ", ".join(sorted(known)) or "none"
            raise CalibrationError(f"no threshold `{target}` for `{label}`; known: {listed}")
        return found


@dataclass(frozen=True, slots=True)
class CalibratedScale:
    """Scores as probabilities; with a target, shifted so that its threshold stands at 0.5.

    The shift is one of log odds, as for another prior: thresholds differ by language and side, and
    after it one number serves them all. A label without calibration keeps its raw score.
    """

    calibration: Calibration
    labels: tuple[str, ...]
    """In the order of the model's scores."""
    target: str | None = None

    def read(self, row: Scores, text: str, side: Side) -> Scores:
        language = language_of(text)
        return tuple(
            self._read(label, score, side, language)
            for label, score in zip(self.labels, row, strict=True)
        )

    def rule(self, label: str, text: str, side: Side) -> str:
        """Label, side, language and target, by which the numbers can be found again."""
        named = f"{label} {side.value} {language_of(text)}"
        return f"{named} {self.target}" if self.target else named

    def number(self, label: str, threshold: str) -> float:
        """The score from which a detector counts for another target, in every language.

        Raises CalibrationError.
        """
        if threshold == self.target:
            self.calibration.thresholds(label, threshold)
            return 0.5
        found = self.calibration.thresholds(label, threshold)
        return max(self._shifted(label, p, side, lang) for (side, lang), p in found.items())

    def _read(self, label: str, score: float, side: Side, language: str) -> float:
        calibrated = self.calibration.at(label, side, language)
        if calibrated is None:
            return score
        return self._shifted(label, calibrated.read(score), side, language)

    def _shifted(self, label: str, probability: float, side: Side, language: str) -> float:
        calibrated = self.calibration.at(label, side, language)
        if self.target is None or calibrated is None or self.target not in calibrated.thresholds:
            return probability
        line = _log_odds(calibrated.thresholds[self.target])
        return 1.0 / (1.0 + math.exp(line - _log_odds(probability)))


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _EDGE), 1.0 - _EDGE)
    return math.log(inside / (1.0 - inside))


def load_calibration(path: Path) -> Calibration:
    """Read a calibration. Raises CalibrationError for anything but a whole one."""
    try:
        data = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        return _calibration(orjson.loads(data))
    except OSError as error:
        raise CalibrationError(f"{path.name} cannot be read ({error.strerror})") from None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise CalibrationError(f"{path.name} is no calibration ({error})") from None


def _calibration(value: object) -> Calibration:
    if not isinstance(value, dict) or value.get("version") != 1:
        raise ValueError("version 1 is expected")
    labels: Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]] = value["labels"]
    table = {
        (label, Side(side), language): _calibrated(given, f"{label} {side} {language}")
        for label, sides in labels.items()
        for side, languages in sides.items()
        for language, given in languages.items()
    }
    return Calibration(str(value["model"]), tuple(labels), table)


def _calibrated(given: Mapping[str, object], where: str) -> Calibrated:
    curve, thresholds = given["curve"], given.get("thresholds", {})
    if not isinstance(curve, list) or len(curve) < 2 or not isinstance(thresholds, dict):
        raise ValueError(f"{where}: a curve of two points at least, and thresholds, are expected")
    raw = _rising([float(point[0]) for point in curve], where, strictly=True)
    probability = _rising([float(point[1]) for point in curve], where, strictly=False)
    for target, threshold in thresholds.items():
        if not TARGET.fullmatch(target) or not 0.0 <= float(threshold) <= 1.0:
            raise ValueError(f"{where}: `{target}` is no target with a threshold of 0 to 1")
    return Calibrated(raw, probability, {t: float(at) for t, at in thresholds.items()})


def _rising(values: Sequence[float], where: str, *, strictly: bool) -> tuple[float, ...]:
    if not all(0.0 <= value <= 1.0 for value in values):
        raise ValueError(f"{where}: a point outside 0 to 1")
    if any(b < a or (strictly and a == b) for a, b in pairwise(values)):
        raise ValueError(f"{where}: the curve does not rise")
    return tuple(values)
