"""`kind: model` and `kind: exemplars` on the model that comes with the program.

Models are read once per folder: a pack that names the model and topics by example share it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from classifiers.batching import Batcher, BatchLimits
from classifiers.exemplars import Exemplars
from classifiers.kinds import ExemplarOptions, ModelOptions, Options, Parts, UnusableClassifier
from classifiers.model import BundledModel, ModelError
from classifiers.registry import BUNDLED


def build(name: str, options: Options, parts: Parts) -> Batcher:
    """The model behind worker threads."""
    if not isinstance(options, ModelOptions):
        raise TypeError("options of another kind: this is a bug")
    limits = BatchLimits(options.threads, parts.limits.chars, parts.limits.texts)
    return Batcher(load(options.folder), name, limits, parts.observer)


def build_exemplars(name: str, options: Options, parts: Parts) -> Batcher:
    """A topic by example, in the space of the model's encoder."""
    if not isinstance(options, ExemplarOptions):
        raise TypeError("options of another kind: this is a bug")
    limits = BatchLimits(1, parts.limits.chars, parts.limits.texts)
    return Batcher(Exemplars(options, load(options.folder)), name, limits, parts.observer)


def load(folder: Path | None) -> BundledModel:
    """The model of a folder, read and warm. Raises UnusableClassifier."""
    try:
        return _loaded(folder or BUNDLED)
    except ModelError as error:
        raise UnusableClassifier(f"{error}; install stoplog again, or check `folder`") from None


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> BundledModel:
    return BundledModel(folder)
