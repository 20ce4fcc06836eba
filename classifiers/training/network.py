"""The encoder in PyTorch, trainable: Universal Sentence Encoder's convolutions, and our heads.

Token embeddings are projected and read by convolutions two, three and five tokens wide; their
features, summed over the text, go through a small residual network as in the base. Beside that sum
we take each feature's maximum over the text: a single telling phrase is lost in a sum and stands
out in a maximum. A hidden layer reads both, and two sets of heads, for prompts and for outputs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch  # type: ignore[import-not-found]
import torch.nn.functional as F  # type: ignore[import-not-found]  # noqa: N812
from torch import Tensor, nn

from classifiers.heads import HEADS, SIDES
from classifiers.training.pretrained import Base

OUTPUTS = len(SIDES) * len(HEADS)
_ORDERS = ((2, 0), (3, 1), (5, 2))
"""Width of a convolution and how many tokens before the current one it sees."""
_FEATURES = 1280
_HIDDEN = 256


class Encoder(nn.Module):  # type: ignore[misc]
    """From token embeddings `[texts, tokens, 512]` and a mask `[texts, tokens]` to logits."""

    def __init__(self, base: Base | None, drop: float = 0.15) -> None:
        super().__init__()
        encoder = base.encoder if base else _blank()
        self.eps = float(encoder["eps"])
        self.weights = nn.ParameterDict(
            {
                name: nn.Parameter(torch.from_numpy(array.copy()))
                for name, array in encoder.items()
                if name != "eps"
            }
        )
        self.drop = nn.Dropout(drop)
        self.hidden = nn.Linear(512 + _FEATURES, _HIDDEN)
        self.heads = nn.Linear(_HIDDEN, OUTPUTS)

    def forward(self, embedded: Tensor, mask: Tensor) -> Tensor:
        sentence, peak = self.encode(embedded, mask)
        hidden = F.relu(self.hidden(self.drop(torch.cat([sentence, peak], -1))))
        logits: Tensor = self.heads(self.drop(hidden))
        return logits

    def encode(self, embedded: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The sentence embedding of the base `[texts, 512]`, and each feature's maximum."""
        w = self.weights
        keep = mask.unsqueeze(-1).to(embedded.dtype)
        embedded = embedded * keep
        features = [embedded]
        for width, before in _ORDERS:
            x = embedded @ w[f"proj{width}"] + w[f"proj_b{width}"]
            x = F.layer_norm(x, (256,), w[f"ln_g{width}"], w[f"ln_b{width}"], self.eps) * keep
            h = (self._convolved(x, "1", width, before) + x) * keep
            features.append(self._convolved(h, "2", width, before) + h)
        found = torch.cat(features, -1)
        found = F.layer_norm(found, (_FEATURES,), w["ln_g"], w["ln_b"], self.eps) * keep
        length = mask.sum(1, keepdim=True).to(embedded.dtype)
        pooled = (found.sum(1) @ w["cnn_W"] + length * w["cnn_b"]) / length.sqrt()
        y0 = F.relu(pooled @ w["d0"])
        y1 = F.relu(pooled @ w["p1"] + y0 @ w["d1"])
        y2 = F.relu(y1 @ w["d2"])
        sentence = torch.tanh(y1 @ w["p3"] + y2 @ w["d3"])
        peak = (found - (1.0 - keep) * 30.0).amax(1)
        return sentence, peak

    def _convolved(self, x: Tensor, layer: str, width: int, before: int) -> Tensor:
        wide = F.pad(x, (0, 0, before, width - 1 - before))
        beside = torch.cat([wide[:, at : at + x.shape[1]] for at in range(width)], -1)
        w = self.weights
        return F.relu(beside @ w[f"w{layer}_{width}"] + w[f"b{layer}_{width}"])


class Model(nn.Module):  # type: ignore[misc]
    """The encoder with its table of pieces; index 0 of the table is padding."""

    def __init__(self, base: Base) -> None:
        super().__init__()
        padded = np.vstack([np.zeros((1, 512), np.float32), base.table])
        self.table = nn.Embedding.from_pretrained(
            torch.from_numpy(padded), freeze=False, sparse=True
        )
        self.encoder = Encoder(base)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits `[texts, sides * heads]` of ids `[texts, tokens]`, 0 where there is no token."""
        logits: Tensor = self.encoder(self.table(ids), ids != 0)
        return logits


def _blank() -> dict[str, npt.NDArray[np.float32]]:
    """Arrays of the right shapes, for an encoder whose weights are loaded afterwards."""
    shapes: dict[str, tuple[int, ...]] = {"ln_g": (1280,), "ln_b": (1280,)}
    for width, _ in _ORDERS:
        shapes |= {
            f"proj{width}": (512, 256),
            f"proj_b{width}": (256,),
            f"ln_g{width}": (256,),
            f"ln_b{width}": (256,),
            f"w1_{width}": (width * 256, 256),
            f"b1_{width}": (256,),
            f"w2_{width}": (width * 256, 256),
            f"b2_{width}": (256,),
        }
    shapes |= {"cnn_W": (1280, 512), "cnn_b": (512,), "d0": (512, 320), "d1": (320, 320)}
    shapes |= {"p1": (512, 320), "d2": (320, 512), "p3": (320, 512), "d3": (512, 512)}
    arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return arrays | {"eps": np.asarray(1e-6, np.float32)}


def padded(rows: list[list[int]]) -> npt.NDArray[np.int64]:
    """Ids as one array; piece `n` is row `n + 1`, for row 0 is padding."""
    length = max(1, max(map(len, rows), default=1))
    ids = np.zeros((len(rows), length), np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = np.asarray(row, np.int64) + 1
    return ids
