"""The bundled bilingual model: an encoder on ONNX Runtime and a linear model over n-grams.

A folder holds the model: `model.json`, which names every other file with its SHA-256, the pieces'
embeddings (8-bit, read where they lie on disk), the encoder, the tokeniser, the n-gram weights.
Nothing in it is unpickled. The two halves' logits are blended per output. Whatever text comes in is
folded first, so spellings that the fold undoes make no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
import orjson
import sentencepiece as spm
from numpy.typing import NDArray

from classifiers.ngrams import Buckets, NgramModel, buckets_of
from classifiers.reading import plain_text
from classifiers.registry import BUNDLED, CALIBRATION
from classifiers.scoring import Matrix, Side

_DESCRIPTION = "model.json"
_TABLE, _ENCODER, _TOKENISER, _NGRAMS = (
    "table.npy",
    "encoder.onnx",
    "tokeniser.model",
    "ngrams.npy",
)
_NUMBERS = "numbers.npz"
_FILES = frozenset({_TABLE, _ENCODER, _TOKENISER, _NGRAMS, _NUMBERS})
_SIDES = tuple(Side)
_TOKENS = 1024
"""Tokens, padding included, that the encoder is given at once: more do not fit the caches."""
_WARM_UP = "A first text wakes the model. 先用一句话让模型热起来。"


class ModelError(ValueError):
    """A model folder that cannot be used. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Description:
    """What `model.json` says."""

    labels: tuple[str, ...]
    """In the order of the outputs, which are all of the prompt side and then of the output side."""
    window_chars: int
    files: Mapping[str, str]
    """SHA-256 by name."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text as the model takes it."""

    ids: NDArray[np.int32]
    buckets: Buckets


