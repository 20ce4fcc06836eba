"""From a folder to a pack: read, fit, check, and refuse with all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ParamSpec, TypeVar

from classifiers.terms import Term, TermKind
from policies.checks import check_answers, check_lexicons, check_pack
from policies.classifiers_of import PackClassifier, Thresholds, check_classifiers
from policies.conditions import Condition
from policies.conditions_of import Conditions
from policies.deployment import DECLARED_NOTHING, Deployment, check_deployment, deployed
from policies.errors import PackError, Problem, did_you_mean
from policies.fitting import ShapeT, fit
from policies.folder import (
    ALLOW,
    ANSWERS,
    PACK,
    PackFolder,
    digest,
    pack_folder,
    read_file,
    read_folder,
)
from policies.schema import (
    ActionName,
    AnswersShape,
    DetectorShape,
    LeafShape,
    PackShape,
)
from policies.source import Document, parse
from policies.types import (
    Action,
    Answer,
    Basis,
    Detector,
    Direction,
    Disclosure,
    ExplicitLabel,
    Family,
    Floors,
    LabelProfile,
    Leaf,
    OnFailure,
    PolicyPack,
    Retention,
    Tier,
)
from policies.words import read_words

__all__ = ["LoadedPack", "PackError", "load_pack", "pack_folder"]

NO_LISTS: Mapping[str, Sequence[Path]] = {}
OPERATOR = "operator"
"""The source that terms of an operator's list carry."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack, and what only those need who compile or describe it."""

    pack: PolicyPack
    summary: str
    basis: tuple[Basis, ...]
    families: tuple[Family, ...]
    terms: tuple[Term, ...]
    """Of the pack's own lists and the operator's; the category is `<pack>/<leaf id>`."""
    classifiers: tuple[PackClassifier, ...] = ()
    """Models beside word lists and patterns."""
    disclosure: Disclosure | None = None
    """What users are to be told about the service; None where the pack says nothing."""


@dataclass(frozen=True, slots=True)
class _WordList:
    """A word list, before it is read."""

    where: str
    leaf: str
    data: bytes
    kind: TermKind
    source: str


def load_pack(
    name: str | Path,
    lists: Mapping[str, Sequence[Path]] = NO_LISTS,
    deployment: Deployment = DECLARED_NOTHING,
    today: date | None = None,
) -> LoadedPack:
    """Load a bundled pack by name or any pack by path, with an operator's own word lists.

    `lists` gives text files by leaf id. Entries that expired before `today` are left out; none
    is, where it is not given. Raises PackError with everything that is wrong.
    """
    folder = read_folder(pack_folder(name))
    tried = _Tried()
    added = [tried.step(_operators_list, leaf, p) for leaf, paths in lists.items() for p in paths]
    pack = tried.step(_read, folder, PACK, PackShape)
    answers = tried.step(_read, folder, ANSWERS, AnswersShape)
    if pack is None or answers is None:
        raise PackError(*tried.problems)
    tried.problems += check_pack(*pack)
    tried.problems += check_classifiers(*pack)
    tried.problems += check_answers(*answers, *pack)
    tried.problems += check_lexicons(folder, pack[1])
    tried.problems += check_deployment(*pack, deployment)
    tried.problems += _unknown_leaves(pack[1], lists)
    every = [*_own_lists(folder), *(some for some in added if some is not None)]
    leaves_there = {leaf.id for leaf in pack[1].leaves}
    terms = [tried.step(_terms, pack[1].pack, some, leaves_there) for some in every]
    pack = pack[0], deployed(pack[1], deployment)
    thresholds, conditions = Thresholds(*pack), Conditions(*pack)
    classifiers = thresholds.classifiers()
    leaves = [
        _leaf(pack[1].pack, leaf, thresholds, conditions, classifiers) for leaf in pack[1].leaves
    ]
    if problems := [*tried.problems, *thresholds.problems, *conditions.problems]:
        raise PackError(*problems)
    own = [(some.leaf, some.data) for some in added if some is not None]
    policy = _policy(pack[1], answers[1], leaves, digest(folder, own))
    return LoadedPack(
        pack=policy,
        summary=pack[1].summary,
        basis=tuple(Basis(b.id, b.title, b.status, b.since) for b in pack[1].basis),
        families=tuple(Family(f.id, f.zh, f.en) for f in pack[1].families),
        terms=tuple(
            term for some in terms if some is not None for term in some if _counts(term, today)
        ),
        classifiers=classifiers,
        disclosure=_disclosure(pack[1]),
    )


def _disclosure(pack: PackShape) -> Disclosure | None:
    told = pack.disclosure
    return Disclosure(told.zh, told.en) if told else None


