"""Space that is kept free, so that what is under way can be ended on record on a full disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Reserve:
    """A file of nothing. Making room means giving up its blocks."""

    def __init__(self, path: Path, size: int) -> None:
        self._size = size
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._held = self._size == 0
        self.restore()

    @property
    def held(self) -> bool:
        """Whether the space is there, should it be needed."""
        return self._held

    def spend(self) -> bool:
        """Give the space back to the disk. False where there is none to give."""
        if not self._size or not self._held:
            return False
        os.ftruncate(self._descriptor, 0)
        self._held = False
        return True

    def restore(self) -> bool:
        """Take the space again, if there is room for it."""
        if not self._held:
            try:
                os.posix_fallocate(self._descriptor, 0, self._size)
            except OSError:
                with suppress(OSError):  # what part of it was taken is of use to others
                    os.ftruncate(self._descriptor, 0)
            else:
                self._held = True
        return self._held

    def close(self) -> None:
        os.close(self._descriptor)
