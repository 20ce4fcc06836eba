"""What must hold between the parts of a pack once each part has its shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from policies.annex_a import LEAVES
from policies.answers import lineage
from policies.errors import Problem, did_you_mean
from policies.folder import ALLOW, PackFolder
from policies.schema import AnswersShape, LabelShape, LeafShape, MinorShape, PackShape
from policies.source import Document
from policies.types import Action

LEXICON = "lexicon"
STATUTORY_DAYS = 184
"""Six calendar months can have 184 days (CSL Art. 23(3), labelling measures Art. 9)."""


def check_pack(document: Document, pack: PackShape) -> Iterator[Problem]:
    """Problems within `pack.yaml`."""
    yield from _repeated(document, pack)
    yield from _detectors(document, pack)
    yield from _minors(document, pack)
    yield from _retention(document, pack)
    yield from _label(document, pack.label)
    if pack.tree == "annex-a":
        yield from _annex_a(document, pack)


def check_answers(
    document: Document, answers: AnswersShape, pack_document: Document, pack: PackShape
) -> Iterator[Problem]:
    """Problems between `answers.yaml` and the leaves."""
    known = names(pack)
    for i, answer in enumerate(answers.answers):
        for j, name in enumerate(answer.leaves):
            if name not in known:
                place = ("answers", i, "leaves", j)
                what = f"`{name}` is no leaf or family of this pack"
                yield document.problem(place, what, did_you_mean(name, known))
    answered = {name for answer in answers.answers for name in answer.leaves}
    for i, leaf in enumerate(pack.leaves):
        if _answers(leaf) and answered.isdisjoint(lineage(leaf.id)):
            what = f"leaf {leaf.id} is to be answered, and no answer is approved for it"
            remedy = "add one to answers.yaml, or choose another action"
            yield pack_document.problem(("leaves", i), what, remedy)


def check_lexicons(folder: PackFolder, pack: PackShape) -> Iterator[Problem]:
    """Word lists that no leaf reads."""
    read = {leaf.id for leaf in pack.leaves if any(_own_list(leaf))}
    for name, file in folder.lexicons:
        if name not in read:
            what = f"no leaf `{name}` reads this list"
            yield Problem(folder.where(file), what, did_you_mean(name, read))
    if ALLOW in folder.files and not read:
        yield Problem(folder.where(ALLOW), "no leaf reads word lists", "take the file away")


def names(pack: PackShape) -> set[str]:
    """The ids of leaves, and of all families above them."""
    return {name for leaf in pack.leaves for name in lineage(leaf.id)}


def _own_list(leaf: LeafShape) -> Iterator[bool]:
    return (d.classifier == LEXICON and d.category is None for d in leaf.detectors)


def _answers(leaf: LeafShape) -> bool:
    actions = {leaf.prompt, leaf.output}
    every = (leaf.minor, *leaf.detectors)
    actions |= {action for its in every if its for action in (its.prompt, its.output) if action}
    return "answer" in actions


def _repeated(document: Document, pack: PackShape) -> Iterator[Problem]:
    counts = Counter(leaf.id for leaf in pack.leaves)
    for i, leaf in enumerate(pack.leaves):
        if counts[leaf.id] > 1:
            what = f"leaf {leaf.id} stands here {counts[leaf.id]} times"
            yield document.problem(("leaves", i, "id"), what, "join them into one")
    for i, family in enumerate(pack.families):
        if family.id not in names(pack):
            remedy = did_you_mean(family.id, names(pack))
            yield document.problem(("families", i), f"no leaf is in family {family.id}", remedy)


def _detectors(document: Document, pack: PackShape) -> Iterator[Problem]:
    for i, leaf in enumerate(pack.leaves):
        seen = set()
        for j, detector in enumerate(leaf.detectors):
            place = ("leaves", i, "detectors", j)
            if detector.category is None and detector.classifier != LEXICON:
                what = f"leaf {leaf.id}: `category` is missing"
                remedy = f"say which category of `{detector.classifier}` to look for"
                yield document.problem(place, what, remedy)
            if (key := (detector.classifier, detector.category, detector.when)) in seen:
                yield document.problem(place, f"leaf {leaf.id}: the same detector twice")
            seen.add(key)


def _minors(document: Document, pack: PackShape) -> Iterator[Problem]:
    """Nobody is protected less for being young."""
    for i, leaf in enumerate(pack.leaves):
        minor = leaf.minor or MinorShape()
        for way, given, own in (
            ("prompt", minor.prompt, leaf.prompt),
            ("output", minor.output, leaf.output),
        ):
            if given and Action[given.upper()] < Action[own.upper()]:
                what = f"leaf {leaf.id}: `{given}` for minors is milder than `{own}` for all"
                remedy = f"write `{own}` or a stricter action"
                yield document.problem(("leaves", i, "minor", way), what, remedy)


def _retention(document: Document, pack: PackShape) -> Iterator[Problem]:
    least, most = pack.retention.min_days, pack.retention.max_days
    if most < least:
        what = f"`max_days` {most} is below `min_days` {least}"
        yield document.problem(("retention", "max_days"), what, f"write {least} or more")
    if pack.tree == "annex-a" and least < STATUTORY_DAYS:
        what = f"{least} days can be less than six months"
        yield document.problem(("retention", "min_days"), what, f"write {STATUTORY_DAYS} or more")


def _label(document: Document, label: LabelShape) -> Iterator[Problem]:
    """GB 45438-2025: a text label names AI, and says that it generated or composed."""
    if label.profile != "gb45438":
        return
    if not (_any(label.zh, ("人工智能", "AI")) and _any(label.zh, ("生成", "合成"))):
        what = "the label must name 人工智能 or AI, and 生成 or 合成 (GB 45438)"
        yield document.problem(("label", "zh"), what, "write `本内容由人工智能生成`")


def _any(text: str, words: Collection[str]) -> bool:
    return any(word in text for word in words)


def _annex_a(document: Document, pack: PackShape) -> Iterator[Problem]:
    present = {leaf.id for leaf in pack.leaves}
    if missing := [leaf for leaf in LEAVES if leaf not in present]:
        what = f"of the 31 leaves of Annex A, {len(missing)} are missing: {', '.join(missing)}"
        yield document.problem(("leaves",), what, "add them, or write `tree: own`")
