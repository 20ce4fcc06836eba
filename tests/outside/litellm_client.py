"""What LiteLLM hears from an endpoint, as JSON: `python litellm_client.py URL`.

Runs with the interpreter of LiteLLM's own environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import litellm  # type: ignore[import-not-found]

ASKED = ["hello", "@long-en", "@long-zh", "@reasoning", "@tool", "@empty"]
STOPPED = ["forbiddenword", "@turns-bad"]


def told(error: Exception) -> dict[str, Any]:
    return {"error": type(error).__name__, "status": getattr(error, "status_code", None)}


def chat(url: str, content: str, *, stream: bool) -> Any:
    """Through LiteLLM's OpenAI client, as it comes out of its own types."""
    given = {
        "model": "openai/scripted",
        "api_base": f"{url}/v1",
        "api_key": "sk-test",
        "max_retries": 0,
        "messages": [{"role": "user", "content": content}],
    }
    try:
        answer = litellm.completion(**given, stream=stream)
        return [part.model_dump() for part in answer] if stream else answer.model_dump()
    except Exception as error:
        return told(error)


def claude(url: str, content: str, *, stream: bool) -> Any:
    """The same over the Anthropic protocol, which LiteLLM turns into OpenAI's."""
    given = {
        "model": "anthropic/scripted",
        "api_base": url,
        "api_key": "test",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": content}],
    }
    try:
        answer = litellm.completion(**given, stream=stream)
        return [part.model_dump() for part in answer] if stream else answer.model_dump()
    except Exception as error:
        return told(error)


if __name__ == "__main__":
    heard = {
        f"{ask.__name__} {content} {stream}": ask(sys.argv[1], content, stream=stream)
        for ask in (chat, claude)
        for content in [*ASKED, *STOPPED]
        for stream in (False, True)
    }
    print(json.dumps(heard, default=str))
