"""The packs in force: compiled off the event loop, swapped whole, kept where new ones fail."""

from __future__ import annotations

import asyncio
import time

from watchfiles import awatch

from classifiers.kinds import Parts
from gateway.editions import Edition, Selection, build_edition
from gateway.logs import logger
from gateway.metrics import Metrics
from policies.build import BARE
from policies.load import PackError, pack_folder
from policies.types import OnFailure

_log = logger("packs")


class PacksInForce:
    """Holds the packs that judge new exchanges; those under way keep what they began with."""

    def __init__(self, selection: Selection, *, metrics: Metrics, parts: Parts = BARE) -> None:
        self._selection = selection
        self._metrics = metrics
        self._parts = parts
        self._edition: Edition | None = None

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
        edition = await asyncio.to_thread(build_edition, self._selection, self._parts)
        self._edition = edition
        named = [(pack.name, pack.version, pack.digest) for pack in edition.packs]
        self._metrics.packs_taken(named, unix_time=time.time())
        for pack in edition.packs:
            _log.info("pack in force", pack=pack.name, version=pack.version, digest=pack.digest)

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
        paths = (path for its in lists.values() for paths in its.values() for path in paths)
        async for _ in awatch(*map(pack_folder, lists), *{path.parent for path in paths}):
            await self.reload()
