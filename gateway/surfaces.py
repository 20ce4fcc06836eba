"""The surfaces there are, and the routes of each. Only those that the settings name are open."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gateway.advice.dify import DifyModeration
from gateway.advice.litellm import LiteLLMGuardrail
from gateway.advice.moderations import Moderations
from gateway.advice.portkey import PortkeyWebhook
from gateway.advice.presidio import PresidioAnalyze
from gateway.dialects import gemini
from gateway.dialects.anthropic_count import AnthropicCountTokens
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.dialect import Dialect
from gateway.dialects.ollama import OllamaChat, OllamaGenerate, OllamaShow
from gateway.dialects.openai_audio import OpenAISpeech, OpenAITranscription
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_embeddings import OpenAIEmbeddings
from gateway.dialects.openai_images import OpenAIImages
from gateway.dialects.openai_models import OpenAIModels
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.routes import Route, Routes, always
from gateway.settings import Surface

_ANTHROPIC = tuple(
    Route("POST", path, always(dialect), query)
    for query in ("", "beta=true")
    for path, dialect in (
        ("/v1/messages", AnthropicMessages()),
        ("/v1/messages/count_tokens", AnthropicCountTokens()),
    )
)
"""As its SDK asks for them: the beta client marks its paths."""
_OLLAMA = (
    Route("POST", "/api/chat", always(OllamaChat())),
    Route("POST", "/api/generate", always(OllamaGenerate())),
    Route("POST", "/api/show", always(OllamaShow())),
    Route("GET", "/api/tags", always(OllamaShow())),
    Route("GET", "/api/version", always(OllamaShow())),
)
_GEMINI = tuple(
    route
    for base in ("/v1/models/{model}", "/v1beta/models/{model}")
    for route in (
        Route("POST", f"{base}:generateContent", gemini.Gemini),
        Route("POST", f"{base}:streamGenerateContent", gemini.streaming, query="alt=sse"),
        Route("POST", f"{base}:streamGenerateContent", gemini.streaming_array),
    )
)
"""In both versions of the API: which one its SDK asks for differs by release."""

ROUTES: Mapping[Surface, tuple[Route, ...]] = {
    Surface.OPENAI_CHAT: (Route("POST", "/v1/chat/completions", always(OpenAIChat())),),
    Surface.OPENAI_COMPLETIONS: (Route("POST", "/v1/completions", always(OpenAICompletions())),),
    Surface.OPENAI_RESPONSES: (Route("POST", "/v1/responses", always(OpenAIResponses())),),
    Surface.ANTHROPIC: _ANTHROPIC,
    Surface.OLLAMA: _OLLAMA,
    Surface.GEMINI: _GEMINI,
    Surface.OPENAI_MODELS: (Route("GET", "/v1/models", always(OpenAIModels())),),
    Surface.OPENAI_EMBEDDINGS: (Route("POST", "/v1/embeddings", always(OpenAIEmbeddings())),),
    Surface.OPENAI_IMAGES: (Route("POST", "/v1/images/generations", always(OpenAIImages())),),
    Surface.OPENAI_AUDIO: (
        Route("POST", "/v1/audio/speech", always(OpenAISpeech())),
        Route("POST", "/v1/audio/transcriptions", always(OpenAITranscription())),
        Route("POST", "/v1/audio/translations", always(OpenAITranscription())),
    ),
    Surface.OPENAI_MODERATIONS: (Route("POST", "/v1/moderations", always(Moderations())),),
    Surface.ADVICE_LITELLM: (
        Route("POST", "/beta/litellm_basic_guardrail_api", always(LiteLLMGuardrail())),
    ),
    Surface.ADVICE_DIFY: (Route("POST", "/dify/moderation", always(DifyModeration())),),
    Surface.ADVICE_PORTKEY: (Route("POST", "/portkey/guardrail", always(PortkeyWebhook())),),
    Surface.ADVICE_PRESIDIO: (Route("POST", "/analyze", always(PresidioAnalyze())),),
}

_REFUSING: Mapping[str, Dialect] = {
    "": OpenAIChat(),
    "/v1/messages": AnthropicMessages(),
    "/api": OllamaChat(),
    "/v1beta": gemini.Gemini(""),
    "/ws": gemini.Gemini(""),
}
"""In whose words paths are refused that are on no route, by their beginning."""

_BOTH_WAYS = "speech and events in both directions at once cannot be screened here"
_STORED = "text that is stored elsewhere passes there, and cannot be screened here"
_NEVER: Mapping[str, str] = {
    "/v1/realtime": _BOTH_WAYS,
    "/ws": _BOTH_WAYS,
    "/v1/assistants": _STORED,
    "/v1/threads": _STORED,
    "/v1/conversations": _STORED,
    "/v1/vector_stores": _STORED,
    "/v1/fine_tuning": "what a model learns from a file cannot be screened here",
    "/v1/batches": "prompts in files are not screened here; send them one by one",
    "/v1/files": "what files hold is not screened here; send text in requests",
    "/v1/uploads": "what files hold is not screened here; send text in requests",
    "/v1/messages/batches": "prompts in batches are not screened here; send them one by one",
    "/v1/videos": "nothing here can see what a video shows",
}
"""Paths that a known client may ask for, and why no setting opens them."""


def routes(surfaces: Collection[Surface]) -> Routes:
    """The routes of the surfaces that are open, and the reasons why others are not."""
    shut = {
        route.path: f"the surface `{surface}` is closed; name it under `surfaces` to open it"
        for surface, its in ROUTES.items()
        for route in its
        if surface not in surfaces
    }
    opened = [route for surface, its in ROUTES.items() if surface in surfaces for route in its]
    return Routes(opened, {**_NEVER, **shut}, _REFUSING)