class BundledModel:
    """Scores texts; a `Scorer` and an `Encoder`. Any number of threads may use one at a time."""

    def __init__(self, folder: Path = BUNDLED, threads: int = 1) -> None:
        """Read, check and warm up the model in `folder`. Raises ModelError.

        `threads`: of one batch. One is best where batches run beside each other.
        """
        self._folder = folder
        described = _read(folder / _DESCRIPTION)
        self._description = _description(described)
        self.digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
        _check(folder, self._description.files)
        self._tokeniser = spm.SentencePieceProcessor(model_file=str(folder / _TOKENISER))
        self._table = _mapped(folder / _TABLE)
        with np.load(folder / _NUMBERS, allow_pickle=False) as numbers:
            self._steps = numbers["steps"].astype(np.float32)
            self._blend: Matrix = numbers["blend"].astype(np.float32)
            self._ngrams = NgramModel(
                _mapped(folder / _NGRAMS), numbers["scale"], numbers["bias"], numbers["rarity"]
            )
        self._outputs = len(_SIDES) * len(self.labels)
        if self._blend.shape != (3, self._outputs) or len(self._table) != len(self._steps):
            raise ModelError(f"{folder.name}: its parts do not fit together")
        self._session = _session(folder / _ENCODER, threads)
        self.infer(self.tokenise([_WARM_UP]), Side.PROMPT)

    @property
    def labels(self) -> tuple[str, ...]:
        return self._description.labels

    @property
    def window_chars(self) -> int:
        return self._description.window_chars

    @cached_property
    def calibration(self) -> Path:
        """The calibration made with this model."""
        return self._folder / CALIBRATION

    @property
    def blend(self) -> Matrix:
        """Weights of the halves' logits and a shift, [3, outputs]."""
        return self._blend

    def tokenise(self, texts: Sequence[str]) -> list[Pieces]:
        """Each text folded, as pieces and as n-grams. Never truncated."""
        folded = [plain_text(text) for text in texts]
        encoded = self._tokeniser.encode([_encodable(text) for text in folded], out_type=int)
        return [
            Pieces(np.asarray(ids, np.int32), buckets_of(text, self._ngrams.bits))
            for ids, text in zip(encoded, folded, strict=True)
        ]

    def infer(self, tokens: Sequence[object], side: Side) -> Matrix:
        """Scores [texts, labels] of the pieces that `tokenise` made."""
        pieces = [item for item in tokens if isinstance(item, Pieces)]
        if len(pieces) != len(tokens):
            raise TypeError("infer takes what tokenise gave")
        encoded, _ = self._encoded(pieces)
        logits = self._blended(encoded, pieces)
        start = _SIDES.index(side) * len(self.labels)
        return _sigmoid(logits[:, start : start + len(self.labels)])

    def score(self, texts: Sequence[str], side: Side) -> Matrix:
        """Scores [texts, labels], each text read whole."""
        return self.infer(self.tokenise(texts), side)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Unit vectors [texts, 512]: near each other where texts mean the same."""
        _, sentences = self._encoded(self.tokenise(texts))
        length = np.linalg.norm(sentences, axis=1, keepdims=True)
        unit: Matrix = sentences / np.maximum(length, 1e-9)
        return unit

    def halves(self, texts: Sequence[str]) -> tuple[Matrix, Matrix]:
        """Logits [texts, outputs] of the encoder and of the n-grams, unblended."""
        pieces = self.tokenise(texts)
        return self._encoded(pieces)[0], self._counted(pieces)

    def _blended(self, encoded: Matrix, pieces: Sequence[Pieces]) -> Matrix:
        of_encoder, of_ngrams, shift = self._blend
        blended: Matrix = encoded * of_encoder + self._counted(pieces) * of_ngrams + shift
        return blended

    def _counted(self, pieces: Sequence[Pieces]) -> Matrix:
        counted = np.zeros((len(pieces), self._outputs), np.float32)
        for at, piece in enumerate(pieces):
            counted[at] = self._ngrams.logits(piece.buckets)
        return counted

    def _encoded(self, pieces: Sequence[Pieces]) -> tuple[Matrix, Matrix]:
        """Logits [texts, outputs] and sentence embeddings [texts, 512]."""
        logits = np.zeros((len(pieces), self._outputs), np.float32)
        sentences = np.zeros((len(pieces), self._table.shape[1]), np.float32)
        for batch in _batches(pieces):
            embedded, mask = self._embedded([pieces[at].ids for at in batch])
            given = {"embedded": embedded, "mask": mask}
            logits[batch], sentences[batch] = self._session.run(["logits", "sentence"], given)
        return logits, sentences

    def _embedded(self, rows: Sequence[NDArray[np.int32]]) -> tuple[Matrix, Matrix]:
        longest = max(1, *map(len, rows))
        embedded = np.zeros((len(rows), longest, self._table.shape[1]), np.float32)
        mask = np.zeros((len(rows), longest), np.float32)
        for at, ids in enumerate(rows):
            np.multiply(self._table[ids], self._steps[ids, None], out=embedded[at, : len(ids)])
            mask[at, : len(ids)] = 1.0
        mask[:, 0] = 1.0  # an empty text is one blank token
        return embedded, mask


def _batches(pieces: Sequence[Pieces]) -> Iterator[list[int]]:
    """Texts alike in length together, so that little is padding."""
    order = iter(sorted(range(len(pieces)), key=lambda at: len(pieces[at].ids), reverse=True))
    for first in order:
        room = max(1, _TOKENS // max(1, len(pieces[first].ids)))
        yield [first, *islice(order, room - 1)]


def _encodable(text: str) -> str:
    """Without lone surrogates, which UTF-8 has no place for; the fold drops most."""
    return text.encode("utf-8", "replace").decode()


def _session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _sigmoid(logits: Matrix) -> Matrix:
    scores: Matrix = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.clip(logits, -30.0, 30.0)))
    return scores.astype(np.float32)


def _mapped(path: Path) -> NDArray[np.int8]:
    array: NDArray[np.int8] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror})") from None


def _description(data: bytes) -> Description:
    try:
        value = orjson.loads(data)
        version, labels = value["version"], tuple(map(str, value["labels"]))
        files = {str(name): str(digest) for name, digest in value["files"].items()}
        described = Description(labels, int(value["window_chars"]), files)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{_DESCRIPTION} does not describe a model ({error})") from None
    if version != 1 or files.keys() != _FILES:
        names = ", ".join(sorted(_FILES))
        raise ModelError(f"{_DESCRIPTION} does not describe a model (version 1, with {names})")
    return described


def _check(folder: Path, files: Mapping[str, str]) -> None:
    for name, digest in files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"{name} cannot be read ({error.strerror})") from None
        if found != digest:
            raise ModelError(f"{name} is not the file that {_DESCRIPTION} names: wrong SHA-256")
