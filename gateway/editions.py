"""Which packs judge whose exchanges. An edition is all of it as compiled at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from classifiers.kinds import Parts
from gateway.screen import ActivePacks
from policies.build import BARE, Assembly, held
from policies.context import Context
from policies.deployment import DECLARED_NOTHING, Deployment
from policies.errors import PackError, Problem, did_you_mean
from policies.load import LoadedPack, load_pack
from policies.policy_set import PolicySet
from policies.rollout import Rollout, Tally
from policies.trust import Trust, check_signed
from policies.types import Direction, PolicyPack

_LEAST_REACH, _MOST_REACH = 64, 512
"""Characters on each side of a seam: patterns need some, and disguises make an entry longer."""


@dataclass(frozen=True, slots=True)
class Binding:
    """Exchanges of one kind, and the packs that judge them. What is None fits all."""

    packs: tuple[str, ...]
    tenant: str | None = None
    route: str | None = None
    model: str | None = None
    """A name, in which `*` stands for any characters."""
    key: str | None = None
    """A user key, as records have it."""
    minor: bool | None = None

    def fits(self, context: Context) -> bool:
        return (
            self.tenant in (None, context.tenant)
            and self.route in (None, context.route)
            and self.key in (None, context.user_key)
            and self.minor in (None, context.minor)
            and (self.model is None or fnmatchcase(context.model, self.model))
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Which packs are to be in force, and for whom."""

    packs: tuple[str, ...]
    """Names or folders, in order of precedence."""
    bindings: tuple[Binding, ...]
    lists: Mapping[str, Mapping[str, Sequence[Path]]]
    """By each pack that may have to judge, as it is named here: the operator's word lists for it,
    by leaf id."""
    deadline_s: float
    """Seconds that a classifier gets."""
    window_chars: int
    """Most characters of a stream that are judged at once."""
    deployment: Deployment = DECLARED_NOTHING
    trust: Trust | None = None
    """Who has to have signed each pack; None where nobody has to."""

    def changed(self, folders: Sequence[str]) -> Selection:
        """The same with these packs in place of those of the same name. Raises PackError."""
        new = {Path(folder).name: folder for folder in folders}
        names = [Path(pack).name for pack in self.lists]
        if strange := [name for name in new if name not in names]:
            what = f"no pack `{strange[0]}` is in force"
            raise PackError(Problem("rollout", what, did_you_mean(strange[0], names)))

        def now(packs: Iterable[str]) -> tuple[str, ...]:
            return tuple(new.get(Path(pack).name, pack) for pack in packs)

        return replace(
            self,
            packs=now(self.packs),
            bindings=tuple(replace(one, packs=now(one.packs)) for one in self.bindings),
            lists=dict(zip(now(self.lists), self.lists.values(), strict=True)),
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """All packs as they were at one time. An exchange is judged by one edition to its end."""

    usual: ActivePacks
    """For what no binding fits, and for requests that could not be read."""
    bound: tuple[tuple[Binding, ActivePacks], ...] = ()
    trial: Trial | None = None
    """Changed packs that are tried beside them."""

    def choose(self, context: Context) -> ActivePacks:
        """The packs of the first binding that fits."""
        for binding, active in self.bound:
            if binding.fits(context):
                return active
        return self.usual

    @property
    def every(self) -> tuple[ActivePacks, ...]:
        """Those of all exchanges, the usual ones first."""
        return (self.usual, *(active for _, active in self.bound))

    @property
    def packs(self) -> tuple[PolicyPack, ...]:
        """Each pack that may have to judge, once."""
        named = {pack.name: pack for active in self.every for pack in active.policies.packs}
        return tuple(named.values())


@dataclass(slots=True)
class Trial:
    """Changed packs on their way into force, and how they did so far."""

    edition: Edition
    rollout: Rollout
    changed: Tally = field(default_factory=Tally)
    usual: Tally = field(default_factory=Tally)

    @property
    def digests(self) -> frozenset[str]:
        """By which these very packs are known again."""
        return frozenset(pack.digest for pack in self.edition.packs)


def build_edition(selection: Selection, parts: Parts = BARE) -> Edition:
    """Load and compile the packs. Takes up to seconds: not on an event loop. Raises PackError."""
    today = datetime.now(UTC).date()
    loaded = {
        name: load_pack(name, lists, selection.deployment, today)
        for name, lists in selection.lists.items()
    }
    if selection.trust is not None:
        for its in loaded.values():
            check_signed(its.pack, selection.trust)
    assembly = Assembly.of(list(loaded.values()), parts=parts)

    def active(names: Sequence[str]) -> ActivePacks:
        return _active(assembly, [loaded[name] for name in names], selection)

    bound = ((binding, active(binding.packs)) for binding in selection.bindings)
    return Edition(active(selection.packs), tuple(bound))


def _active(assembly: Assembly, packs: Sequence[LoadedPack], selection: Selection) -> ActivePacks:
    policies = PolicySet(tuple(loaded.pack for loaded in packs))
    panel = assembly.panel(packs, selection.deadline_s)
    holds = {direction: held(policies, direction) for direction in Direction}
    # What scanners compile when a stream opens is compiled here, not in the first exchange.
    panel.stream(holds[Direction.OUTPUT])
    longest = max((len(term.text) for loaded in packs for term in loaded.terms), default=0)
    reach = min(max(_LEAST_REACH, 2 * longest), _MOST_REACH)
    return ActivePacks(policies, panel, holds, selection.window_chars, selection.deployment, reach)
