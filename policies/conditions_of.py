"""The conditions of a pack's rules, compiled; notes where one cannot be."""

from __future__ import annotations

from policies.conditions import Condition, ConditionError, compile_condition
from policies.errors import Problem
from policies.schema import LeafShape, PackShape
from policies.source import Document, Location


class Conditions:
    """Compiles what stands under `when`."""

    def __init__(self, document: Document, pack: PackShape) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._leaves = [leaf.id for leaf in pack.leaves]
        own = {
            f"{detector.classifier}/{detector.category or f'{pack.pack}/{leaf.id}'}"
            for leaf in pack.leaves
            for detector in leaf.detectors
        }
        mapped = {f"{its.name}/{label}" for its in pack.classifiers for label in its.labels}
        self._known = own | mapped

    def of_leaf(self, leaf: LeafShape) -> tuple[Condition, ...]:
        """What must hold for any detector of a leaf."""
        return self._compiled(leaf.when, ("leaves", self._number(leaf), "when"))

    def of_detector(self, leaf: LeafShape, j: int) -> tuple[Condition, ...]:
        """What must hold for one detector beside that."""
        place = ("leaves", self._number(leaf), "detectors", j, "when")
        return self._compiled(leaf.detectors[j].when, place)

    def _number(self, leaf: LeafShape) -> int:
        return self._leaves.index(leaf.id)

    def _compiled(self, source: str | None, place: Location) -> tuple[Condition, ...]:
        if source is None:
            return ()
        try:
            return (compile_condition(source, self._known),)
        except ConditionError as error:
            self.problems.append(self._document.problem(place, error.what, error.remedy))
            return ()
