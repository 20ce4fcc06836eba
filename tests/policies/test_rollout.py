"""Rollouts: who is on which side, when changed packs are taken back, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.context import Context
from policies.errors import PackError
from policies.rollout import Rollout, Stage, Tally, anomaly, read_rollout


def rollout(
    stage: Stage = Stage.CANARY, percent: float = 0, tenants: tuple[str, ...] = ()
) -> Rollout:
    return Rollout(("next/sample",), stage, percent, frozenset(tenants), 0.05, 0.01, 100)


def test_a_share_of_users_is_on_trial_and_stays_there() -> None:
    """By their key, whatever exchange it is."""
    contexts = [Context(user_key=f"user{number}") for number in range(4000)]
    taken = [context for context in contexts if rollout(percent=10).takes(context, "x")]

    assert 300 < len(taken) < 500
    assert all(rollout(percent=10).takes(context, "another") for context in taken)


def test_strangers_are_drawn_by_exchange() -> None:
    """Nobody known is not one user."""
    some = [rollout(percent=50).takes(Context(), f"exchange{number}") for number in range(100)]
    assert 20 < sum(some) < 80


def test_a_tenant_can_be_on_trial_alone() -> None:
    """With no percentage at all."""
    only = rollout(tenants=("acme",))
    assert only.takes(Context(tenant="acme"), "x")
    assert not only.takes(Context(tenant="other"), "x")


@pytest.mark.parametrize(("stage", "taken"), [(Stage.SHADOW, False), (Stage.ACTIVE, True)])
def test_the_other_stages_take_nobody_or_all(stage: Stage, taken: bool) -> None:
    """Whatever the percentage says."""
    assert rollout(stage, percent=50).takes(Context(user_key="u"), "x") is taken


@pytest.mark.parametrize(
    ("changed", "usual", "told"),
    [
        (Tally(100, 10, 0), Tally(100, 4, 0), "stopped rose by 0.060"),
        (Tally(100, 9, 0), Tally(100, 5, 0), None),
        (Tally(100, 0, 2), Tally(100, 0, 0), "failures rose by 0.020"),
        (Tally(100, 0, 5), Tally(100, 0, 5), None),
        (Tally(99, 99, 99), Tally(100, 0, 0), None),
        (Tally(100, 99, 99), Tally(99, 0, 0), None),
        (Tally(100, 0, 0), Tally(100, 50, 50), None),
    ],
)
def test_packs_that_stop_or_fail_much_more_are_taken_back(
    changed: Tally, usual: Tally, told: str | None
) -> None:
    """Once enough exchanges of each side are there to compare, and never for doing better."""
    why = anomaly(rollout(), changed, usual)
    assert (why is None) if told is None else told in (why or "")


def test_a_mistake_in_the_file_is_told_with_its_place(tmp_path: Path) -> None:
    """Line, column and remedy, as in packs."""
    path = tmp_path / "rollout.yaml"
    path.write_text("packs: [next/sample]\nstage: cannary\n", encoding="utf-8")

    with pytest.raises(PackError, match=r"rollout.yaml:2:8: .*did you mean `canary`"):
        read_rollout(path)
