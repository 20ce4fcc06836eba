"""Profiles, service tiers and minors: what the operator declares of a service changes a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.types import Finding, Report, Segment
from policies.context import Context
from policies.decide import decide
from policies.deployment import Deployment, Profile
from policies.folder import bundled
from policies.load import PackError, load_pack
from policies.types import Action, Direction, OnFailure, Tier

LAW = "cn-interim-measures"
TEXT = [Segment("0123456789")]


def action(deployment: Deployment, leaf: str, *, minor: bool = False) -> Action:
    pack = load_pack(LAW, deployment=deployment).pack
    report = Report((Finding("lexicon", f"{LAW}/{leaf}", 1.0, 0, 3),), (), 10, 10)
    return decide(pack, Direction.PROMPT, report, TEXT, Context(minor=minor)).action


@pytest.mark.parametrize(
    ("profile", "illegal", "harmful"),
    [
        (Profile.PUBLIC_CN, Action.BLOCK, Action.BLOCK),
        (Profile.INTERNAL, Action.BLOCK, Action.FLAG),
        (Profile.OFFSHORE, Action.FLAG, Action.FLAG),
    ],
)
def test_the_profile_says_what_is_enforced(
    profile: Profile, illegal: Action, harmful: Action
) -> None:
    """IM Art. 2: outside the Measures hits are noted; nothing is lost from the record."""
    assert action(Deployment(profile), "A.1.h") == illegal
    assert action(Deployment(profile), "A.2.a") == harmful


def test_what_is_only_noted_fails_open() -> None:
    """And what is enforced stays closed."""
    modes = load_pack(LAW, deployment=Deployment(Profile.INTERNAL)).pack.on_failure

    assert (modes[Tier.ILLEGAL], modes[Tier.HARMFUL]) == (OnFailure.CLOSED, OnFailure.OPEN)


def test_without_a_word_a_service_is_public() -> None:
    """The strictest reading, by the same digest."""
    plain, declared = load_pack(LAW), load_pack(LAW, deployment=Deployment(Profile.PUBLIC_CN))
    internal = load_pack(LAW, deployment=Deployment(Profile.INTERNAL))

    assert plain.pack == declared.pack
    assert internal.pack.digest == plain.pack.digest


def test_a_service_tier_sets_the_fail_mode() -> None:
    """IM Art. 3: in graver services a failing check of quality closes as well."""
    elevated = load_pack(LAW, deployment=Deployment(service_tier="elevated")).pack

    assert load_pack(LAW).pack.on_failure[Tier.QUALITY] is OnFailure.OPEN
    assert elevated.on_failure[Tier.QUALITY] is OnFailure.CLOSED


def test_a_service_tier_that_a_pack_does_not_know_is_refused() -> None:
    """A grade that silently means nothing would be a pass."""
    with pytest.raises(PackError, match="no service tier `elevatd`; did you mean `elevated`"):
        load_pack(LAW, deployment=Deployment(service_tier="elevatd"))


def test_minors_meet_stricter_actions() -> None:
    """In the leaves that say so, and in no other."""
    assert action(Deployment(), "A.4.c") == Action.FLAG
    assert action(Deployment(), "A.4.c", minor=True) == Action.BLOCK
    assert action(Deployment(), "A.3.a", minor=True) == Action.FLAG


@pytest.mark.parametrize("name", bundled())
def test_nobody_is_protected_less_for_being_young(name: str) -> None:
    """In any bundled pack and rule."""
    for rules in load_pack(name).pack.rules.values():
        for rule in rules:
            assert all(rule.minor_actions[way] >= rule.actions[way] for way in Direction)


def test_a_milder_action_for_minors_is_refused(sample: Path) -> None:
    """With its place."""
    file = sample / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("    prompt: block\n", "    minor: {prompt: flag}\n    prompt: block\n")
    )

    with pytest.raises(PackError, match=r"pack.yaml:16:21: leaf S.1: `flag` for minors is milder"):
        load_pack(sample)
