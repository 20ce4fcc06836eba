"""A real second implementation as the upstream: Hugging Face `transformers serve`.

Its model is made in the test and means nothing; what is tested is that another's streams, as they
really are, pass unchanged, and stop where a word of the list comes up in them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import orjson
import pytest
from live import live
from served import free_ports

HERE = Path(__file__).parent
PYTHON = Path(os.environ.get("STOPLOG_SERVE_PYTHON", "build/serve/bin/python")).absolute()
pytestmark = [
    pytest.mark.skipif(
        not PYTHON.exists(), reason="the server has an environment of its own: make test-serve"
    ),
    pytest.mark.timeout(300),
]
ASKED: Any = [{"role": "user", "content": "Tell me of libraries."}]


async def _program(*arguments: object, **options: Any) -> asyncio.subprocess.Process:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return await asyncio.create_subprocess_exec(
        *map(str, arguments), env=environment, stderr=asyncio.subprocess.DEVNULL, **options
    )


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """The server's address, and the name of its model."""
    model = folder / "tiny"
    making = await _program(PYTHON, HERE / "tiny_model.py", model)
    assert await making.wait() == 0
    port = free_ports()[0]
    serving = await _program(
        *(PYTHON.parent / "transformers", "serve", model),
        *("--host", "127.0.0.1", "--port", port, "--device", "cpu"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _ready(url)
        yield url, str(model)
    finally:
        serving.kill()
        await serving.wait()


async def _ready(url: str) -> None:
    async with httpx2.AsyncClient() as http, asyncio.timeout(200):
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if (await http.get(f"{url}/health")).status_code == 200:
                    return
            await asyncio.sleep(0.5)


async def streamed(url: str, model: str) -> tuple[list[Any], bytes]:
    """The events as the official SDK reads them, and the bytes of another stream."""
    async with openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as sdk:
        made = await sdk.chat.completions.create(
            model=model, messages=ASKED, max_tokens=40, stream=True
        )
        events = [event.model_dump() async for event in made]
    body = {"model": model, "messages": ASKED, "max_tokens": 40, "stream": True}
    async with httpx2.AsyncClient(timeout=60) as http:
        answer = await http.post(f"{url}/v1/chat/completions", json=body)
    return events, answer.content


def said(events: Sequence[Any]) -> str:
    return "".join(e["choices"][0]["delta"].get("content") or "" for e in events if e["choices"])


def datas(stream: bytes) -> list[Any]:
    """The events of a stream without what differs from one answer to the next, and our label."""
    lines = [line[6:] for line in stream.split(b"\n") if line.startswith(b"data: {")]
    own = ("id", "created", "AIGC", "explicit_label_required")
    return [{k: v for k, v in orjson.loads(line).items() if k not in own} for line in lines]


async def test_another_servers_streams_pass_and_stop(tmp_path: Path) -> None:
    """The same events as directly, byte by byte of each but for the label; then a word in them."""
    async with server(tmp_path) as (url, model):
        direct, direct_bytes = await streamed(url, model)
        clean = tmp_path / "clean"
        clean.mkdir()
        async with live(clean, upstream={"url": url}) as gateway:
            through, through_bytes = await streamed(gateway.gateway.url, model)
            async with openai.AsyncOpenAI(
                api_key="k", base_url=f"{gateway.gateway.url}/v1", max_retries=0
            ) as sdk:
                whole = await sdk.chat.completions.create(
                    model=model, messages=ASKED, max_tokens=40
                )
            assert "completed" == (await gateway.final())["outcome"]
        text = said(direct)
        # Greedy decoding says the same each time, so a word of it can be put on the list.
        word = max(text.split(), key=len)
        listed = tmp_path / "A.1.h.txt"
        listed.write_text(f"{word}\n", encoding="utf-8")
        stopped_folder = tmp_path / "stopped"
        stopped_folder.mkdir()
        policy = {"lists": {"A.1.h": [listed]}}
        async with live(stopped_folder, upstream={"url": url}, policy=policy) as gateway:
            stopped, _ = await streamed(gateway.gateway.url, model)
            final = await gateway.final()

    assert len(text) >= 30
    assert len(word) >= 3
    assert text == said(through) == whole.choices[0].message.content
    assert datas(direct_bytes) == datas(through_bytes)
    assert len(direct) == len(through)
    assert "content_filter" == stopped[-1]["choices"][0]["finish_reason"]
    assert word not in said(stopped)
    assert "blocked_output" == final["outcome"]
