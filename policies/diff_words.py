"""The difference between two packs in sentences, for those who answer for it in law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.diff import Change
from policies.load import LoadedPack
from policies.types import Action, Direction, Leaf

_DONE = {
    "allow": "let through",
    "flag": "let through and noted",
    "label": "let through with a warning label",
    "redact": "masked where it matches",
    "answer": "replaced by an approved answer",
    "review": "held for a person",
    "block": "stopped",
}
_GRADES = {"illegal": "unlawful", "harmful": "harmful", "quality": "a matter of quality"}
_FAILS = {"closed": "is stopped", "open": "passes unscreened"}
_FAILED = {"closed": "was stopped", "open": "passed unscreened"}


def in_words(changes: Sequence[Change], old: LoadedPack, new: LoadedPack) -> Iterator[str]:
    """A sentence for each change; leaves that come or go have one each."""
    before, after = old.pack.leaves, new.pack.leaves
    for change in changes:
        leaf = after.get(change.where) or before.get(change.where)
        if leaf is None:
            yield _of_the_pack(change)
        elif change.where not in before:
            if change.what == "id":
                yield f"New: {_named(leaf)} {_does(leaf)}."
        elif change.where not in after:
            if change.what == "id":
                yield f"Gone: {_named(leaf)} is no longer looked for."
        else:
            yield f"{_named(leaf)}: {_of_a_leaf(change)}."


def _named(leaf: Leaf) -> str:
    return f"{leaf.id} {leaf.name_en} ({leaf.article})"


def _does(leaf: Leaf) -> str:
    prompt, output = (_done(leaf.actions[way]) for way in Direction)
    return f"is looked for; a prompt with it is {prompt}, an output {output}"


def _done(action: Action) -> str:
    return _DONE[action.label]


def _of_a_leaf(change: Change) -> str:
    old, new = change.old, change.new
    match change.what:
        case "prompt" | "output":
            return f"{_article(change.what)} with it was {_DONE[old]}, and is now {_DONE[new]}"
        case "tier":
            return f"it counted as {_GRADES[old]}, and counts now as {_GRADES[new]}"
        case "keywords" | "operator keywords":
            return f"{old} {change.what} before, {new} now"
        case _:
            return _plain(change)


def _of_the_pack(change: Change) -> str:
    tier = change.what.removeprefix("on failure, ")
    if tier != change.what and change.old and change.new:
        content, old, new = _GRADES[tier], _FAILED[change.old], _FAILS[change.new]
        return f"When a classifier fails, what may be {content} {new}; before, it {old}."
    if change.what == "retention":
        return f"Records are kept {change.new}; before, {change.old}."
    subject = f"{change.where}: " if change.where != "pack" else "The pack: "
    return f"{subject}{_plain(change)}."


def _article(way: str) -> str:
    return "an output" if way == "output" else "a prompt"


def _plain(change: Change) -> str:
    if not change.old:
        return f"{change.what} {change.new}"
    if not change.new:
        return f"no more {change.what} {change.old}"
    return f"{change.what} {change.old} before, {change.new} now"
