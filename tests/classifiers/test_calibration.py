"""Calibration: curves, thresholds, shifts, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifiers.calibration import (
    CalibratedScale,
    Calibration,
    CalibrationError,
    language_of,
    load_calibration,
)
from classifiers.scoring import Side

LINE = [[0.0, 0.0], [1.0, 1.0]]
BENT = [[0.2, 0.1], [0.6, 0.5], [0.8, 0.9]]
GIVEN: dict[str, Any] = {
    "version": 1,
    "model": "sha256:0",
    "labels": {
        "hate": {
            "prompt": {
                "zh": {"curve": BENT, "thresholds": {"fpr:0.1": 0.6}},
                "en": {"curve": LINE, "thresholds": {"fpr:0.1": 0.9}},
            }
        }
    },
}  # fmt: skip


def written(folder: Path, given: object) -> Path:
    file = folder / "calibration.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    return file


@pytest.fixture
def calibration(tmp_path: Path) -> Calibration:
    return load_calibration(written(tmp_path, GIVEN))


@pytest.mark.parametrize(
    ("raw", "expected"), [(0.0, 0.1), (0.2, 0.1), (0.4, 0.3), (0.7, 0.7), (0.8, 0.9), (1.0, 0.9)]
)
def test_scores_follow_the_curve_and_stay_at_its_ends(
    raw: float, expected: float, calibration: Calibration
) -> None:
    """Linear between the points."""
    zh = calibration.at("hate", Side.PROMPT, "zh")

    assert zh is not None
    assert pytest.approx(expected) == zh.read(raw)


def test_a_target_is_at_one_half_in_every_language(calibration: Calibration) -> None:
    """Each language has a threshold of its own; after the shift one number serves both."""
    scale = CalibratedScale(calibration, ("hate",), "fpr:0.1")
    for text, raw in [("这是中文", 0.65), ("this is English", 0.9)]:
        (score,) = scale.read((raw,), text, Side.PROMPT)
        (below,) = scale.read((raw - 0.05,), text, Side.PROMPT)

        assert pytest.approx(0.5) == score
        assert below < 0.5
    assert "hate prompt zh fpr:0.1" == scale.rule("hate", "这是中文", Side.PROMPT)


def test_a_side_without_calibration_keeps_its_scores(calibration: Calibration) -> None:
    """Nothing is made up."""
    scale = CalibratedScale(calibration, ("hate",), "fpr:0.1")

    assert (0.3,) == scale.read((0.3,), "text", Side.OUTPUT)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今天天气真好", "zh"),
        ("请用 Python 写一个 hello world 程序吧", "zh"),
        ("hello", "en"),
        ("he said 好 and left the room at once", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_the_language_is_told_by_its_letters(text: str, language: str) -> None:
    """A fifth of Han letters make a text Chinese."""
    assert language == language_of(text)


BAD: list[tuple[Any, str]] = [
    ([], "version 1"),
    ({**GIVEN, "version": 2}, "version 1"),
    ({"version": 1, "labels": {}}, "model"),
    ({**GIVEN, "labels": {"hate": {"sideways": {"en": {}}}}}, "sideways"),
]
BAD += [
    ({**GIVEN, "labels": {"h": {"prompt": {"en": {"curve": curve}}}}}, "curve|point")
    for curve in ([[0, 0]], [[0, 0], [0, 1]], [[0, 1], [1, 0]], [[0, 0], [2, 1]], "no")
]
BAD += [
    (
        {**GIVEN, "labels": {"h": {"prompt": {"en": {"curve": LINE, "thresholds": targets}}}}},
        "no target",
    )
    for targets in ({"fpr:2": 0.5}, {"fpr:0.1": 1.5}, {"sure": 0.5})
]


@pytest.mark.parametrize(("given", "expected"), BAD)
def test_a_file_that_is_no_calibration_is_refused(
    given: object, expected: str, tmp_path: Path
) -> None:
    """Whole or not at all."""
    with pytest.raises(CalibrationError, match=expected):
        load_calibration(written(tmp_path, given))
