"""LiteLLM as a client: through the gateway it hears what it hears from the endpoint itself."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from live import live
from vendors import vendors_app

HERE = Path(__file__).parent
PYTHON = Path(os.environ.get("STOPLOG_LITELLM_PYTHON", "build/litellm/bin/python")).absolute()
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="LiteLLM has an environment of its own: make test-litellm"
)
OF_THE_MOMENT = {"id", "created", "AIGC", "explicit_label_required", "provider_specific_fields"}
"""What LiteLLM makes up anew for each answer, and what the gateway adds."""


async def heard(url: str) -> dict[str, Any]:
    client = await asyncio.create_subprocess_exec(
        PYTHON,
        HERE / "litellm_client.py",
        url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    out, _ = await client.communicate()
    assert client.returncode == 0
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key not in OF_THE_MOMENT}
    return [bare(item) for item in value] if isinstance(value, list) else value


@pytest.mark.timeout(300)
async def test_litellm_hears_the_same(tmp_path: Path) -> None:
    """Chat and messages, whole and streamed; what is stopped is its own kind of error or end."""
    endpoint = vendors_app()
    async with live(tmp_path, endpoint=endpoint, surfaces=["openai.chat", "anthropic"]) as gateway:
        through, direct = [await heard(url) for url in (gateway.gateway.url, gateway.endpoint)]

    assert through.keys() == direct.keys()
    for asked, answer in direct.items():
        stopped = "forbiddenword" in asked or "@turns-bad" in asked
        assert stopped or bare(answer) == bare(through[asked]), asked
        assert "forbiddenword" not in json.dumps(through[asked]), asked
    assert 400 == through["chat forbiddenword False"]["status"]
    finish = through["chat @turns-bad False"]["choices"][0]["finish_reason"]
    assert "content_filter" == finish
