"""What there is to say of packs, as rows for people and programs. Holds no word of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers.terms import Term, TermKind
from policies.checks import LEXICON
from policies.classifiers_of import PackClassifier
from policies.folder import bundled
from policies.load import NO_LISTS, OPERATOR, LoadedPack, load_pack
from policies.types import Detector, Direction, Leaf

PLACEHOLDERS = ("违禁词示例", "forbiddenword")
"""How terms begin that only hold a place in a starter list."""
OPERATORS_ONLY = f"{LEXICON} (operator's list only)"


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack in a listing."""

    name: str
    version: str
    leaves: int
    keywords: int
    digest: str
    basis: str
    summary: str


@dataclass(frozen=True, slots=True)
class LeafRow:
    """A leaf of a pack, and what serves it."""

    id: str
    name_zh: str
    name_en: str
    article: str
    tier: str
    prompt: str
    output: str
    minors: str
    """Where it does more about minors: the actions for prompts and outputs."""
    keywords: int
    """Of the pack's own list, placeholders not counted."""
    operator_keywords: int
    served_by: str
    """What can find it: `lexicon`, `lexicon (operator's list only)`, `patterns`, a model."""


@dataclass(frozen=True, slots=True)
class ClassifierRow:
    """A model that a pack names."""

    name: str
    kind: str
    labels: str
    """Those that speak for a leaf by the pack's map."""
    threshold: str
    """A target, or a score."""
    deadline: str
    asked: str
    """About which texts."""


@dataclass(frozen=True, slots=True)
class PackPicture:
    """A pack as a whole."""

    pack: PackRow
    label: str
    retention: str
    on_failure: str
    leaves: tuple[LeafRow, ...]
    classifiers: tuple[ClassifierRow, ...] = ()


def list_packs() -> tuple[PackRow, ...]:
    """The bundled packs. Raises PackError where one does not load."""
    return tuple(_pack_row(load_pack(name)) for name in bundled())


def show_pack(name: str | Path, lists: Mapping[str, Sequence[Path]] = NO_LISTS) -> PackPicture:
    """A pack with an operator's lists. Raises PackError where it does not load."""
    return picture(load_pack(name, lists))


def picture(loaded: LoadedPack) -> PackPicture:
    """A loaded pack as rows."""
    pack = loaded.pack
    modes = (f"{tier.value} {mode.value}" for tier, mode in pack.on_failure.items())
    return PackPicture(
        pack=_pack_row(loaded),
        label=f"{pack.label.name}, {pack.label.explicit.value}",
        retention=f"{pack.retention.min_days} to {pack.retention.max_days} days",
        on_failure=", ".join(modes),
        leaves=tuple(_leaf_row(loaded, leaf) for leaf in pack.leaves.values()),
        classifiers=tuple(map(_classifier_row, loaded.classifiers)),
    )


def keywords(terms: Sequence[Term]) -> Counter[tuple[str, str]]:
    """How many real terms there are, by category and whose they are: `pack` or `operator`."""
    return Counter(
        (term.category, OPERATOR if term.source == OPERATOR else "pack")
        for term in terms
        if term.kind is not TermKind.ALLOW and not term.text.startswith(PLACEHOLDERS)
    )


def _pack_row(loaded: LoadedPack) -> PackRow:
    pack = loaded.pack
    return PackRow(
        name=pack.name,
        version=pack.version,
        leaves=len(pack.leaves),
        keywords=keywords(loaded.terms).total(),
        digest=pack.digest,
        basis=", ".join(basis.id for basis in loaded.basis),
        summary=loaded.summary,
    )


def _classifier_row(its: PackClassifier) -> ClassifierRow:
    return ClassifierRow(
        name=its.name,
        kind=its.kind,
        labels=", ".join(its.labels),
        threshold=its.target or f"{its.threshold:g}",
        deadline="" if its.deadline_s is None else f"{its.deadline_s:g} s",
        asked=f"where `{its.ask.after}` is unsure" if its.ask else "about every text",
    )


def _leaf_row(loaded: LoadedPack, leaf: Leaf) -> LeafRow:
    counts = keywords(loaded.terms)
    own = sum(counts[d.category, "pack"] for d in leaf.detectors)
    added = sum(counts[d.category, OPERATOR] for d in leaf.detectors)
    served = dict.fromkeys(_served_by(detector, own) for detector in leaf.detectors)
    return LeafRow(
        id=leaf.id,
        name_zh=leaf.name_zh,
        name_en=leaf.name_en,
        article=leaf.article,
        tier=leaf.tier.value,
        prompt=leaf.actions[Direction.PROMPT].label,
        output=leaf.actions[Direction.OUTPUT].label,
        minors=_minors(leaf),
        keywords=own,
        operator_keywords=added,
        served_by=", ".join(served),
    )


def _minors(leaf: Leaf) -> str:
    young = leaf.minor_actions
    return " ".join(action.label for action in young.values()) if young else ""


def _served_by(detector: Detector, own: int) -> str:
    if detector.classifier == LEXICON and not own:
        return OPERATORS_ONLY
    return detector.classifier
