"""What a pack says of its classifiers, and the thresholds that their calibrations give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from classifiers.calibration import CalibratedScale, CalibrationError
from classifiers.kinds import Options
from classifiers.registry import calibration_of
from policies.errors import Problem, did_you_mean
from policies.schema import LeafShape, PackShape
from policies.schema_classifiers import AnyClassifier
from policies.source import Document

RESERVED = ("lexicon", "patterns")
"""Names that word lists and patterns have."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A classifier is asked only where another is unsure; see `classifiers.panel.Gate`."""

    after: str
    zones: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class PackClassifier:
    """A classifier as a pack describes it."""

    name: str
    kind: str
    options: Options
    labels: Mapping[str, tuple[str, ...]]
    """Leaves by label."""
    threshold: float
    """From which score its labels count."""
    target: str | None
    """What the threshold promises; None where it is a bare number."""
    scale: CalibratedScale | None
    """None for kinds without calibration."""
    deadline_s: float | None
    ask: Ask | None
    line: int
    column: int


def check_classifiers(document: Document, pack: PackShape) -> Iterator[Problem]:
    """Problems within the `classifiers` section."""
    names = [given.name for given in pack.classifiers]
    leaves = [leaf.id for leaf in pack.leaves]
    for i, given in enumerate(pack.classifiers):
        at = ("classifiers", i)
        if given.name in RESERVED or names.count(given.name) > 1:
            yield document.problem(
                (*at, "name"), f"`{given.name}` is taken", "give it another name"
            )
        for label, its in given.labels.items():
            for j, leaf in enumerate(its):
                if leaf not in leaves:
                    place = (*at, "labels", label, j)
                    what = f"`{leaf}` is no leaf of this pack"
                    yield document.problem(place, what, did_you_mean(leaf, leaves))
        if given.ask is not None:
            yield from _check_order(document, i, pack)


def _check_order(document: Document, i: int, pack: PackShape) -> Iterator[Problem]:
    """A gate opens on a classifier that is there and has no gate of its own."""
    ask, place = pack.classifiers[i].ask, ("classifiers", i, "ask", "after")
    free = [given.name for given in pack.classifiers if given.ask is None]
    if ask is not None and ask.after not in free:
        what = f"no classifier `{ask.after}` is asked about every text"
        yield document.problem(place, what, did_you_mean(ask.after, free))


class Thresholds:
    """Turns targets into scores, and notes where that cannot be done."""

    def __init__(self, document: Document, pack: PackShape) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._pack = pack
        self._scales = {given.name: self._scale(i, given) for i, given in self._given()}

    def classifiers(self) -> tuple[PackClassifier, ...]:
        """The classifiers, every threshold a number."""
        return tuple(self._classifier(i, given) for i, given in self._given())

    def of(self, leaf: LeafShape, j: int) -> float:
        """The threshold of a leaf's detector."""
        detector = leaf.detectors[j]
        if isinstance(detector.threshold, float):
            return detector.threshold
        place = ("leaves", self._pack.leaves.index(leaf), "detectors", j, "threshold")
        label = detector.category or ""
        return self._number(detector.classifier, label, detector.threshold, place)

    def _given(self) -> Iterator[tuple[int, AnyClassifier]]:
        return enumerate(self._pack.classifiers)

    def _scale(self, i: int, given: AnyClassifier) -> CalibratedScale | None:
        target = given.threshold if isinstance(given.threshold, str) else None
        try:
            calibration = calibration_of(given.options())
        except CalibrationError as error:
            self._note(("classifiers", i), str(error), "name another folder")
            return None
        if calibration is None:
            if target:
                what = f"classifiers of kind `{given.kind}` have no calibration"
                self._note(("classifiers", i, "threshold"), what, "write a number")
            return None
        return CalibratedScale(calibration, calibration.labels, target)

    def _classifier(self, i: int, given: AnyClassifier) -> PackClassifier:
        target = given.threshold if isinstance(given.threshold, str) else None
        for label in given.labels if target and self._scales[given.name] else ():
            self._number(given.name, label, target or "", ("classifiers", i, "threshold"))
        position = self._document.values[("classifiers", i)]
        return PackClassifier(
            name=given.name,
            kind=given.kind,
            options=given.options(),
            labels={label: tuple(leaves) for label, leaves in given.labels.items()},
            threshold=given.threshold if isinstance(given.threshold, float) else 0.5,
            target=target,
            scale=self._scales[given.name],
            deadline_s=given.deadline_s,
            ask=self._ask(i, given),
            line=position.line,
            column=position.column,
        )

    def _ask(self, i: int, given: AnyClassifier) -> Ask | None:
        ask = given.ask
        if ask is None:
            return None
        at = ("classifiers", i, "ask")
        zones = {
            label: (
                self._number(ask.after, label, ask.low, (*at, "low")),
                self._number(ask.after, label, ask.high, (*at, "high")),
            )
            for label in self._labels_of(ask.after)
        }
        if any(high < low for low, high in zones.values()):
            self._note((*at, "high"), "`high` is below `low`", "write them the other way round")
        return Ask(ask.after, zones)

    def _labels_of(self, name: str) -> list[str]:
        """The labels of a classifier that the pack looks for."""
        given = (its for its in self._pack.classifiers if its.name == name)
        mapped = [label for its in given for label in its.labels]
        named = [
            detector.category
            for leaf in self._pack.leaves
            for detector in leaf.detectors
            if detector.classifier == name and detector.category
        ]
        return list(dict.fromkeys([*mapped, *named]))

    def _number(
        self, name: str, label: str, threshold: float | str, place: tuple[str | int, ...]
    ) -> float:
        if isinstance(threshold, float):
            return threshold
        scale = self._scales.get(name)
        if scale is None:
            what = f"there is no calibration of `{name}` for `{threshold}`"
            self._note(place, what, "write a number")
            return 0.5
        try:
            return scale.number(label, threshold)
        except CalibrationError as error:
            self._note(place, str(error), "write one of them, or a number")
            return 0.5

    def _note(self, place: tuple[str | int, ...], what: str, remedy: str) -> None:
        self.problems.append(self._document.problem(place, what, remedy))
