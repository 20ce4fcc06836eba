"""What changes for those who are screened when one pack takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from policies.load import LoadedPack
from policies.show import LeafRow, picture
from policies.types import Detector, Leaf, PolicyPack

_Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Never quotes a term: lists are compared by their size and digest."""

    where: str
    """A leaf, or a part of the pack."""
    what: str
    old: str
    """Empty where it is new."""
    new: str
    """Empty where it is gone."""


def diff_packs(old: LoadedPack, new: LoadedPack) -> tuple[Change, ...]:
    """Every difference between two packs, the pack's own facts first, then leaf by leaf."""
    before, after = picture(old), picture(new)
    return (
        *_changes("pack", _pack_facts(old.pack), _pack_facts(new.pack)),
        *_leaf_changes(
            {row.id: row for row in before.leaves}, {row.id: row for row in after.leaves}
        ),
        *_detector_changes(old.pack, new.pack),
        *_list_changes(old, new),
    )


def _changes(where: str, old: _Facts, new: _Facts) -> Iterator[Change]:
    for what in dict.fromkeys([*old, *new]):
        if old.get(what, "") != new.get(what, ""):
            yield Change(where, what, old.get(what, ""), new.get(what, ""))


def _pack_facts(pack: PolicyPack) -> _Facts:
    return {
        "name": pack.name,
        "version": pack.version,
        "digest": pack.digest,
        "label": f"{pack.label.name} {pack.label.explicit.value}",
        "label text": f"{pack.label.text_zh} / {pack.label.text_en}",
        "retention": f"{pack.retention.min_days} to {pack.retention.max_days} days",
        **{f"on failure, {tier.value}": mode.value for tier, mode in pack.on_failure.items()},
        **{
            f"answers for {name}": " ".join(answer.id for answer in answers)
            for name, answers in pack.answers.items()
        },
    }


def _leaf_changes(old: Mapping[str, LeafRow], new: Mapping[str, LeafRow]) -> Iterator[Change]:
    for leaf in dict.fromkeys([*old, *new]):
        yield from _changes(leaf, _facts(old.get(leaf)), _facts(new.get(leaf)))


def _facts(row: LeafRow | None) -> _Facts:
    if row is None:
        return {}
    return {f.name.replace("_", " "): str(getattr(row, f.name)) for f in fields(row)}


def _detector_changes(old: PolicyPack, new: PolicyPack) -> Iterator[Change]:
    for leaf in dict.fromkeys([*old.leaves, *new.leaves]):
        yield from _changes(leaf, _detectors(old, leaf), _detectors(new, leaf))


def _detectors(pack: PolicyPack, leaf: str) -> _Facts:
    if leaf not in pack.leaves:
        return {}
    its = pack.leaves[leaf]
    return {f"{d.classifier} {d.category}{_when(d)}": _detector(its, d) for d in its.detectors}


def _when(detector: Detector) -> str:
    return "".join(f" when {condition.source}" for condition in detector.when)


def _detector(leaf: Leaf, detector: Detector) -> str:
    actions = detector.actions or leaf.actions
    told = (f"{direction.value} {action.label}" for direction, action in actions.items())
    return ", ".join([f"from {detector.threshold}", *told])


def _list_changes(old: LoadedPack, new: LoadedPack) -> Iterator[Change]:
    before, after = _lists(old), _lists(new)
    for name in dict.fromkeys([*before, *after]):
        gone = before.get(name, frozenset()) - after.get(name, frozenset())
        come = after.get(name, frozenset()) - before.get(name, frozenset())
        if gone or come:
            yield Change(
                name,
                "terms",
                f"{len(gone)} gone" if gone else "",
                f"{len(come)} new" if come else "",
            )


def _lists(loaded: LoadedPack) -> Mapping[str, frozenset[str]]:
    names = dict.fromkeys(f"{term.source} {term.category}" for term in loaded.terms)
    return {
        name: frozenset(t.text for t in loaded.terms if f"{t.source} {t.category}" == name)
        for name in names
    }
