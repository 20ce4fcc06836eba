"""The fitted halves as files that ONNX Runtime and NumPy read: 8-bit, hashed, nothing pickled."""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx  # type: ignore[import-not-found]
import orjson
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    QuantType,
    quantize_dynamic,
)

from classifiers.heads import HEADS
from classifiers.training.linear_fit import Linear
from classifiers.training.network import Model

WINDOW_CHARS = 400
_ORDERS = ((2, 0), (3, 1), (5, 2))
_OPSET = 17


class _Graph:
    """An ONNX graph under construction: each call adds a node and names what it gives."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def put(self, array: npt.NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def __call__(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        output = name or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output


def encoder_graph(model: Model) -> onnx.ModelProto:
    """The encoder as ONNX: `embedded` and `mask` in, `logits` and `sentence` out."""
    g = _Graph()
    w = {name: value.detach().numpy() for name, value in model.encoder.weights.items()}
    eps = model.encoder.eps

    def dense(x: str, weight: str, bias: str | None = None) -> str:
        product = g("MatMul", x, g.put(w[weight]))
        return g("Add", product, g.put(w[bias])) if bias else product

    def norm(x: str, gain: str, shift: str) -> str:
        return g("LayerNormalization", x, g.put(w[gain]), g.put(w[shift]), axis=-1, epsilon=eps)

    def int64(*values: int) -> str:
        return g.put(np.asarray(values, np.int64))

    keep = g("Unsqueeze", "mask", int64(2))
    embedded = g("Mul", "embedded", keep)
    length_of = g("Slice", g("Shape", "mask"), int64(1), int64(2))
    features = [embedded]
    for width, before in _ORDERS:

        def convolved(x: str, layer: str, width: int = width, before: int = before) -> str:
            wide = g("Pad", x, int64(0, before, 0, 0, width - 1 - before, 0))
            columns = []
            for at in range(width):
                stop = g("Add", length_of, int64(at))
                columns.append(g("Slice", wide, int64(at), stop, int64(1)))
            joined = g("Concat", *columns, axis=2)
            return g("Relu", dense(joined, f"w{layer}_{width}", f"b{layer}_{width}"))

        x = dense(embedded, f"proj{width}", f"proj_b{width}")
        x = g("Mul", norm(x, f"ln_g{width}", f"ln_b{width}"), keep)
        h = g("Mul", g("Add", convolved(x, "1"), x), keep)
        features.append(g("Add", convolved(h, "2"), h))
    found = g("Mul", norm(g("Concat", *features, axis=2), "ln_g", "ln_b"), keep)
    count = g("ReduceSum", "mask", int64(1), keepdims=1)
    summed = g("ReduceSum", found, int64(1), keepdims=0)
    pooled = g("Add", dense(summed, "cnn_W"), g("Mul", count, g.put(w["cnn_b"])))
    pooled = g("Div", pooled, g("Sqrt", count))
    y0 = g("Relu", dense(pooled, "d0"))
    y1 = g("Relu", g("Add", dense(pooled, "p1"), dense(y0, "d1")))
    y2 = g("Relu", dense(y1, "d2"))
    sentence = g("Tanh", g("Add", dense(y1, "p3"), dense(y2, "d3")), name="sentence")
    absent = g(
        "Mul",
        g("Sub", g.put(np.asarray(1.0, np.float32)), keep),
        g.put(np.asarray(30.0, np.float32)),
    )
    peak = g("ReduceMax", g("Sub", found, absent), axes=[1], keepdims=0)
    for layer in ("hidden", "heads"):
        part = getattr(model.encoder, layer)
        w[layer] = np.ascontiguousarray(part.weight.detach().numpy().T)
        w[f"{layer}_b"] = part.bias.detach().numpy()
    hidden = g("Relu", dense(g("Concat", sentence, peak, axis=1), "hidden", "hidden_b"))
    g("Add", g("MatMul", hidden, g.put(w["heads"])), g.put(w["heads_b"]), name="logits")
    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [
            helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["n", "t", 512]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["n", "t"]),
        ],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", w["heads"].shape[1]]),
            helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ["n", 512]),
        ],
        g.constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    made.ir_version = 9
    onnx.checker.check_model(made)
    return made


def quantised(made: onnx.ModelProto) -> bytes:
    """The graph with 8-bit weights per column and activations quantised as they come."""
    with tempfile.TemporaryDirectory() as folder:
        path, smaller = Path(folder, "encoder.onnx"), Path(folder, "encoder.int8.onnx")
        onnx.save(made, path)
        quantize_dynamic(path, smaller, per_channel=True, weight_type=QuantType.QInt8)
        return smaller.read_bytes()


def export(
    folder: Path,
    model: Model,
    tokeniser: bytes,
    linear: Linear,
    blend: npt.NDArray[np.float32],
    window_chars: int = WINDOW_CHARS,
) -> None:
    """Write a folder that `classifiers.model` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    table = model.table.weight.detach().numpy()[1:]
    steps = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127.0
    numbers = io.BytesIO()
    np.savez(
        numbers,
        steps=steps.astype(np.float16).astype(np.float32),
        blend=blend.astype(np.float32),
        scale=linear.scale,
        bias=linear.bias,
        rarity=linear.rarity,
    )
    whole = np.rint(table / steps.astype(np.float16).astype(np.float32)[:, None])
    files = {
        "table.npy": _npy(np.clip(whole, -127, 127).astype(np.int8)),
        "encoder.onnx": quantised(encoder_graph(model)),
        "tokeniser.model": tokeniser,
        "ngrams.npy": _npy(linear.weights),
        "numbers.npz": numbers.getvalue(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    description = {
        "version": 1,
        "labels": [head.value for head in HEADS],
        "window_chars": window_chars,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    (folder / "model.json").write_bytes(orjson.dumps(description, option=orjson.OPT_INDENT_2))


def _npy(array: npt.NDArray[Any]) -> bytes:
    data = io.BytesIO()
    np.save(data, array, allow_pickle=False)
    return data.getvalue()
