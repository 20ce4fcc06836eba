"""What a pack lacks although it loads: figures of the standard, coverage, cases, careless terms."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifiers.terms import Term, TermKind
from policies.annex_a import KEYWORDS_IN_ALL, LEAVES, TOPICS
from policies.build import check_served
from policies.cases import Case, check_cases, load_cases
from policies.errors import PackError
from policies.load import NO_LISTS, LoadedPack, load_pack
from policies.show import OPERATORS_ONLY, LeafRow, PackPicture, picture
from policies.types import Action, Direction, OnFailure, PolicyPack, Tier


class Severity(StrEnum):
    """What a remark calls for."""

    ERROR = "error"
    """The pack does not load."""
    WARNING = "warning"
    """Below a figure of the standard, or something is unguarded or untested."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that `lint` has to say."""

    severity: str
    code: str
    where: str
    """A leaf, a topic, or the file and place of an error."""
    what: str
    remedy: str = ""


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


def lint_pack(name: str | Path, lists: Mapping[str, Sequence[Path]] = NO_LISTS) -> LintReport:
    """Load a pack and look it over. Never raises for a faulty pack: its faults are the report."""
    try:
        loaded, cases = load_pack(name, lists), load_cases(name)
        check_cases(cases, loaded.pack, f"{loaded.pack.name}/cases.yaml")
        check_served(loaded)
    except PackError as error:
        return LintReport(str(name), 0, 0, 0, tuple(_errors(error)))
    shown = picture(loaded)
    return LintReport(
        pack=loaded.pack.name,
        leaves=len(shown.leaves),
        served=sum(not _only_operators(row) for row in shown.leaves),
        keywords=sum(row.keywords + row.operator_keywords for row in shown.leaves),
        remarks=tuple(_remarks(loaded, shown, cases)),
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


def _only_operators(row: LeafRow) -> bool:
    return row.served_by == OPERATORS_ONLY and not row.operator_keywords


def _coverage(shown: PackPicture) -> Iterator[Remark]:
    """Leaves that nothing serves until the operator brings a list."""
    for row in shown.leaves:
        if _only_operators(row):
            what = "served only by the operator's list, and none was given"
            yield _warning("unserved", row.id, what, "set policy.lists for this leaf")
        elif row.served_by == OPERATORS_ONLY:
            what = f"served only by the operator's list of {row.operator_keywords} terms"
            yield Remark(Severity.NOTE, "operator-list", row.id, what)


def _floors(pack: PolicyPack, shown: PackPicture) -> Iterator[Remark]:
    """TC260-003 section 8.1: keywords in all, and for each leaf that has a floor."""
    in_all = sum(row.keywords + row.operator_keywords for row in shown.leaves)
    if set(LEAVES) <= pack.leaves.keys() and in_all < KEYWORDS_IN_ALL:
        what = f"{in_all} keywords, and the library should have {KEYWORDS_IN_ALL}"
        yield _warning("floor", pack.name, what, "add lists with policy.lists")
    for row in shown.leaves:
        floor, count = pack.leaves[row.id].floors.keywords, row.keywords + row.operator_keywords
        if floor is not None and count < floor:
            what = f"{count} keywords, and {floor} are asked for"
            yield _warning("floor", row.id, what, "add a list with policy.lists")


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
            yield _warning("fail-open", f"on_failure.{tier.value}", what, "write `closed`")


def _untested(pack: PolicyPack, cases: Sequence[Case]) -> Iterator[Remark]:
    """Leaves without a case that stops, and topics without one that passes."""
    stops = {case.leaf for case in cases}
    passes = {case.about for case in cases if case.leaf is None}
    for leaf in pack.leaves:
        if leaf not in stops:
            yield _warning("no-stop-case", leaf, "no case must stop here", "add one to cases.yaml")
    if set(LEAVES) <= pack.leaves.keys():
        for topic, zh in TOPICS.items():
            if topic not in passes:
                what = f"no case says that questions on {topic} ({zh}) must pass"
                yield _warning("no-pass-case", topic, what, "add some under `pass`")
    elif not passes:
        what = "no case must pass, so blocking everything would pass every test"
        yield _warning("no-pass-case", pack.name, what, "add some under `pass`")


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


def _warning(code: str, where: str, what: str, remedy: str) -> Remark:
    return Remark(Severity.WARNING, code, where, what, remedy)
