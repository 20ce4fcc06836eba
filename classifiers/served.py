"""`kind: http`: a sequence classifier on a server of its own, in one of three shapes.

tei     Text Embeddings Inference: POST {url}/predict
triton  Triton, and whatever else speaks KServe v2: POST {url}/v2/models/{model}/infer
ray     stoplog's own shape, for Ray Serve: POST {url} with {"texts", "side"}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from classifiers import kinds
from classifiers.kinds import HttpOptions, Options, Parts
from classifiers.remote import Wire, digest_of
from classifiers.scoring import BackendFault, Scores, Side
from classifiers.types import FailureReason

_Score = Annotated[float, Field(ge=0.0, le=1.0)]
_MOST_AT_ONCE = 32


class _Prediction(BaseModel):
    model_config = ConfigDict(strict=True)
    label: str
    score: _Score


class _Tensor(BaseModel):
    model_config = ConfigDict(strict=True)
    name: str
    datatype: Literal["FP32", "FP64"]
    shape: list[int]
    data: list[_Score]


class _Inferred(BaseModel):
    model_config = ConfigDict(strict=True)
    outputs: list[_Tensor]


class _Scored(BaseModel):
    model_config = ConfigDict(strict=True)
    labels: list[str]
    scores: list[list[_Score]]


_PREDICTIONS = TypeAdapter(list[list[_Prediction]])
_INFERRED = TypeAdapter(_Inferred)
_SCORED = TypeAdapter(_Scored)


class Asking(Protocol):
    """One shape of question and answer."""

    async def rows(self, wire: Wire, texts: Sequence[str], side: Side) -> list[Scores]: ...


class Tei:
    """Every label is asked for by name; one that is missing is a fault, one too many is not."""

    def __init__(self, options: HttpOptions) -> None:
        self._labels = options.labels

    async def rows(self, wire: Wire, texts: Sequence[str], side: Side) -> list[Scores]:
        # A list of texts in brackets of their own: a bare pair would be one text and its partner.
        question = {"inputs": [[text] for text in texts], "truncate": False, "raw_scores": False}
        answer = await wire.ask("/predict", question, _PREDICTIONS)
        return [by_name({p.label: p.score for p in row}, self._labels) for row in answer]


class Triton:
    """Texts as one tensor of bytes, scores as one tensor of floats."""

    def __init__(self, options: HttpOptions) -> None:
        self._path = f"/v2/models/{quote(options.model, safe='')}/infer"
        self._input = options.text_input
        self._output = options.scores_output
        self._labels = options.labels

    async def rows(self, wire: Wire, texts: Sequence[str], side: Side) -> list[Scores]:
        tensor = {"name": self._input, "shape": [len(texts), 1], "datatype": "BYTES"}
        question: Mapping[str, Any] = {
            "inputs": [{**tensor, "data": list(texts)}],
            "outputs": [{"name": self._output}],
        }
        answer = await wire.ask(self._path, question, _INFERRED)
        found = [output for output in answer.outputs if output.name == self._output]
        width = len(self._labels)
        if len(found) != 1 or found[0].shape != [len(texts), width]:
            raise BackendFault(FailureReason.MALFORMED, "shape")
        data = found[0].data
        if len(data) != len(texts) * width:
            raise BackendFault(FailureReason.MALFORMED, "count")
        return [tuple(data[at : at + width]) for at in range(0, len(data), width)]


class Ray:
    """Our own shape, which `stoplog classify serve` answers."""

    def __init__(self, options: HttpOptions) -> None:
        self._labels = options.labels

    async def rows(self, wire: Wire, texts: Sequence[str], side: Side) -> list[Scores]:
        answer = await wire.ask("", {"texts": list(texts), "side": side.value}, _SCORED)
        width = len(answer.labels)
        if any(len(row) != width for row in answer.scores):
            raise BackendFault(FailureReason.MALFORMED, "shape")
        rows = (dict(zip(answer.labels, row, strict=True)) for row in answer.scores)
        return [by_name(row, self._labels) for row in rows]


def by_name(scores: Mapping[str, float], labels: Sequence[str]) -> Scores:
    """A row in our order. Raises BackendFault where a label has no score."""
    try:
        return tuple(scores[label] for label in labels)
    except KeyError:
        raise BackendFault(FailureReason.MALFORMED, "label") from None


_SHAPES: Mapping[kinds.Protocol, type[Tei | Triton | Ray]] = {
    kinds.Protocol.TEI: Tei,
    kinds.Protocol.TRITON: Triton,
    kinds.Protocol.RAY: Ray,
}


class Served:
    """A `Backend` over one of the shapes."""

    def __init__(self, name: str, options: HttpOptions, parts: Parts) -> None:
        self.labels = options.labels
        self.window_chars = options.window_chars
        described = options.protocol.value, options.model, *options.labels
        self.digest = digest_of("http", *described)
        self._asking: Asking = _SHAPES[options.protocol](options)
        self._wire = Wire(name, options.server, parts)

    async def score(self, texts: Sequence[str], side: Side) -> list[Scores]:
        rows: list[Scores] = []
        for start in range(0, len(texts), _MOST_AT_ONCE):
            some = texts[start : start + _MOST_AT_ONCE]
            found = await self._asking.rows(self._wire, some, side)
            if len(found) != len(some):
                raise BackendFault(FailureReason.MALFORMED, "count")
            rows += found
        return rows


def build(name: str, options: Options, parts: Parts) -> Served:
    if not isinstance(options, HttpOptions):
        raise TypeError("options of another kind: this is a bug")
    return Served(name, options, parts)
