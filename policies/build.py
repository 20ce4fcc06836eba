"""From a loaded pack to the classifiers that serve it, and to what of theirs must be held back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifiers.cache import VerdictCache
from classifiers.kinds import Parts, UnusableClassifier
from classifiers.lexicon import Lexicon, rule_of
from classifiers.observing import Observer
from classifiers.panel import Evidence, Gate, Panel, Seat
from classifiers.patterns import FAMILIES, Family, Patterns
from classifiers.registry import build_backend, readings_of
from classifiers.scored import AS_THEY_ARE, Reading, ScoredClassifier
from classifiers.terms import TermKind
from classifiers.types import Classifier, Scanner
from policies.checks import LEXICON
from policies.classifiers_of import PackClassifier
from policies.errors import PackError, Problem, did_you_mean
from policies.load import LoadedPack
from policies.policy_set import PolicySet
from policies.types import Action, Direction

DEADLINE_S = 2.0
PATTERNS = "patterns"
BARE = Parts()
"""Classifiers that need no wire and no secret."""


def build_panel(
    loaded: LoadedPack,
    deadline_s: float = DEADLINE_S,
    classifiers: Sequence[Classifier] = (),
    parts: Parts = BARE,
) -> Panel:
    """Compile the word lists and patterns and build the models that the pack names.

    `classifiers` are further ones that the pack may name. Takes up to seconds for long lists and
    for models: not on an event loop. Raises PackError for a detector that nothing here serves,
    since its leaf would never be found, and for a model that cannot be built.
    """
    return build_joint_panel([loaded], deadline_s, classifiers, parts)


def build_joint_panel(
    packs: Sequence[LoadedPack],
    deadline_s: float = DEADLINE_S,
    classifiers: Sequence[Classifier] = (),
    parts: Parts = BARE,
) -> Panel:
    """One panel for packs that judge the same texts; see `build_panel`."""
    return Assembly.of(packs, classifiers, parts).panel(packs, deadline_s)


@dataclass(frozen=True, slots=True)
class Assembly:
    """Scanners and models of many packs, built once; panels for some of the packs share them."""

    lexicons: tuple[tuple[frozenset[str], Lexicon | Patterns], ...]
    """Each with the names of the packs whose lists it holds, or the expressions in these."""
    patterns: Patterns | None
    classifiers: tuple[Classifier, ...]
    """Models, and what was given beside them."""
    observer: Observer

    @classmethod
    def of(
        cls,
        packs: Sequence[LoadedPack],
        classifiers: Sequence[Classifier] = (),
        parts: Parts = BARE,
    ) -> Assembly:
        """Compile and build what the packs name. Raises PackError; see `build_panel`."""
        every = (*_models(packs, parts), *classifiers)
        for loaded in packs:
            check_served(loaded, every)
        lists: list[tuple[frozenset[str], Lexicon | Patterns]] = [*_lexicons(packs)]
        lists += _expressions(packs)
        return cls(tuple(lists), _patterns(packs), every, parts.observer)

    def panel(self, packs: Sequence[LoadedPack], deadline_s: float = DEADLINE_S) -> Panel:
        """The panel of some of the packs: nobody sits on it whom none of them relies on."""
        names = {loaded.pack.name for loaded in packs}
        named = {its.name for loaded in packs for its in loaded.classifiers}
        relied_on = named.union(*(loaded.pack.served for loaded in packs))
        scanners: list[Scanner] = [lists for whose, lists in self.lexicons if whose & names]
        if self.patterns is not None and PATTERNS in relied_on:
            scanners.append(self.patterns)
        return Panel(
            scanners,
            [classifier for classifier in self.classifiers if classifier.name in relied_on],
            deadline_s,
            seats={its.name: _seat(its) for loaded in packs for its in loaded.classifiers},
            decisive=_decisive(packs),
            observer=self.observer,
        )


def check_served(loaded: LoadedPack, classifiers: Sequence[Classifier] = ()) -> None:
    """Raises PackError for a detector that names a classifier or category which is not there.

    The pack's own models need not be built: of those that come with a calibration the categories
    are known beforehand, and those of others are checked once they are built.
    """
    if problems := list(_unserved(loaded, classifiers)):
        raise PackError(*problems)


def held(policies: PolicySet, direction: Direction) -> frozenset[str]:
    """The categories that act on a text of this direction: only these hold a stream back."""
    return frozenset(
        category
        for (_, category), rules in policies.rules.items()
        if any(rule.minor_actions[direction] >= Action.REDACT for rule in rules)
    )


def _lexicons(packs: Sequence[LoadedPack]) -> Iterator[tuple[frozenset[str], Lexicon]]:
    """One lexicon for all packs, but one of its own for each that excuses phrases.

    What one pack excuses is still found for the others.
    """
    excusing = [p for p in packs if any(term.kind is TermKind.ALLOW for term in p.terms)]
    plain = [p for p in packs if p.terms and p not in excusing]
    for together in ([one] for one in excusing):
        yield _lexicon(together)
    if plain:
        yield _lexicon(plain)


def _lexicon(packs: Sequence[LoadedPack]) -> tuple[frozenset[str], Lexicon]:
    terms = [term for loaded in packs for term in loaded.terms]
    return frozenset(loaded.pack.name for loaded in packs), Lexicon.compile(terms, LEXICON)


def _expressions(packs: Sequence[LoadedPack]) -> Iterator[tuple[frozenset[str], Patterns]]:
    """The entries of each pack that are expressions, as patterns that speak for its lists."""
    for loaded in packs:
        families = [
            Family(term.category, term.text, rule=rule_of(term), score=term.severity)
            for term in loaded.terms
            if term.kind is TermKind.REGEX
        ]
        if families:
            yield frozenset({loaded.pack.name}), Patterns(families, LEXICON)


def _patterns(packs: Sequence[LoadedPack]) -> Patterns | None:
    rules = {rule for loaded in packs for rule in loaded.pack.rules}
    families = tuple(family for family in FAMILIES if (PATTERNS, family.name) in rules)
    return _compiled(families) if families else None


@lru_cache(maxsize=8)
def _compiled(families: tuple[Family, ...]) -> Patterns:
    """Kept, since a changed pack seldom names others and compiling halts all threads for long."""
    return Patterns(families, PATTERNS)


def _models(packs: Sequence[LoadedPack], parts: Parts) -> Iterator[Classifier]:
    """The models of all packs. Those that are described alike are built once."""
    known: dict[str, PackClassifier] = {}
    for loaded in packs:
        for its in loaded.classifiers:
            other = known.get(its.name)
            if other is None:
                known[its.name] = its
                yield _model(its, packs, parts)
            elif (other.options, other.target) != (its.options, its.target):
                what = f"another pack means something else by the classifier `{its.name}`"
                raise PackError(_problem(loaded, its, what, "give one of them another name"))


def _model(its: PackClassifier, packs: Sequence[LoadedPack], parts: Parts) -> Classifier:
    try:
        backend = build_backend(its.name, its.options, parts)
    except UnusableClassifier as error:
        what, _, remedy = str(error).partition("; ")
        loaded = next(loaded for loaded in packs if its in loaded.classifiers)
        problem = _problem(loaded, its, f"classifier `{its.name}`: {what}", remedy)
        raise PackError(problem) from None
    reading = Reading(
        floors=_floors(its.name, packs),
        scale=its.scale or AS_THEY_ARE,
        readings=readings_of(its.options),
    )
    digests = " ".join(loaded.pack.digest for loaded in packs)
    cache = VerdictCache(digests, backend.digest)
    return ScoredClassifier(its.name, backend, reading, cache=cache, observer=parts.observer)


def _floors(name: str, packs: Sequence[LoadedPack]) -> dict[str, float]:
    """By label, the lowest score that anybody looks for."""
    wanted: dict[str, list[float]] = {}
    for loaded in packs:
        for (classifier, label), rules in loaded.pack.rules.items():
            if classifier == name:
                wanted.setdefault(label, []).extend(rule.threshold for rule in rules)
        for other in loaded.classifiers:
            if other.ask is not None and other.ask.after == name:
                for label, (low, _) in other.ask.zones.items():
                    wanted.setdefault(label, []).append(low)
    return {label: min(scores) for label, scores in wanted.items()}


def _seat(its: PackClassifier) -> Seat:
    return Seat(its.deadline_s, Gate(its.ask.after, its.ask.zones) if its.ask else None)


def _decisive(packs: Sequence[LoadedPack]) -> Evidence:
    """What word lists and patterns may find that blocks whatever else is found."""
    # A pattern's findings score 1; those of a list as low as its mildest entry.
    mildest: dict[str, float] = {}
    for loaded in packs:
        for term in loaded.terms:
            mildest[term.category] = min(term.severity, mildest.get(term.category, 1.0))
    return frozenset(
        key
        for loaded in packs
        for key, rules in loaded.pack.rules.items()
        if key[0] in (LEXICON, PATTERNS)
        for rule in rules
        if not rule.when
        if all(rule.actions[direction] is Action.BLOCK for direction in Direction)
        and rule.threshold <= mildest.get(key[1], 1.0)
    )


def _problem(loaded: LoadedPack, its: PackClassifier, what: str, remedy: str) -> Problem:
    return Problem(f"{loaded.pack.name}/pack.yaml", what, remedy, its.line, its.column)


def _unserved(loaded: LoadedPack, classifiers: Sequence[Classifier]) -> Iterator[Problem]:
    pack = loaded.pack
    own_lists = frozenset(f"{pack.name}/{leaf}" for leaf in pack.leaves)
    there = {
        LEXICON: own_lists,
        PATTERNS: frozenset(family.name for family in FAMILIES),
        **{its.name: frozenset(its.scale.labels) for its in loaded.classifiers if its.scale},
        **{classifier.name: classifier.categories for classifier in classifiers},
    }
    unbuilt = {its.name for its in loaded.classifiers} - there.keys()
    for (classifier, category), rules in pack.rules.items():
        if classifier in unbuilt:
            # Nobody built the pack's models here; their labels show where they are built.
            continue
        where = f"{pack.name}/pack.yaml"
        leaves = ", ".join(dict.fromkeys(rule.leaf.id for rule in rules))
        if classifier not in there:
            what = f"leaf {leaves}: there is no classifier `{classifier}`"
            yield Problem(where, what, did_you_mean(classifier, there))
        elif category not in there[classifier]:
            what = f"leaf {leaves}: `{classifier}` has no category `{category}`"
            yield Problem(where, what, did_you_mean(category, there[classifier]))
