"""Which approved answer stands in for the model's."""

from __future__ import annotations

from collections.abc import Iterator

from policies.types import Answer, Verdict


def answer_for(verdict: Verdict) -> Answer | None:
    """The answer approved for the leaf that decided, or for the nearest family above it.

    It is the pack of that leaf that approves. None where nothing was approved, and where a failure
    or unread text decided.
    """
    if verdict.decisive is None:
        return None
    for name in lineage(verdict.decisive.leaf.id):
        if answers := verdict.pack.answers.get(name):
            return answers[0]
    return None


def lineage(leaf_id: str) -> Iterator[str]:
    """A leaf's id and those of its families, nearest first: `A.4.a`, `A.4`, `A`."""
    while leaf_id:
        yield leaf_id
        leaf_id = leaf_id.rpartition(".")[0]
