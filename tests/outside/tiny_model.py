"""A chat model of some thirty thousand weights, made on the spot for a real server to serve.

Run with an interpreter that has torch and transformers: `python tiny_model.py FOLDER`. It knows
bytes, and says lower-case letters and spaces without a meaning.
"""

from __future__ import annotations

import string
import sys
from pathlib import Path

import torch  # type: ignore[import-not-found]
import transformers  # type: ignore[import-not-found]
from tokenizers import (  # type: ignore[import-not-found]
    Tokenizer,
    decoders,
    models,
    pre_tokenizers,
)

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "
SPACE = "Ġ"
"""How a byte-level alphabet writes a space."""


def make(folder: Path) -> None:
    torch.manual_seed(7)
    words = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=numbers, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    model = transformers.LlamaForCausalLM(config)
    said = {numbers[letter] for letter in string.ascii_lowercase} | {numbers[SPACE]}
    model.generation_config.suppress_tokens = sorted(set(numbers.values()) - said)
    model.generation_config.do_sample = False
    model.save_pretrained(folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
