"""Kinds of classifiers and where they live; a module is imported when a pack first names it.

This is the one lazy import: who runs word lists loads no model library, and who runs the bundled
model loads no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from classifiers.calibration import Calibration, load_calibration
from classifiers.kinds import (
    ExemplarOptions,
    GuardOptions,
    HttpOptions,
    ModelOptions,
    ModerationOptions,
    Options,
    Parts,
    TransformerOptions,
    UnusableClassifier,
)
from classifiers.passages import Readings, written_and_undone
from classifiers.reading import readings
from classifiers.scoring import Backend

KINDS: Mapping[str, tuple[type[Options], str]] = {
    "model": (ModelOptions, "classifiers.bundled:build"),
    "transformer": (TransformerOptions, "classifiers.transformer:build"),
    "guard": (GuardOptions, "classifiers.guard:build"),
    "moderation": (ModerationOptions, "classifiers.moderation:build"),
    "http": (HttpOptions, "classifiers.served:build"),
    "exemplars": (ExemplarOptions, "classifiers.bundled:build_exemplars"),
}
"""By the name that packs use: its options, and the function that builds it."""

BUNDLED = Path(__file__).parent / "models" / "bundled"
CALIBRATION = "calibration.json"
_EXTRAS = {"torch": "torch", "transformers": "torch", "safetensors": "torch"}


class Build(Protocol):
    """What each kind offers. Reads files and warms up, so not on an event loop."""

    def __call__(self, name: str, options: Options, parts: Parts) -> Backend: ...


def build_backend(name: str, options: Options, parts: Parts) -> Backend:
    """Build the backend of one classifier.

    Raises UnusableClassifier, with a remedy, where files or packages are missing or wrong.
    """
    where = next(where for kind, where in KINDS.values() if kind is type(options))
    module, _, function = where.partition(":")
    try:
        build = cast(Build, getattr(import_module(module), function))
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "")
        if extra is None:
            raise
        remedy = f'pip install "stoplog[{extra}]"'
        raise UnusableClassifier(f"the package {error.name} is missing; {remedy}") from None
    return build(name, options, parts)


def calibration_of(options: Options) -> Calibration | None:
    """The calibration that comes with a classifier; None for kinds that have none.

    Reads one file. Raises CalibrationError.
    """
    if isinstance(options, ModelOptions):
        return load_calibration(model_folder(options) / CALIBRATION)
    return None


def readings_of(options: Options) -> Readings:
    """How texts are prepared for a classifier of this kind."""
    of_ours = isinstance(options, ModelOptions | ExemplarOptions)
    return readings if of_ours else written_and_undone


def model_folder(options: ModelOptions) -> Path:
    """Where a model of ours lies."""
    return options.folder or BUNDLED
