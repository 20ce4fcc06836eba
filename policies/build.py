"""From a loaded pack to the classifiers that serve it, and to what of theirs must be held back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifiers.lexicon import Lexicon
from classifiers.panel import Panel
from classifiers.patterns import FAMILIES, Patterns
from classifiers.types import Classifier, Scanner
from policies.checks import LEXICON
from policies.errors import PackError, Problem, did_you_mean
from policies.load import LoadedPack
from policies.types import Action, Direction, PolicyPack

DEADLINE_S = 2.0
PATTERNS = "patterns"


def build_panel(
    loaded: LoadedPack, deadline_s: float = DEADLINE_S, classifiers: Sequence[Classifier] = ()
) -> Panel:
    """Compile the word lists and the patterns that the pack's detectors name.

    `classifiers` are those beyond lists and patterns that the pack may name. Takes up to seconds
    for long lists: not on an event loop. Raises PackError for a detector that nothing here serves,
    since its leaf would never be found.
    """
    return build_joint_panel([loaded], deadline_s, classifiers)


def build_joint_panel(
    packs: Sequence[LoadedPack],
    deadline_s: float = DEADLINE_S,
    classifiers: Sequence[Classifier] = (),
) -> Panel:
    """One panel for packs that judge the same texts; see `build_panel`."""
    for loaded in packs:
        check_served(loaded, classifiers)
    return Panel(tuple(_scanners(packs)), tuple(classifiers), deadline_s)


def check_served(loaded: LoadedPack, classifiers: Sequence[Classifier] = ()) -> None:
    """Raises PackError for a detector that names a classifier or category which is not there."""
    if problems := list(_unserved(loaded, classifiers)):
        raise PackError(*problems)


def held(pack: PolicyPack, direction: Direction) -> frozenset[str]:
    """The categories that act on a text of this direction: only these hold a stream back."""
    return frozenset(
        category
        for (_, category), rules in pack.rules.items()
        if any(rule.actions[direction] >= Action.REDACT for rule in rules)
    )


def _scanners(packs: Sequence[LoadedPack]) -> Iterator[Scanner]:
    """A lexicon for each pack, so that the phrases one pack excuses stop in another."""
    for loaded in packs:
        if loaded.terms:
            yield Lexicon.compile(loaded.terms, LEXICON)
    rules = {rule for loaded in packs for rule in loaded.pack.rules}
    if families := [family for family in FAMILIES if (PATTERNS, family.name) in rules]:
        yield Patterns(families, PATTERNS)


def _unserved(loaded: LoadedPack, classifiers: Sequence[Classifier]) -> Iterator[Problem]:
    pack = loaded.pack
    own_lists = frozenset(f"{pack.name}/{leaf}" for leaf in pack.leaves)
    there = {
        LEXICON: own_lists,
        PATTERNS: frozenset(family.name for family in FAMILIES),
        **{classifier.name: classifier.categories for classifier in classifiers},
    }
    for (classifier, category), rules in pack.rules.items():
        where = f"{pack.name}/pack.yaml"
        leaves = ", ".join(dict.fromkeys(rule.leaf.id for rule in rules))
        if classifier not in there:
            what = f"leaf {leaves}: there is no classifier `{classifier}`"
            yield Problem(where, what, did_you_mean(classifier, there))
        elif category not in there[classifier]:
            what = f"leaf {leaves}: `{classifier}` has no category `{category}`"
            yield Problem(where, what, did_you_mean(category, there[classifier]))
