"""The protocol's own words in Ollama bodies: schema, not content, so nobody screens them.

Read off the types of the official `ollama` package (0.6); a test holds the two together.
"""

from __future__ import annotations

KEYS = frozenset(
    """
    $defs arguments bytes capabilities completed content context created_at description details
    digest done done_reason embedding_only enum error eval_count eval_duration f16_kv families
    family format frequency_penalty function height image images items keep_alive license
    load_duration logits_all logprob logprobs low_vram main_gpu message messages mirostat
    mirostat_eta mirostat_tau model model_info modelfile models modified_at name num_batch num_ctx
    num_gpu num_keep num_predict num_thread numa options parameter_size parameters parent_model
    penalize_newline presence_penalty projector_info prompt prompt_eval_count prompt_eval_duration
    properties quantization_level raw remaining repeat_last_n repeat_penalty required response role
    seed size steps stop stream suffix system temperature template tensors tfs_z think thinking
    token tool_calls tool_name tools top_k top_logprobs top_p total total_duration type typical_p
    use_mlock use_mmap value verbose version vocab_only width
    """.split()
)

_WORDS = {
    "role": "system user assistant tool",
    "done_reason": "stop length load unload",
    "format": "json",
    "type": "function object string",
}
VALUES = frozenset((key, word) for key, words in _WORDS.items() for word in words.split())
"""(key, value) pairs that are grammar rather than speech."""
