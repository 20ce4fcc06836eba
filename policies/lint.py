"""What a pack lacks although it loads: figures of the standard, coverage, cases, careless terms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers.terms import Term, TermKind
from policies.annex_a import KEYWORDS_IN_ALL, LEAVES, TOPICS
from policies.build import check_served
from policies.cases import Case, check_cases, load_cases
from policies.errors import PackError
from policies.fitting import fit
from policies.folder import PACK, pack_folder, read_folder
from policies.lint_gb45654 import Evidence, remarks_gb45654
from policies.load import NO_LISTS, LoadedPack, load_pack
from policies.remarks import Remark, Severity, warning
from policies.schema import PackShape
from policies.show import OPERATORS_ONLY, LeafRow, PackPicture, picture
from policies.source import Location, parse
from policies.types import Action, Direction, OnFailure, PolicyPack, Tier


@dataclass(frozen=True, slots=True)
class LintReport:
    """All remarks on a pack."""

    pack: str
    leaves: int
    served: int
    """Leaves that some classifier serves with more than placeholders."""
    keywords: int
    remarks: tuple[Remark, ...]

    def count(self, severity: Severity) -> int:
        return sum(remark.severity == severity for remark in self.remarks)

    @property
    def ok(self) -> bool:
        """Whether the pack can be used; warnings leave it usable."""
        return not self.count(Severity.ERROR)


def lint_pack(
    name: str | Path,
    lists: Mapping[str, Sequence[Path]] = NO_LISTS,
    gb45654: Evidence | None = None,
) -> LintReport:
    """Load a pack and look it over. Never raises for a faulty pack: its faults are the report.

    `gb45654`: also against that standard, with what is known beside the pack.
    """
    try:
        loaded, cases = load_pack(name, lists), load_cases(name)
        check_cases(cases, loaded.pack, f"{loaded.pack.name}/cases.yaml")
        check_served(loaded)
        further = [*_bare_thresholds(name, loaded)]
        if gb45654 is not None:
            further += remarks_gb45654(loaded, lists, gb45654)
    except PackError as error:
        return LintReport(str(name), 0, 0, 0, tuple(_errors(error)))
    shown = picture(loaded)
    return LintReport(
        pack=loaded.pack.name,
        leaves=len(shown.leaves),
        served=sum(not _only_operators(row) for row in shown.leaves),
        keywords=sum(row.keywords + row.operator_keywords for row in shown.leaves),
        remarks=(*further, *_remarks(loaded, shown, cases)),
    )


def _errors(error: PackError) -> Iterator[Remark]:
    for problem in error.problems:
        place = problem.where if problem.line is None else f"{problem.where}:{problem.line}"
        yield Remark(Severity.ERROR, "load", place, problem.what, problem.remedy)


def _remarks(loaded: LoadedPack, shown: PackPicture, cases: Sequence[Case]) -> Iterator[Remark]:
    yield from _coverage(shown)
    yield from _floors(loaded.pack, shown)
    yield from _inert(loaded.pack)
    yield from _fail_open(loaded.pack)
    yield from _untested(loaded.pack, cases)
    yield from _terms(loaded.terms)


def _bare_thresholds(name: str | Path, loaded: LoadedPack) -> Iterator[Remark]:
    """Numbers where a calibration could say what a score promises."""
    calibrated = {its.name for its in loaded.classifiers if its.scale is not None}
    folder = read_folder(pack_folder(name))
    document = parse(folder.files[PACK], folder.where(PACK))
    shape = fit(document, PackShape)
    places: list[Location] = [
        ("classifiers", i, "threshold")
        for i, given in enumerate(shape.classifiers)
        if given.name in calibrated and not isinstance(given.threshold, str)
    ]
    places += [
        ("leaves", i, "detectors", j, "threshold")
        for i, leaf in enumerate(shape.leaves)
        for j, detector in enumerate(leaf.detectors)
        # 0.5 is what a detector has that gives none: the classifier's own target.
        if detector.classifier in calibrated and detector.threshold != 0.5
        if not isinstance(detector.threshold, str)
    ]
    for place in places:
        problem = document.problem(place, "a bare number is no threshold that anybody can check")
        where = f"{problem.where}:{problem.line}"
        remedy = "write a target, such as `fpr:0.01`"
        yield Remark(Severity.ERROR, "bare-threshold", where, problem.what, remedy)


def _only_operators(row: LeafRow) -> bool:
    return row.served_by == OPERATORS_ONLY and not row.operator_keywords


def _coverage(shown: PackPicture) -> Iterator[Remark]:
    """Leaves that nothing serves until the operator brings a list."""
    for row in shown.leaves:
        if _only_operators(row):
            what = "served only by the operator's list, and none was given"
            yield warning("unserved", row.id, what, "set policy.lists for this leaf")
        elif row.served_by == OPERATORS_ONLY:
            what = f"served only by the operator's list of {row.operator_keywords} terms"
            yield Remark(Severity.NOTE, "operator-list", row.id, what)


def _floors(pack: PolicyPack, shown: PackPicture) -> Iterator[Remark]:
    """TC260-003 section 8.1: keywords in all, and for each leaf that has a floor."""
    in_all = sum(row.keywords + row.operator_keywords for row in shown.leaves)
    if set(LEAVES) <= pack.leaves.keys() and in_all < KEYWORDS_IN_ALL:
        what = f"{in_all} keywords, and the library should have {KEYWORDS_IN_ALL}"
        yield warning("floor", pack.name, what, "add lists with policy.lists")
    for row in shown.leaves:
        floor, count = pack.leaves[row.id].floors.keywords, row.keywords + row.operator_keywords
        if floor is not None and count < floor:
            what = f"{count} keywords, and {floor} are asked for"
            yield warning("floor", row.id, what, "add a list with policy.lists")


def _inert(pack: PolicyPack) -> Iterator[Remark]:
    """Leaves that allow whatever they find."""
    for leaf in pack.leaves.values():
        for direction in Direction:
            if leaf.actions[direction] is Action.ALLOW:
                what = f"finds on a {direction.value} are allowed without a trace"
                yield Remark(Severity.NOTE, "inert", leaf.id, what, "write `flag` to record them")


def _fail_open(pack: PolicyPack) -> Iterator[Remark]:
    for tier in (Tier.ILLEGAL, Tier.HARMFUL):
        if pack.on_failure.get(tier) is OnFailure.OPEN:
            what = f"a failing classifier lets {tier.value} content pass unscreened"
            yield warning("fail-open", f"on_failure.{tier.value}", what, "write `closed`")


def _untested(pack: PolicyPack, cases: Sequence[Case]) -> Iterator[Remark]:
    """Leaves without a case that stops, and topics without one that passes."""
    stops = {case.leaf for case in cases}
    passes = {case.about for case in cases if case.leaf is None}
    for leaf in pack.leaves:
        if leaf not in stops:
            yield warning("no-stop-case", leaf, "no case must stop here", "add one to cases.yaml")
    if set(LEAVES) <= pack.leaves.keys():
        for topic, zh in TOPICS.items():
            if topic not in passes:
                what = f"no case says that questions on {topic} ({zh}) must pass"
                yield warning("no-pass-case", topic, what, "add some under `pass`")
    elif not passes:
        what = "no case must pass, so blocking everything would pass every test"
        yield warning("no-pass-case", pack.name, what, "add some under `pass`")


def _terms(terms: Sequence[Term]) -> Iterator[Remark]:
    """Terms that are listed twice, told by category and number only."""
    categories = defaultdict(set)
    for term in terms:
        if term.kind is not TermKind.ALLOW:
            categories[term.text.casefold()].add(term.category)
    shared = Counter(tuple(sorted(names)) for names in categories.values() if len(names) > 1)
    for names, count in shared.items():
        what = f"{count} terms stand in the lists of each of these leaves"
        yield Remark(Severity.NOTE, "shared-terms", " ".join(names), what, "keep each in one list")
