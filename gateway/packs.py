"""The pack in force: compiled off the event loop, swapped whole, kept where a new one fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from watchfiles import awatch

from classifiers.kinds import Parts
from gateway.logs import logger
from gateway.metrics import Metrics
from gateway.screen import ActivePack
from policies.build import BARE, build_panel, held
from policies.decide import on_failure
from policies.load import PackError, load_pack, pack_folder
from policies.types import Direction, OnFailure

_log = logger("packs")

_LEAST_REACH, _MOST_REACH = 64, 512
"""Characters on each side of a seam: patterns need some, and disguises make an entry longer."""


class PackInForce:
    """Holds the pack that judges new exchanges; those under way keep the one they began with."""

    def __init__(
        self,
        name: str,
        lists: Mapping[str, Sequence[Path]],
        *,
        deadline_s: float,
        window_chars: int,
        metrics: Metrics,
        parts: Parts = BARE,
    ) -> None:
        self._name = name
        self._lists = lists
        self._deadline_s = deadline_s
        self._window_chars = window_chars
        self._metrics = metrics
        self._parts = parts
        self._active: ActivePack | None = None

    @property
    def loaded(self) -> bool:
        return self._active is not None

    @property
    def current(self) -> ActivePack:
        if self._active is None:
            raise RuntimeError("no pack is loaded yet: this is a bug")
        return self._active

    async def load(self) -> None:
        """Load and compile in a thread, then take effect at once. Raises PackError."""
        self._active = active = await asyncio.to_thread(self._compile)
        pack = active.pack
        self._metrics.pack_taken(
            pack=pack.name, version=pack.version, digest=pack.digest, unix_time=time.time()
        )
        _log.info("pack in force", pack=pack.name, version=pack.version, digest=pack.digest)

    async def reload(self) -> None:
        """Take the pack again as it is on disk; keep the old one where that fails."""
        try:
            await self.load()
        except PackError as error:
            self._metrics.pack_refused()
            _log.error("the changed pack was not taken", problems=[str(p) for p in error.problems])

    async def silent(self, mode: OnFailure) -> str | None:
        """The classifiers that do not answer and whose failure this mode says what to do about."""
        active = self.current
        problems = await active.panel.problems()
        told = [
            f"{name} gives no answer ({why})"
            for name, why in problems.items()
            if on_failure(active.pack, name) is mode
        ]
        return ", ".join(told) or None

    async def watch(self) -> None:
        """Reload whenever a file of the pack or a list changes, until cancelled.

        Watches folders: a ConfigMap is swapped by a link that no file watch sees.
        """
        folders = {pack_folder(self._name), *(p.parent for ps in self._lists.values() for p in ps)}
        async for _ in awatch(*folders):
            await self.reload()

    def _compile(self) -> ActivePack:
        loaded = load_pack(self._name, self._lists)
        panel = build_panel(loaded, deadline_s=self._deadline_s, parts=self._parts)
        holds = {direction: held(loaded.pack, direction) for direction in Direction}
        # What scanners compile when a stream opens is compiled here, not in the first exchange.
        panel.stream(holds[Direction.OUTPUT])
        longest = max((len(term.text) for term in loaded.terms), default=0)
        reach = min(max(_LEAST_REACH, 2 * longest), _MOST_REACH)
        return ActivePack(loaded.pack, panel, holds, self._window_chars, reach)
