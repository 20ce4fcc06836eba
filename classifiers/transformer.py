"""`kind: transformer`: a Hugging Face checkpoint. The only module that imports torch.

Weights are read from safetensors and from nothing else, and no code of a checkpoint is ever run.
A text longer than the model reads at once is read in overlapping pieces, and the highest score of
any piece counts: nothing is truncated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
import transformers  # type: ignore[import-not-found]

from classifiers.batching import Batcher, BatchLimits
from classifiers.kinds import Options, Parts, Task, TransformerOptions, UnusableClassifier
from classifiers.remote import digest_of
from classifiers.scoring import Matrix, Side

_COMMIT = re.compile(r"[0-9a-f]{40}")
_CHARS_PER_TOKEN = 2
_STRIDE = 32
_MODELS = {
    Task.SEQUENCE: transformers.AutoModelForSequenceClassification,
    Task.TOKEN: transformers.AutoModelForTokenClassification,
}
_OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class _Pieces:
    """One text's token ids, in pieces that the model can read."""

    ids: tuple[tuple[int, ...], ...]


class Transformer:
    """A `Scorer` over a checkpoint."""

    def __init__(self, options: TransformerOptions) -> None:
        """Raises UnusableClassifier for a checkpoint that is not there, or not in safetensors."""
        self._task = options.task
        self._device = options.device
        self.digest = _digest(options)
        where = _where(options)
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(
                options.checkpoint, use_fast=True, **where
            )
            model = _MODELS[options.task].from_pretrained(
                options.checkpoint, use_safetensors=True, **where
            )
        except (OSError, ValueError) as error:
            raise UnusableClassifier(
                f"the checkpoint cannot be read ({type(error).__name__}); "
                "it needs config, tokenizer and weights in safetensors"
            ) from None
        if not self._tokenizer.is_fast:
            raise UnusableClassifier("its tokenizer is a slow one; save it as a fast one")
        torch.set_num_threads(options.threads)
        self._model = model.to(options.device).eval()
        config = model.config
        self._columns = _columns(config.id2label, options)
        self.labels = tuple(self._columns)
        if not self.labels:
            raise UnusableClassifier("no label is left; take some out of `ignore`")
        several = config.problem_type == "multi_label_classification" or config.num_labels == 1
        self._several = several and options.task is Task.SEQUENCE
        self._max_tokens = min(options.max_tokens, _positions(config, options.max_tokens))
        self.window_chars = _CHARS_PER_TOKEN * self._max_tokens

    def tokenise(self, texts: Sequence[str]) -> Sequence[object]:
        return [_Pieces(tuple(self._pieces(text))) for text in texts]

    def infer(self, tokens: Sequence[object], side: Side) -> Matrix:
        """The same for prompts and outputs: a checkpoint knows of no sides."""
        texts = [its for its in tokens if isinstance(its, _Pieces)]
        pieces = [piece for its in texts for piece in its.ids]
        scores = self._scores(pieces)
        ends = np.cumsum([len(its.ids) for its in texts])
        rows = [part.max(axis=0) for part in np.split(scores, ends[:-1])]
        return np.stack(rows).astype(np.float32)

    def _pieces(self, text: str) -> Iterator[tuple[int, ...]]:
        """Token ids with the marks a model wants around them, as often as the text is long."""
        given = self._tokenizer(
            text,
            truncation=True,
            max_length=self._max_tokens,
            stride=min(_STRIDE, self._max_tokens // 4),
            return_overflowing_tokens=True,
        )
        return map(tuple, given["input_ids"])

    def _scores(self, pieces: Sequence[tuple[int, ...]]) -> Matrix:
        width = max(map(len, pieces))
        pad = self._tokenizer.pad_token_id or 0
        ids = torch.full((len(pieces), width), pad, device=self._device)
        mask = torch.zeros((len(pieces), width), dtype=torch.long, device=self._device)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece)] = torch.tensor(piece)
            mask[row, : len(piece)] = 1
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask).logits.float()
        chances = torch.sigmoid(logits) if self._several else torch.softmax(logits, dim=-1)
        if self._task is Task.TOKEN:
            chances = chances.masked_fill(mask[..., None] == 0, 0.0).amax(dim=1)
        found = chances.cpu().numpy()
        # A label of several columns (B- and I-) is as likely as the likelier of them.
        return np.stack([found[:, its].max(axis=1) for its in self._columns.values()], axis=1)


def _columns(names: Mapping[int, str], options: TransformerOptions) -> dict[str, list[int]]:
    """For each label that means something, the columns of the model's scores that say so."""
    columns: dict[str, list[int]] = {}
    for column, given in sorted(names.items()):
        name = given
        if options.task is Task.TOKEN:
            name = re.sub(r"^[BIESLU]-", "", given)
        if name not in options.ignore and not (options.task is Task.TOKEN and name == _OUTSIDE):
            columns.setdefault(name, []).append(int(column))
    return columns


def _positions(config: object, otherwise: int) -> int:
    """How many tokens a model has places for; RoBERTa's kind keeps two of them to itself."""
    places = getattr(config, "max_position_embeddings", None)
    return places - 2 if isinstance(places, int) and places > 2 else otherwise


def _where(options: TransformerOptions) -> dict[str, object]:
    where: dict[str, object] = {"trust_remote_code": False}
    if Path(options.checkpoint).is_dir():
        return {**where, "local_files_only": True}
    if options.revision is None or not _COMMIT.fullmatch(options.revision):
        raise UnusableClassifier(
            f"{options.checkpoint} is no folder, and a name on the hub needs `revision`, "
            "the 40 digits of a commit"
        )
    return {**where, "revision": options.revision}


def _digest(options: TransformerOptions) -> str:
    """Of a folder's files, or of a name and its commit, which stands for them."""
    folder = Path(options.checkpoint)
    if not folder.is_dir():
        return digest_of("transformer", options.checkpoint, options.revision or "")
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".safetensors", ".txt", ".model"):
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{total.hexdigest()}"


def build(name: str, options: Options, parts: Parts) -> Batcher:
    """Load and warm up. Takes seconds."""
    if not isinstance(options, TransformerOptions):
        raise TypeError("options of another kind: this is a bug")
    scorer = Transformer(options)
    scorer.infer(scorer.tokenise(["warm", "热身"]), Side.PROMPT)
    limits = BatchLimits(threads=1, chars=parts.limits.chars, texts=parts.limits.texts)
    return Batcher(scorer, name, limits, parts.observer)
