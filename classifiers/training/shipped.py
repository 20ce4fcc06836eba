"""The shipped model back in PyTorch, to be taught on from where it stands.

Its numbers are 8-bit, so what comes back is the shipped model and not the one it was made from.
Teaching goes on in floats; new pairs do not need the hours of the public sets again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx  # type: ignore[import-not-found]
import torch  # type: ignore[import-not-found]
from onnx import numpy_helper

from classifiers.training.export import encoder_graph
from classifiers.training.linear_fit import Linear
from classifiers.training.network import Model
from classifiers.training.pretrained import Base

Floats = npt.NDArray[np.float32]


def load_shipped(folder: Path, base: Base) -> Model:
    """The encoder and the table of an exported folder. Raises KeyError where a weight lacks."""
    model = Model(base)
    with np.load(folder / "numbers.npz", allow_pickle=False) as numbers:
        steps = numbers["steps"].astype(np.float32)
    table = np.load(folder / "table.npy", allow_pickle=False).astype(np.float32) * steps[:, None]
    stored = _constants(folder / "encoder.onnx")
    with torch.no_grad():
        model.table.weight[1:] = torch.from_numpy(table)
        for name, constant in _names(model).items():
            parameter = _parameter(model, name)
            value = torch.from_numpy(stored[constant].copy())
            parameter.copy_(value.T if name in ("hidden.weight", "heads.weight") else value)
    return model.eval()  # type: ignore[no-any-return]


def load_linear(folder: Path) -> Linear:
    """The n-gram half of an exported folder."""
    weights = np.load(folder / "ngrams.npy", allow_pickle=False)
    with np.load(folder / "numbers.npz", allow_pickle=False) as numbers:
        return Linear(weights, numbers["scale"], numbers["bias"], numbers["rarity"])


def _names(model: Model) -> dict[str, str]:
    """For each weight of the encoder, what its graph calls it.

    The graph names its constants in the order they are put in, so a graph of marked weights tells:
    each weight is filled with a number of its own and looked for among the constants.
    """
    marked = Model.__new__(Model)
    torch.nn.Module.__init__(marked)
    marked.encoder = _marked(model)
    constants = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in encoder_graph(marked).graph.initializer
    }
    found = {}
    for number, name in enumerate(_parameters(model)):
        mark = float(number + 1000)
        found[name] = next(
            constant
            for constant, array in constants.items()
            if array.dtype == np.float32 and array.size and (array == mark).all()
        )
    return found


def _marked(model: Model) -> torch.nn.Module:
    from classifiers.training.network import Encoder

    encoder = Encoder(None)
    with torch.no_grad():
        for number, name in enumerate(_parameters(model)):
            _of(encoder, name).fill_(float(number + 1000))
    return encoder


def _parameters(model: Model) -> list[str]:
    return [name for name, _ in model.encoder.named_parameters()]


def _parameter(model: Model, name: str) -> torch.Tensor:
    return _of(model.encoder, name)


def _of(encoder: torch.nn.Module, name: str) -> torch.Tensor:
    return dict(encoder.named_parameters())[name]


def _constants(path: Path) -> dict[str, Floats]:
    """The graph's constants as floats, by the names they had before they were quantised."""
    arrays = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer
    }
    found: dict[str, Floats] = {}
    for name, array in arrays.items():
        if name.endswith("_quantized"):
            stem = name.removesuffix("_quantized")
            zero = arrays[f"{stem}_zero_point"].astype(np.float32)
            found[stem] = (array.astype(np.float32) - zero) * arrays[f"{stem}_scale"]
        elif array.dtype == np.float32:
            found[name] = array
    return found
