"""Exports as Parquet. The only module that imports pyarrow (`stoplog[parquet]`)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from gateway.ledger.exports import COLUMNS, Exported

_SCHEMA = pa.schema([(name, pa.int64() if name == "seq" else pa.string()) for name in COLUMNS])
_GROUP = 1000
"""Records that are written at once."""


class ParquetSheet:
    """See `Sheet`."""

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(path, _SCHEMA, compression="zstd")
        self._waiting: list[Exported] = []

    def add(self, exported: Exported) -> None:
        self._waiting.append(exported)
        if len(self._waiting) == _GROUP:
            self._write()

    def close(self) -> None:
        self._write()
        self._writer.close()

    def _write(self) -> None:
        columns = {name: [getattr(row, name) for row in self._waiting] for name in COLUMNS}
        self._writer.write_table(pa.table(columns, schema=_SCHEMA))
        self._waiting = []