class _Tried:
    """Steps of which each is tried although another failed; keeps the problems of all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def step(self, do: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T | None:
        """What the step gives; None where it raised PackError."""
        try:
            return do(*args, **named)
        except PackError as error:
            self.problems += error.problems
            return None


def _read(folder: PackFolder, file: str, shape: type[ShapeT]) -> tuple[Document, ShapeT]:
    document = parse(folder.files[file], folder.where(file))
    return document, fit(document, shape)


def _own_lists(folder: PackFolder) -> Iterator[_WordList]:
    for leaf, file in folder.lexicons:
        yield _WordList(folder.where(file), leaf, folder.files[file], TermKind.WORD, file)
    if ALLOW in folder.files:
        where, data = folder.where(ALLOW), folder.files[ALLOW]
        yield _WordList(where, "allow", data, TermKind.ALLOW, ALLOW)


def _operators_list(leaf: str, path: Path) -> _WordList:
    where = f"lists/{leaf}/{path.name}"
    return _WordList(where, leaf, read_file(path, where), TermKind.WORD, OPERATOR)


def _terms(pack: str, words: _WordList, leaves: Container[str]) -> list[Term]:
    category = f"{pack}/{words.leaf}"
    return read_words(words.data, words.where, category, words.kind, words.source, leaves)


def _counts(term: Term, today: date | None) -> bool:
    return today is None or term.expires is None or today <= term.expires


def _unknown_leaves(pack: PackShape, lists: Mapping[str, Sequence[Path]]) -> Iterator[Problem]:
    known = {leaf.id for leaf in pack.leaves}
    for leaf in lists:
        if leaf not in known:
            what = f"the pack `{pack.pack}` has no leaf `{leaf}`"
            yield Problem(f"lists/{leaf}", what, did_you_mean(leaf, known))


def _policy(
    pack: PackShape, answers: AnswersShape, leaves: Sequence[Leaf], named: str
) -> PolicyPack:
    label, retention, failing = pack.label, pack.retention, pack.on_failure
    return PolicyPack(
        name=pack.pack,
        version=pack.version,
        digest=named,
        leaves={leaf.id: leaf for leaf in leaves},
        answers=_answers(answers),
        label=LabelProfile(label.profile, ExplicitLabel(label.explicit), label.zh, label.en),
        retention=Retention(retention.min_days, retention.max_days),
        on_failure={tier: OnFailure(getattr(failing, tier.value)) for tier in Tier},
    )


def _leaf(
    pack: str,
    leaf: LeafShape,
    thresholds: Thresholds,
    conditions: Conditions,
    classifiers: Sequence[PackClassifier],
) -> Leaf:
    floors = leaf.floors
    own_list = f"{pack}/{leaf.id}"
    always = conditions.of_leaf(leaf)
    own = [
        Detector(
            classifier=detector.classifier,
            category=detector.category or own_list,
            threshold=thresholds.of(leaf, j),
            actions=_own_actions(leaf, detector),
            when=(*always, *conditions.of_detector(leaf, j)),
        )
        for j, detector in enumerate(leaf.detectors)
    ]
    return Leaf(
        id=leaf.id,
        name_zh=leaf.zh,
        name_en=leaf.en,
        article=leaf.article,
        tier=Tier(leaf.tier),
        actions=_actions(leaf.prompt, leaf.output),
        minor_actions=_minor_actions(leaf),
        floors=Floors(floors.keywords, floors.generation, floors.refusal),
        detectors=(*own, *_mapped(leaf.id, own, always, classifiers)),
    )


def _own_actions(leaf: LeafShape, detector: DetectorShape) -> Mapping[Direction, Action] | None:
    if detector.prompt is None and detector.output is None:
        return None
    return _actions(detector.prompt or leaf.prompt, detector.output or leaf.output)


def _minor_actions(leaf: LeafShape) -> Mapping[Direction, Action] | None:
    if leaf.minor is None:
        return None
    return _actions(leaf.minor.prompt or leaf.prompt, leaf.minor.output or leaf.output)


def _mapped(
    leaf: str,
    own: Sequence[Detector],
    always: tuple[Condition, ...],
    classifiers: Sequence[PackClassifier],
) -> Iterator[Detector]:
    """The labels that classifiers map to a leaf; what the leaf says itself comes first."""
    said = {(detector.classifier, detector.category) for detector in own}
    for its in classifiers:
        for label, leaves in its.labels.items():
            if leaf in leaves and (its.name, label) not in said:
                yield Detector(its.name, label, its.threshold, when=always)


def _actions(prompt: ActionName, output: ActionName) -> Mapping[Direction, Action]:
    return {
        Direction.PROMPT: Action[prompt.upper()],
        Direction.OUTPUT: Action[output.upper()],
    }


def _answers(shape: AnswersShape) -> Mapping[str, tuple[Answer, ...]]:
    found: dict[str, tuple[Answer, ...]] = {}
    for given in shape.answers:
        answer = Answer(given.id, given.zh, given.en)
        for name in given.leaves:
            found[name] = (*found.get(name, ()), answer)
    return found
