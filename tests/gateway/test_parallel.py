"""`prompt.mode: parallel`: the model is asked at once, and nothing leaves before the verdict."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from live import CHAT, Live, asking, live
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.listening import bind, listening
from gateway.scripted import Speed

SAMPLE = Path(__file__).parents[1] / "policies" / "sample"
SECTION = """classifiers:
  - name: remote
    kind: moderation
    labels: {{hate: [S.1]}}
    server: {{url: "{url}", timeout_s: 5, retries: 0}}
    deadline_s: 5
leaves:
"""
CATEGORIES = (
    "harassment harassment/threatening hate hate/threatening illicit illicit/violent self-harm "
    "self-harm/intent self-harm/instructions sexual sexual/minors violence violence/graphic"
).split()


@dataclass
class Judge:
    """A server of classifiers whose verdicts wait until it is told."""

    harmful: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: Request) -> JSONResponse:
        question = await request.json()
        self.asked.set()
        await self.told.wait()
        scores = dict.fromkeys(CATEGORIES, 0.01) | {"hate": 0.99 if self.harmful else 0.01}
        result = {"flagged": self.harmful, "category_scores": scores}
        return JSONResponse({"results": [result] * len(question["input"])})


@asynccontextmanager
async def parallel(
    folder: Path, judge: Judge, mode: str = "parallel", first_s: float = 0.0
) -> AsyncIterator[Live]:
    app = Starlette(routes=[Route("/{path:path}", judge.answer, methods=["POST"])])
    async with listening(app, bind("127.0.0.1", 0), drain_s=0.2) as url:
        pack = Path(shutil.copytree(SAMPLE, folder / "sample"))
        text = (pack / "pack.yaml").read_text(encoding="utf-8")
        text = text.replace("leaves:\n", SECTION.format(url=url), 1)
        text = text.replace("prompt: flag", "prompt: redact")
        (pack / "pack.yaml").write_text(text, encoding="utf-8")
        policy = {"packs": [str(pack)], "lists": {}, "classifier_deadline_s": 5}
        speed = Speed(first_s=first_s)
        async with live(folder, speed=speed, policy=policy, prompt={"mode": mode}) as gateway:
            yield gateway


async def reached(gateway: Live, count: int = 1) -> None:
    """Once the endpoint was asked so often."""
    async with asyncio.timeout(5):
        while len(gateway.diary.received) < count:
            await asyncio.sleep(0.01)


async def post(gateway: Live, content: str, **fields: Any) -> Any:
    return await gateway.http.post(CHAT, json=asking(content, **fields))


@pytest.mark.parametrize("stream", [False, True])
async def test_nothing_leaves_before_the_verdict(tmp_path: Path, stream: bool) -> None:
    """The endpoint has answered, and the client has not heard a byte; then it hears all."""
    judge = Judge()
    async with parallel(tmp_path, judge) as gateway, asyncio.TaskGroup() as group:
        asked = group.create_task(post(gateway, "hello there", stream=stream))
        await reached(gateway)
        await judge.asked.wait()
        await asyncio.sleep(0.2)
        assert not asked.done()
        assert not [b for b in gateway.records() if b["kind"] == "delivered"]
        judge.told.set()
        answer = await asked
        final = await gateway.final()

    assert 200 == answer.status_code
    assert ("[DONE]" if stream else "You said: hello there") in answer.text
    assert 1 == len(gateway.diary.received)
    assert ("completed", None) == (final["outcome"], final["timings"]["upstream_forgone"])


async def test_before_is_the_default(tmp_path: Path) -> None:
    """The twin: without the setting nothing goes upstream while the prompt is judged."""
    judge = Judge()
    async with parallel(tmp_path, judge, "before") as gateway, asyncio.TaskGroup() as group:
        asked = group.create_task(post(gateway, "hello"))
        await judge.asked.wait()
        await asyncio.sleep(0.2)
        assert not gateway.diary.received
        judge.told.set()
        assert 200 == (await asked).status_code


@pytest.mark.parametrize("content", ["@endless", "hello"])
async def test_a_block_cancels_the_model_and_the_record_names_the_cost(
    tmp_path: Path, content: str
) -> None:
    """While it streams, and before it has begun; the client gets the dialect's own refusal."""
    judge = Judge(harmful=True)
    waits = 0.0 if content == "@endless" else 60.0
    async with parallel(tmp_path, judge, first_s=waits) as gateway, asyncio.TaskGroup() as group:
        asked = group.create_task(post(gateway, content, stream=True))
        await reached(gateway)
        await judge.asked.wait()
        await asyncio.sleep(0.2)
        judge.told.set()
        answer = await asked
        async with asyncio.timeout(1):
            await gateway.diary.idle.wait()
        final = await gateway.final()

    assert (400, "content_filter") == (answer.status_code, answer.json()["error"]["code"])
    assert 1 == gateway.diary.abandoned
    assert ("blocked_prompt", True) == (final["outcome"], final["upstream_called"])
    assert final["timings"]["upstream_forgone"] >= 200
    assert 0 == final["delivered_chars"]


async def test_a_masked_prompt_is_asked_anew(tmp_path: Path) -> None:
    """The first request is given up; only the answer to the masked one reaches the client."""
    judge = Judge()
    async with parallel(tmp_path, judge) as gateway, asyncio.TaskGroup() as group:
        asked = group.create_task(post(gateway, "write to ann@example.com please"))
        await reached(gateway)
        judge.told.set()
        answer = await asked
        final = await gateway.final()
        sent = [orjson.loads(r.body)["messages"][0]["content"] for r in gateway.diary.received]

    assert 2 == len(sent)
    assert ("ann@example.com" in sent[0], "ann@example.com" in sent[1]) == (True, False)
    assert "ann@example.com" not in answer.text
    assert "completed" == final["outcome"]
    assert final["timings"]["upstream_forgone"] > 0


async def test_a_client_that_leaves_takes_the_head_start_along(tmp_path: Path) -> None:
    """The endpoint hears of it while the verdict is still out."""
    judge = Judge()
    async with parallel(tmp_path, judge) as gateway:
        asked = asyncio.ensure_future(post(gateway, "@endless", stream=True))
        await reached(gateway)
        await asyncio.sleep(0.1)
        asked.cancel()
        async with asyncio.timeout(1):
            while not gateway.diary.abandoned:
                await asyncio.sleep(0.01)
        assert "client_left" == (await gateway.final())["outcome"]
        judge.told.set()


@pytest.mark.parametrize(("harmful", "status"), [(True, 400), (False, 502)])
async def test_an_endpoint_that_fails_is_told_after_the_verdict(
    tmp_path: Path, harmful: bool, status: int
) -> None:
    """A block is a block, and what was allowed ends in the endpoint's fault."""
    judge = Judge(harmful=harmful)
    judge.told.set()
    async with parallel(tmp_path, judge) as gateway:
        answer = await post(gateway, "@wrong-type")

    assert status == answer.status_code
