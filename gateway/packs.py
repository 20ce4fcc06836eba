"""The packs in force: compiled off the event loop, swapped whole, kept where new ones fail."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from watchfiles import awatch

from classifiers.kinds import Parts
from classifiers.types import FailureReason
from gateway.editions import Edition, Selection, Trial, build_edition
from gateway.exchange import Exchange
from gateway.ledger.records import Outcome
from gateway.logs import logger
from gateway.metrics import Metrics
from gateway.shadow import Judged, Shadow
from policies.build import BARE
from policies.errors import PackError
from policies.load import pack_folder
from policies.replay import stops
from policies.rollout import Stage, anomaly, read_rollout
from policies.types import OnFailure, Verdict

_log = logger("packs")


class PacksInForce:
    """Holds the packs that judge new exchanges; those under way keep what they began with."""

    def __init__(
        self,
        selection: Selection,
        *,
        metrics: Metrics,
        parts: Parts = BARE,
        rollout: Path | None = None,
    ) -> None:
        """`rollout`: the file that says which changed packs are tried; None tries none."""
        self._selection = selection
        self._metrics = metrics
        self._parts = parts
        self._rollout = rollout
        self._edition: Edition | None = None
        self._taken_back: set[frozenset[str]] = set()
        """Digests of packs that were tried and taken back: they are not tried again."""
        self.shadow = Shadow(metrics)

    @property
    def loaded(self) -> bool:
        return self._edition is not None

    @property
    def current(self) -> Edition:
        if self._edition is None:
            raise RuntimeError("no pack is loaded yet: this is a bug")
        return self._edition

    async def load(self) -> None:
        """Load and compile in a thread, then take effect at once. Raises PackError."""
        self._edition = edition = await asyncio.to_thread(self._build)
        named = [(pack.name, pack.version, pack.digest) for pack in edition.packs]
        self._metrics.packs_taken(named, unix_time=time.time())
        for pack in edition.packs:
            _log.info("pack in force", pack=pack.name, version=pack.version, digest=pack.digest)
        if edition.trial is not None:
            for pack in edition.trial.edition.packs:
                stage = edition.trial.rollout.stage.value
                _log.info("pack on trial", pack=pack.name, digest=pack.digest, stage=stage)

    async def reload(self) -> None:
        """Take the packs again as they are on disk; keep the old ones where that fails."""
        try:
            await self.load()
        except PackError as error:
            self._metrics.packs_refused()
            problems = [str(problem) for problem in error.problems]
            _log.error("the changed packs were not taken", problems=problems)

    async def silent(self, mode: OnFailure) -> str | None:
        """The classifiers that do not answer and whose failure this mode says what to do about."""
        told: dict[str, None] = {}
        for active in self.current.every:
            problems = await active.panel.problems()
            for name, why in problems.items():
                if active.policies.on_failure(name) is mode:
                    told[f"{name} gives no answer ({why})"] = None
        return ", ".join(told) or None

    async def watch(self) -> None:
        """Reload whenever a file of a pack or a list changes, until cancelled.

        Watches folders: a ConfigMap is swapped by a link that no file watch sees.
        """
        lists = self._selection.lists
        paths = [path for its in lists.values() for paths in its.values() for path in paths]
        paths += [self._rollout] if self._rollout else []
        async for _ in awatch(*map(pack_folder, lists), *{path.parent for path in paths}):
            await self.reload()

    def ended(self, exchange: Exchange) -> None:
        """Count an exchange on its side, or have packs in shadow judge it as well."""
        trial = self.current.trial
        if trial is None or exchange.trial is not trial or not exchange.verdicts:
            return
        match trial.rollout.stage:
            case Stage.SHADOW:
                self._offer(trial, exchange)
            case Stage.CANARY:
                self._compare(trial, exchange)
            case Stage.ACTIVE:
                pass

    def _offer(self, trial: Trial, exchange: Exchange) -> None:
        prompt, verdict = exchange.prompt, exchange.prompt_verdict
        if prompt is not None and verdict is not None:
            by = trial.edition.choose(exchange.context)
            self.shadow.offer(Judged(by, prompt.segments, exchange.context, verdict.action))

    def _compare(self, trial: Trial, exchange: Exchange) -> None:
        """Take the changed packs back if they stop or fail too much."""
        tally = trial.changed if exchange.on_trial else trial.usual
        failed = exchange.outcome is Outcome.FAILED or any(map(_failed, exchange.verdicts.values()))
        tally.add(stopped=stops(exchange.decision), failed=failed)
        if why := anomaly(trial.rollout, trial.changed, trial.usual):
            self._take_back(trial, why)

    def _take_back(self, trial: Trial, why: str) -> None:
        self._taken_back.add(trial.digests)
        self._edition = replace(self.current, trial=None)
        self._metrics.rollbacks.inc()
        _log.error("changed packs were taken back", reason=why, digests=sorted(trial.digests))

    def _build(self) -> Edition:
        edition = build_edition(self._selection, self._parts)
        if self._rollout is None:
            return edition
        rollout = read_rollout(self._rollout)
        changed = build_edition(self._selection.changed(rollout.packs), self._parts)
        trial = Trial(changed, rollout)
        if trial.digests in self._taken_back:
            return edition
        return replace(edition, trial=trial)


def _failed(verdict: Verdict) -> bool:
    return any(failure.reason is not FailureReason.UNDECODABLE for failure in verdict.failures)
