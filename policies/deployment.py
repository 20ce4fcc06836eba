"""Where a service stands in law and how grave its tasks are; what that makes of a pack.

IM Art. 2: services that are not offered to the public in the country are outside the Measures. IM
Art. 3: supervision is graded. There is no official table of grades, so a pack gives its own with
the reason. Nothing here decides which profile a service has: the operator declares it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from policies.errors import Problem, did_you_mean
from policies.schema import (
    ActionName,
    DetectorShape,
    FailureMode,
    LeafShape,
    PackShape,
    ProfileShape,
    ServiceTierShape,
)
from policies.schema_classifiers import AnyClassifier
from policies.source import Document


class Profile(StrEnum):
    """To whom a service is offered."""

    PUBLIC_CN = "public_cn"
    """To the public within mainland China."""
    INTERNAL = "internal"
    """To nobody outside the operator's own organisation."""
    OFFSHORE = "offshore"
    """To the public elsewhere only."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the operator declares of the service."""

    profile: Profile = Profile.PUBLIC_CN
    service_tier: str = ""
    """One of a pack's own; empty for none, where packs apply as they are written."""


DECLARED_NOTHING = Deployment()
"""The strictest reading."""

_MILD = ("allow", "flag")


def check_deployment(
    document: Document, pack: PackShape, deployment: Deployment
) -> Iterator[Problem]:
    """Problems between a pack's own grades, its classifiers and what was declared."""
    names = [given.name for given in pack.service_tiers]
    if names and deployment.service_tier and deployment.service_tier not in names:
        what = f"the pack has no service tier `{deployment.service_tier}`"
        remedy = did_you_mean(deployment.service_tier, names)
        yield document.problem(("service_tiers",), what, remedy)
    classifiers = [given.name for given in pack.classifiers]
    for i, given in enumerate(pack.service_tiers):
        for name in given.thresholds:
            if name not in classifiers:
                place = ("service_tiers", i, "thresholds", name)
                what = f"there is no classifier `{name}`"
                yield document.problem(place, what, did_you_mean(name, classifiers))


def deployed(pack: PackShape, deployment: Deployment) -> PackShape:
    """The pack as it applies to a service. Its file and its digest stay what they are."""
    graded = _graded(pack, deployment.service_tier)
    if pack.profiles is None:
        return graded
    return _profiled(graded, getattr(pack.profiles, deployment.profile.value))


def _graded(pack: PackShape, name: str) -> PackShape:
    for given in pack.service_tiers:
        if given.name == name:
            classifiers = [_threshold(its, given) for its in pack.classifiers]
            return pack.model_copy(
                update={"on_failure": given.on_failure, "classifiers": classifiers}
            )
    return pack


def _threshold(classifier: AnyClassifier, tier: ServiceTierShape) -> AnyClassifier:
    threshold = tier.thresholds.get(classifier.name, classifier.threshold)
    return classifier.model_copy(update={"threshold": threshold})


def _profiled(pack: PackShape, profile: ProfileShape) -> PackShape:
    observed = [tier for tier, mode in profile if mode == "observe"]
    opened: dict[str, FailureMode] = dict.fromkeys(observed, "open")
    return pack.model_copy(
        update={
            "on_failure": pack.on_failure.model_copy(update=opened),
            "leaves": [_observed(leaf) if leaf.tier in observed else leaf for leaf in pack.leaves],
        }
    )


def _observed(leaf: LeafShape) -> LeafShape:
    """A leaf that is noted and stops nothing."""
    return leaf.model_copy(
        update={
            "prompt": _noted(leaf.prompt),
            "output": _noted(leaf.output),
            "minor": None,
            "detectors": [_observed_detector(detector) for detector in leaf.detectors],
        }
    )


def _observed_detector(detector: DetectorShape) -> DetectorShape:
    return detector.model_copy(
        update={
            "prompt": _noted(detector.prompt) if detector.prompt else None,
            "output": _noted(detector.output) if detector.output else None,
        }
    )


def _noted(action: ActionName) -> ActionName:
    return action if action in _MILD else "flag"
