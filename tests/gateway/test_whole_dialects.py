"""Whole bodies of every dialect: no string or key of a request or an answer is left unread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest
import vendors
from canaries import objects, places, planted
from fates import ACTIVE, answered, asked
from vendors import JSON, Turn

from classifiers.types import Role, Segment
from gateway.dialects import gemini
from gateway.dialects.anthropic_count import AnthropicCountTokens
from gateway.dialects.anthropic_messages import AnthropicMessages
from gateway.dialects.dialect import Dialect, Limits
from gateway.dialects.ollama import OllamaChat, OllamaGenerate
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.openai_completions import OpenAICompletions
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.readings import last_said
from gateway.screen import screen
from gateway.seams import Around
from policies.types import Action, Direction

WORD = "forbiddenword"
ID_CARD = "11010519491231002X"
ANSWER = Segment("denword and more", Role.ASSISTANT, ("text",))
SCHEMA = {
    "type": "object",
    "title": "Query",
    "properties": {"q": {"type": "string", "description": "What to look for", "enum": ["a", "b"]}},
    "required": ["q"],
}
TURN = Turn(["The weather is fine."], ["Let me think."], "search", ['{"query": "a \\n"}'])


@dataclass(frozen=True)
class Whole:
    """A dialect, a request that fills the fields people write in, and an answer that does."""

    name: str
    dialect: Dialect
    request: JSON
    answer: JSON

    def __str__(self) -> str:
        return self.name


CHAT_REQUEST: JSON = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "hi"}]},
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "so",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "search", "arguments": '{"q": "x"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "search", "description": "Looks", "parameters": SCHEMA},
        }
    ],
    "stop": ["END"],
    "user": "u",
    "metadata": {"team": "a"},
}
CHAT_ANSWER: JSON = {
    **vendors.chat_whole(TURN),
    "choices": [
        {
            "index": index,
            "message": {
                "role": "assistant",
                "content": "The weather is fine.",
                "reasoning_content": "Let me think.",
                "refusal": None,
                "tool_calls": CHAT_REQUEST["messages"][2]["tool_calls"],
                "annotations": [
                    {"type": "url_citation", "url_citation": {"title": "t", "url": "https://a.b"}}
                ],
            },
            "logprobs": {"content": [{"token": "The", "logprob": -1.0, "top_logprobs": []}]},
            "finish_reason": "stop",
        }
        for index in range(2)
    ],
}
COMPLETIONS_REQUEST: JSON = {
    "model": "m",
    "prompt": ["Once", "Twice"],
    "suffix": "The end.",
    "stop": ["END"],
    "user": "u",
}
COMPLETIONS_ANSWER: JSON = {
    **vendors.completion_whole(TURN),
    "choices": [
        {
            "index": 0,
            "text": "The weather is fine.",
            "finish_reason": "stop",
            "logprobs": {
                "tokens": ["The"],
                "token_logprobs": [-1.0],
                "top_logprobs": [{"The": -1.0}],
                "text_offset": [0],
            },
        }
    ],
}
RESPONSES_REQUEST: JSON = {
    "model": "m",
    "instructions": "Be kind.",
    "input": [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"role": "user", "content": "and more"},
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "so"}]},
        {
            "type": "message",
            "id": "m1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "yes", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c1", "name": "search", "arguments": '{"q": "x"}'},
        {"type": "function_call_output", "call_id": "c1", "output": "found"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "sh", "input": "ls"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "a b"},
    ],
    "tools": [{"type": "function", "name": "search", "description": "Looks", "parameters": SCHEMA}],
    "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}},
    "metadata": {"team": "a"},
    "user": "u",
}
_RESPONSE = vendors.responses_whole(TURN)
RESPONSES_ANSWER: JSON = {
    **_RESPONSE,
    "instructions": "Be kind.",
    "output": [
        *_RESPONSE["output"],
        {
            "id": "msg_2",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {"type": "refusal", "refusal": "I will not."},
                {
                    "type": "output_text",
                    "text": "See there.",
                    "annotations": [
                        {
                            "type": "url_citation",
                            "title": "t",
                            "url": "https://a.b",
                            "start_index": 0,
                            "end_index": 3,
                        }
                    ],
                },
            ],
        },
        {"id": "ct_1", "type": "custom_tool_call", "call_id": "c2", "name": "sh", "input": "ls"},
        {
            "id": "mcp_1",
            "type": "mcp_call",
            "name": "n",
            "server_label": "s",
            "arguments": "{}",
            "output": "found",
        },
        {
            "id": "ci_1",
            "type": "code_interpreter_call",
            "status": "completed",
            "container_id": "c",
            "code": "print(1)",
            "outputs": [{"type": "logs", "logs": "1"}],
        },
    ],
}
MESSAGES_REQUEST: JSON = {
    "model": "m",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "Be kind."}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi"},
                {
                    "type": "document",
                    "title": "Doc",
                    "context": "ours",
                    "source": {"type": "text", "media_type": "text/plain", "data": "words"},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "so", "signature": "c2ln"},
                {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "x"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "content": [
                        {"type": "text", "text": "found"},
                        {
                            "type": "search_result",
                            "title": "t",
                            "source": "s",
                            "content": [{"type": "text", "text": "there"}],
                        },
                    ],
                }
            ],
        },
        {"role": "assistant", "content": "It is"},
    ],
    "tools": [{"name": "search", "description": "Looks", "input_schema": SCHEMA}],
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u"},
}
_MESSAGE = vendors.messages_whole(TURN)
MESSAGES_ANSWER: JSON = {
    **_MESSAGE,
    "content": [
        *_MESSAGE["content"],
        {
            "type": "text",
            "text": "See there.",
            "citations": [
                {
                    "type": "char_location",
                    "cited_text": "words",
                    "document_title": "Doc",
                    "document_index": 0,
                    "start_char_index": 0,
                    "end_char_index": 5,
                }
            ],
        },
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s1",
            "content": [
                {
                    "type": "web_search_result",
                    "title": "t",
                    "url": "https://a.b",
                    "encrypted_content": "c2ln",
                    "page_age": "1 day",
                }
            ],
        },
    ],
}
OLLAMA_TOOL = {
    "type": "function",
    "function": {"name": "search", "description": "Looks", "parameters": SCHEMA},
}
OLLAMA_CHAT_REQUEST: JSON = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": "",
            "thinking": "so",
            "tool_calls": [{"function": {"name": "search", "arguments": {"q": "x"}}}],
        },
        {"role": "tool", "tool_name": "search", "content": "found"},
    ],
    "tools": [OLLAMA_TOOL],
    "format": SCHEMA,
    "options": {"stop": ["END"]},
    "keep_alive": "5m",
    "stream": False,
}
OLLAMA_GENERATE_REQUEST: JSON = {
    "model": "m",
    "prompt": "hi",
    "suffix": "The end.",
    "system": "Be kind.",
    "template": "{{ .Prompt }}",
    "format": SCHEMA,
    "options": {"stop": ["END"]},
    "stream": False,
}
GEMINI_REQUEST: JSON = {
    "systemInstruction": {"parts": [{"text": "Be kind."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "hi"}, {"text": "there"}]},
        {
            "role": "model",
            "parts": [
                {"text": "so", "thought": True},
                {"functionCall": {"id": "f", "name": "search", "args": {"q": "x"}}},
                {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
            ],
        },
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "search", "response": {"found": "x"}}}],
        },
    ],
    "tools": [
        {
            "functionDeclarations": [
                {"name": "search", "description": "Looks", "parametersJsonSchema": SCHEMA}
            ]
        }
    ],
    "generationConfig": {"stopSequences": ["END"], "responseJsonSchema": SCHEMA},
    "labels": {"team": "a"},
}
_GENERATED = vendors.gemini_whole(TURN)
GEMINI_ANSWER: JSON = {
    **_GENERATED,
    "candidates": [
        {
            **_GENERATED["candidates"][0],
            "finishMessage": "done",
            "citationMetadata": {"citations": [{"title": "t", "uri": "https://a.b"}]},
            "groundingMetadata": {
                "webSearchQueries": ["x"],
                "searchEntryPoint": {"renderedContent": "<b>x</b>"},
                "groundingChunks": [{"web": {"uri": "https://a.b", "title": "t"}}],
                "groundingSupports": [{"segment": {"text": "fine", "endIndex": 4}}],
            },
            "logprobsResult": {
                "chosenCandidates": [{"token": "The", "logProbability": -1.0}],
            },
        }
    ],
}
WHOLES = [
    Whole("openai.chat", OpenAIChat(), CHAT_REQUEST, CHAT_ANSWER),
    Whole("openai.completions", OpenAICompletions(), COMPLETIONS_REQUEST, COMPLETIONS_ANSWER),
    Whole("openai.responses", OpenAIResponses(), RESPONSES_REQUEST, RESPONSES_ANSWER),
    Whole("anthropic.messages", AnthropicMessages(), MESSAGES_REQUEST, MESSAGES_ANSWER),
    Whole("anthropic.count_tokens", AnthropicCountTokens(), MESSAGES_REQUEST, {"input_tokens": 7}),
    Whole("ollama.chat", OllamaChat(), OLLAMA_CHAT_REQUEST, vendors.ollama_chat_whole(TURN)),
    Whole(
        "ollama.generate",
        OllamaGenerate(),
        OLLAMA_GENERATE_REQUEST,
        {**vendors.ollama_generate_whole(TURN), "thinking": "Let me think."},
    ),
    Whole("gemini.generate", gemini.Gemini("m"), GEMINI_REQUEST, GEMINI_ANSWER),
]
every_dialect = pytest.mark.parametrize("whole", WHOLES, ids=str)


def variants(body: JSON, canary: str) -> Iterator[JSON]:
    """The body with the canary in one string, in one key, or in a field nobody knows."""
    for path in places(body):
        yield planted(body, path, lambda text: f"{text} {canary} ")
    for path in objects(body):
        yield planted(body, path, lambda item: {**item, f"x {canary}": 1})
        yield planted(body, path, lambda item: {**item, "x_vendor": [canary]})


@every_dialect
async def test_a_word_in_any_field_of_a_request_goes_nowhere(whole: Whole) -> None:
    """Stopped, refused, or taken off before it goes upstream."""
    tried = 0
    for variant in variants(whole.request, WORD):
        fate = await asked(whole.dialect, variant)
        assert WORD.encode() not in fate.left, variant
        assert fate.stopped, variant
        tried += 1
    assert tried > 5


@every_dialect
async def test_a_number_in_any_field_of_a_request_is_masked_or_stopped(whole: Whole) -> None:
    """The endpoint never sees it."""
    for variant in variants(whole.request, ID_CARD):
        fate = await asked(whole.dialect, variant)
        assert ID_CARD[:12].encode() not in fate.left, variant


@every_dialect
async def test_a_word_in_any_field_of_an_answer_is_stopped(whole: Whole) -> None:
    """What leaves in its place says nothing of it."""
    for variant in variants(whole.answer, WORD):
        fate = await answered(whole.dialect, variant)
        assert fate.stopped, variant
        assert WORD.encode() not in fate.left, variant


@every_dialect
async def test_a_number_in_any_field_of_an_answer_is_masked_or_stopped(whole: Whole) -> None:
    """Where it can be masked it is, and where it cannot the answer does not leave."""
    masked = 0
    for variant in variants(whole.answer, ID_CARD):
        fate = await answered(whole.dialect, variant)
        assert ID_CARD[:12].encode() not in fate.left, variant
        masked += not fate.stopped
    assert masked


@every_dialect
async def test_clean_bodies_are_left_as_they_are(whole: Whole) -> None:
    """Both ways: nothing is stopped, changed or taken off."""
    up, down = (
        await asked(whole.dialect, whole.request),
        await answered(whole.dialect, whole.answer),
    )

    assert orjson.loads(up.left) == whole.request
    assert orjson.loads(down.left) == whole.answer


@pytest.mark.parametrize("whole", [w for w in WHOLES if "prompt" not in w.request], ids=str)
async def test_what_a_client_began_is_read_with_what_goes_on_from_it(whole: Whole) -> None:
    """Half a word in the last turn and half at the start of the answer make a word."""
    prompt = whole.dialect.read(orjson.dumps(_ending_in(whole.request, "forbid")), Limits())
    before = last_said(prompt.segments, ACTIVE.reach_chars)
    verdict = await screen(ACTIVE, Direction.OUTPUT, [ANSWER], Around((before,)))

    assert verdict.action is Action.BLOCK


def _ending_in(request: JSON, text: str) -> JSON:
    """The request, its last turn begun for the model."""
    if "contents" in request:
        return {**request, "contents": [{"role": "model", "parts": [{"text": text}]}]}
    field = "input" if "input" in request else "messages"
    return {**request, field: [{"role": "assistant", "content": text}]}
