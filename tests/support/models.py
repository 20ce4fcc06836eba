"""A whole model folder, tiny and random, made on the spot: what `classifiers.model` reads.

The encoder sums the pieces' embeddings and multiplies by a matrix. It is written as the protocol
buffer that ONNX is, so that tests need no library that makes such files.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import sentencepiece as spm

from classifiers.heads import HEADS, SIDES

OUTPUTS = len(HEADS) * len(SIDES)
_WIDTH = 16
_BITS = 8
_SENTENCES = (
    "how do i reset my password",
    "the weather is fine today and we walk in the park",
    "如何重置密码",
    "今天天气真不错我们去公园",
    "kill the process and list the files",
)


def make_model(folder: Path, seed: int = 0) -> Path:
    """Write the folder; the same seed writes the same weights."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    tokeniser = _tokeniser()
    pieces = spm.SentencePieceProcessor(model_proto=tokeniser).get_piece_size()
    matrix = random.normal(size=(_WIDTH, OUTPUTS)).astype(np.float32) / 4
    numbers = io.BytesIO()
    blend = np.stack([np.ones(OUTPUTS), np.full(OUTPUTS, 0.5), np.zeros(OUTPUTS)])
    np.savez(
        numbers,
        steps=np.full(pieces, 0.01, np.float32),
        blend=blend.astype(np.float32),
        scale=np.full(OUTPUTS, 0.02, np.float32),
        bias=np.zeros(OUTPUTS, np.float32),
        rarity=np.ones(2**_BITS, np.float16),
    )
    files = {
        "table.npy": _npy(random.integers(-127, 128, (pieces, _WIDTH)).astype(np.int8)),
        "encoder.onnx": _encoder(matrix),
        "tokeniser.model": tokeniser,
        "ngrams.npy": _npy(random.integers(-127, 128, (2**_BITS, OUTPUTS)).astype(np.int8)),
        "numbers.npz": numbers.getvalue(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    described = {
        "version": 1,
        "labels": [head.value for head in HEADS],
        "window_chars": 60,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    text = json.dumps(described)
    (folder / "model.json").write_text(text, encoding="utf-8")
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    (folder / "calibration.json").write_text(json.dumps(_calibration(digest)), encoding="utf-8")
    return folder


def _calibration(digest: str) -> dict[str, object]:
    """Scores taken as they are, and the thresholds that `classifiers.judge` asks for."""
    entry = {
        "curve": [[0.0, 0.0], [1.0, 1.0]],
        "thresholds": {"fpr:0.01": 0.7, "fpr:0.001": 0.95},
    }
    sides = {side.value: {"en": entry, "zh": entry} for side in SIDES}
    return {"version": 1, "model": digest, "labels": {head.value: sides for head in HEADS}}


def _tokeniser() -> bytes:
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(_SENTENCES * 20),
        model_writer=model,
        vocab_size=80,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _npy(array: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.save(data, array, allow_pickle=False)
    return data.getvalue()


def _encoder(matrix: np.ndarray) -> bytes:
    """onnx.proto, field by field: a graph of four nodes."""
    nodes = (
        _node("Unsqueeze", ["mask", "two"], "keep"),
        _node("Mul", ["embedded", "keep"], "kept"),
        _node("ReduceSum", ["kept", "one"], "sentence", _attribute("keepdims", 0)),
        _node("MatMul", ["sentence", "matrix"], "logits"),
    )
    constants = (
        _tensor("two", np.array([2], np.int64)),
        _tensor("one", np.array([1], np.int64)),
        _tensor("matrix", matrix),
    )
    graph = (
        b"".join(_field(1, node) for node in nodes)
        + _field(2, b"tiny")
        + b"".join(_field(5, constant) for constant in constants)
        + _field(11, _value("embedded", ["n", "t", _WIDTH]))
        + _field(11, _value("mask", ["n", "t"]))
        + _field(12, _value("logits", ["n", OUTPUTS]))
        + _field(12, _value("sentence", ["n", _WIDTH]))
    )
    return _number(1, 9) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 17))


def _node(kind: str, inputs: list[str], output: str, attribute: bytes = b"") -> bytes:
    given = b"".join(_field(1, name.encode()) for name in inputs)
    return given + _field(2, output.encode()) + _field(4, kind.encode()) + attribute


def _attribute(name: str, value: int) -> bytes:
    return _field(5, _field(1, name.encode()) + _number(3, value) + _number(20, 2))


def _tensor(name: str, array: np.ndarray) -> bytes:
    dims = b"".join(_number(1, size) for size in array.shape)
    kind = 7 if array.dtype == np.int64 else 1
    return dims + _number(2, kind) + _field(8, name.encode()) + _field(9, array.tobytes())


def _value(name: str, shape: list[str | int]) -> bytes:
    dims = b"".join(
        _field(1, _number(1, size) if isinstance(size, int) else _field(2, size.encode()))
        for size in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, 1) + _field(2, dims)))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])
