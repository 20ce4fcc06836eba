"""The words that pass unread are those of the official SDKs' types, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anthropic.types as anthropic
import ollama._types as ollama
import openai.types.responses as responses
import pytest
from anthropic.types.message_create_params import MessageCreateParamsBase
from google.genai import types as google
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from sdk_types import keys_of, words_of

from gateway.dialects import anthropic_words, gemini_words, ollama_words, responses_words

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Listed:
    """A dialect's lists, the types that they are read off, and what is listed beside those."""

    name: str
    keys: frozenset[str]
    values: Pairs
    types: tuple[Any, ...]
    more_keys: frozenset[str]
    more_values: Pairs = frozenset()
    known: tuple[Any, ...] = ()
    """Types whose words may be listed, and need not be."""

    def __str__(self) -> str:
        return self.name


LISTED = [
    Listed(
        "anthropic",
        anthropic_words.KEYS,
        anthropic_words.VALUES,
        (
            anthropic.Message,
            anthropic.RawMessageStreamEvent,
            MessageCreateParamsBase,
            anthropic.MessageCountTokensParams,
        ),
        frozenset({"request_id", "stream"}),
    ),
    Listed(
        "responses",
        responses_words.KEYS,
        responses_words.VALUES,
        (responses.Response, responses.ResponseStreamEvent, ResponseCreateParamsBase),
        frozenset({"stream"}),
    ),
    Listed(
        "gemini",
        gemini_words.KEYS,
        gemini_words.VALUES,
        (google.GenerateContentResponse, google.Content),
        frozenset({"generationConfig", "status"}),
        known=(google.GenerateContentConfig, google._GenerateContentParameters),
    ),
    Listed(
        "ollama",
        ollama_words.KEYS,
        ollama_words.VALUES,
        (
            ollama.ChatRequest,
            ollama.ChatResponse,
            ollama.GenerateRequest,
            ollama.GenerateResponse,
            ollama.ListResponse,
            ollama.ShowResponse,
        ),
        # From its API reference: its types leave these open.
        frozenset(
            {"bytes", "error", "projector_info", "remaining", "tensors", "verbose", "version"}
        ),
        frozenset(
            {
                *(("role", role) for role in ("system", "user", "assistant", "tool")),
                *(("done_reason", why) for why in ("stop", "length", "load", "unload")),
                *(("type", kind) for kind in ("function", "string")),
            }
        ),
    ),
]
every_list = pytest.mark.parametrize("listed", LISTED, ids=str)


@every_list
def test_what_an_sdk_names_is_never_taken_for_speech(listed: Listed) -> None:
    """Each field of its types, and each word that a field is limited to."""
    words = {pair for pair in words_of(*listed.types) if pair[1]}

    assert set() == keys_of(*listed.types) - listed.keys
    assert set() == words - listed.values


@every_list
def test_nothing_passes_unread_that_no_sdk_names(listed: Listed) -> None:
    """A word on the lists by mistake would be a hole."""
    kinds = (*listed.types, *listed.known)

    assert listed.more_keys == listed.keys - keys_of(*kinds)
    assert listed.more_values == listed.values - words_of(*kinds)
