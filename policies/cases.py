"""A pack's own cases: texts with the verdict they must get, run through the real classifiers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from classifiers.types import Report, Role, Segment
from policies.annex_a import TOPICS
from policies.decide import decide
from policies.errors import PackError, Problem, did_you_mean
from policies.fitting import fit
from policies.folder import CASES, pack_folder, read_folder
from policies.schema import ActionName, CasesShape
from policies.source import Document, Location, parse
from policies.types import Action, Direction, PolicyPack, Verdict

Classify: TypeAlias = Callable[[Sequence[Segment]], Awaitable[Report]]
"""What the cases are run through: a panel's `classify`."""

_ROLES = {Direction.PROMPT: Role.USER, Direction.OUTPUT: Role.ASSISTANT}


@dataclass(frozen=True, slots=True)
class Case:
    """A text that must stop at a leaf, or must pass."""

    id: str
    """The leaf or topic and a number, such as `A.1.h/3`."""
    line: int
    """Where it stands in `cases.yaml`."""
    text: str
    leaf: str | None
    """The leaf that must be hit; None for a text that must pass."""
    about: str
    """The leaf, or the topic that must not be refused."""
    least: Mapping[Direction, Action]
    most: Mapping[Direction, Action]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case in one direction. Holds no text: the line says where to find it."""

    case: str
    line: int
    direction: str
    expected: str
    action: str
    leaves: str
    """Ids of the leaves that were hit, strictest first."""
    failures: str
    """Names of the classifiers that gave no answer."""
    ok: bool


def load_cases(name: str | Path) -> tuple[Case, ...]:
    """The cases of a pack. Raises PackError where the file has faults."""
    folder = read_folder(pack_folder(name))
    document = parse(folder.files[CASES], folder.where(CASES))
    return tuple(_cases(document, fit(document, CasesShape)))


def check_cases(cases: Sequence[Case], pack: PolicyPack, where: str) -> None:
    """Raises PackError for cases about what the pack does not know."""
    known = {*pack.leaves, *TOPICS}
    problems = [
        Problem(where, f"`{case.about}` is no leaf and no topic", did_you_mean(case.about, known))
        for case in cases
        if case.about not in (pack.leaves if case.leaf else known)
    ]
    if problems:
        raise PackError(*dict.fromkeys(problems))


async def run_cases(
    pack: PolicyPack, classify: Classify, cases: Sequence[Case]
) -> tuple[CaseResult, ...]:
    """Judge every case in both directions, in their order."""
    return tuple([await _run(pack, classify, case, way) for case in cases for way in Direction])


async def _run(
    pack: PolicyPack, classify: Classify, case: Case, direction: Direction
) -> CaseResult:
    segments = [Segment(case.text, _ROLES[direction])]
    verdict = decide(pack, direction, await classify(segments), segments)
    return CaseResult(
        case=case.id,
        line=case.line,
        direction=direction.value,
        expected=_expected(case, direction),
        action=verdict.action.label,
        leaves=" ".join(dict.fromkeys(hit.leaf.id for hit in verdict.hits)),
        failures=" ".join(dict.fromkeys(failure.classifier for failure in verdict.failures)),
        ok=_holds(case, direction, verdict),
    )


def _holds(case: Case, direction: Direction, verdict: Verdict) -> bool:
    in_range = case.least[direction] <= verdict.action <= case.most[direction]
    seen = case.leaf is None or any(hit.leaf.id == case.leaf for hit in verdict.hits)
    return in_range and seen and not verdict.failures


def _expected(case: Case, direction: Direction) -> str:
    most = case.most[direction].label
    if case.leaf is None:
        return f"at most {most}"
    return f"{most} by {case.leaf}"


def _cases(document: Document, shape: CasesShape) -> Iterator[Case]:
    for i, group in enumerate(shape.stop):
        exactly = _actions(group.prompt, group.output)
        for n, text, line in _texts(document, ("stop", i), group.texts):
            case = f"stop/{group.leaf}/{n}"
            yield Case(case, line, text, group.leaf, group.leaf, exactly, exactly)
    for i, passing in enumerate(shape.let_pass):
        least, most = _actions("allow", "allow"), _actions(passing.most, passing.most)
        for n, text, line in _texts(document, ("pass", i), passing.texts):
            case = f"pass/{passing.about}/{n}"
            yield Case(case, line, text, None, passing.about, least, most)


def _texts(
    document: Document, group: Location, texts: Sequence[str]
) -> Iterator[tuple[int, str, int]]:
    for n, text in enumerate(texts):
        yield n + 1, text, document.values[(*group, "texts", n)].line


def _actions(prompt: ActionName, output: ActionName) -> Mapping[Direction, Action]:
    return {
        Direction.PROMPT: Action[prompt.upper()],
        Direction.OUTPUT: Action[output.upper()],
    }
