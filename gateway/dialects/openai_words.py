"""The protocol's own words in OpenAI chat bodies: schema, not content, so nobody screens them.

Read off the types of the official `openai` package (3.54); a test holds the two together.
"""

from __future__ import annotations

KEYS = frozenset(
    {
        *("additionalProperties", "annotations", "arguments", "audio", "bytes", "choices", "code"),
        *("completion_tokens", "content", "created", "custom", "data", "delta", "description"),
        *("detail", "enum", "error", "file", "finish_reason", "format", "frequency_penalty"),
        *("function", "function_call", "functions", "id", "image_url", "include_usage", "index"),
        *("input_audio", "items", "json_schema", "logit_bias", "logprob", "logprobs", "message"),
        *("max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model"),
        *("n", "name", "object", "owned_by", "param", "parallel_tool_calls", "parameters"),
        *("prediction", "presence_penalty", "prompt_cache_key", "prompt_tokens", "properties"),
        *("reasoning", "reasoning_content", "reasoning_effort", "refusal", "required"),
        *("response_format", "role", "safety_identifier", "schema", "seed", "service_tier"),
        *("stop", "store", "stream", "stream_options", "strict", "system_fingerprint"),
        *("temperature", "text", "token", "tool_call_id", "tool_calls", "tool_choice", "tools"),
        *("top_logprobs", "top_p", "total_tokens", "transcript", "type", "url", "usage", "user"),
        *("verbosity", "web_search_options", "accepted_prediction_tokens", "audio_tokens"),
        *("cache_write_tokens", "cached_tokens", "completion_tokens_details", "image_tokens"),
        *("include_obfuscation", "obfuscation", "prompt_tokens_details", "reasoning_tokens"),
        *("rejected_prediction_tokens", "text_tokens", "end_index", "start_index", "title"),
        *("url_citation", "expires_at", "filename", "file_id", "file_data"),
    }
)

VALUES = frozenset(
    {
        *(
            ("object", word)
            for word in ("chat.completion", "chat.completion.chunk", "list", "model")
        ),
        *(("role", r) for r in ("system", "developer", "user", "assistant", "tool", "function")),
        *(
            ("finish_reason", reason)
            for reason in ("stop", "length", "tool_calls", "content_filter", "function_call")
        ),
        *(("type", kind) for kind in ("function", "text", "object", "string", "json_object")),
        *(("service_tier", tier) for tier in ("auto", "default", "flex", "priority")),
    }
)
"""(key, value) pairs that are grammar rather than speech."""

SWITCHES = frozenset({"api_base", "api_key", "base_url", "custom_llm_provider", "spec_path"})
"""Fields by which a caller could choose the endpoint (CVE-2024-6587)."""

MEDIA_PARTS = frozenset({"image_url", "input_audio", "file", "video_url", "audio_url", "image"})
"""Content parts that hold something other than text."""
