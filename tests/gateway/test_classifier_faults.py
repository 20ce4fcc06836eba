"""Classifiers that fail, each in every way and in both modes: the outcome is what the pack says.

In every cell the record names the fault, the metric counts it, and readiness shows it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from faulty import faulty
from live import Live, live
from packs import active_pack
from scorers import WordScorer, raising, sleeping

from classifiers.batching import Batcher
from classifiers.scored import Reading, ScoredClassifier
from classifiers.types import Segment
from gateway.screen import screen
from policies.types import Action, Direction

HERE = Path(__file__).parents[1]
SERVER = '    server: {{url: "{url}", timeout_s: 0.25, retries: 0}}\n    deadline_s: 0.5\n'
KINDS = {
    "guard": (
        "    kind: guard\n    model: g\n    family: llama-guard-3\n    labels: {hate: [LEAF]}\n"
    ),
    "moderation": "    kind: moderation\n    labels: {hate: [LEAF]}\n",
    "http": (
        "    kind: http\n    protocol: tei\n    categories: [hate]\n    labels: {hate: [LEAF]}\n"
    ),
}
LEAVES = {"closed": "S.1", "open": "S.2"}
"""Of the sample pack: one of a tier that closes, one of a tier that opens."""


def healthy(path: str, question: Any) -> object:
    """Nothing found, in whichever shape is asked for."""
    if path.endswith("/predict"):
        return [[{"label": "hate", "score": 0.01}] for _ in question["inputs"]]
    if path.endswith("/moderations"):
        categories = dict.fromkeys(OPENAI, 0.01)
        return {
            "results": [{"flagged": False, "category_scores": categories}] * len(question["input"])
        }
    return {"choices": [{"message": {"role": "assistant", "content": "safe"}}]}


OPENAI = (
    "harassment harassment/threatening hate hate/threatening illicit illicit/violent self-harm "
    "self-harm/intent self-harm/instructions sexual sexual/minors violence violence/graphic"
).split()


def pack_with(folder: Path, kind: str, mode: str, url: str) -> Path:
    """The sample pack with one classifier named `remote`."""
    pack = Path(shutil.copytree(HERE / "policies" / "sample", folder / "sample"))
    section = f"classifiers:\n  - name: remote\n{KINDS[kind]}{SERVER.format(url=url)}leaves:\n"
    section = section.replace("LEAF", LEAVES[mode])
    file = pack / "pack.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("leaves:\n", section, 1), "utf-8")
    return pack


@asynccontextmanager
async def gateway_with(folder: Path, kind: str, mode: str, url: str) -> AsyncIterator[Live]:
    policy = {"packs": [str(pack_with(folder, kind, mode, url))], "lists": {}}
    async with live(folder, policy=policy) as gateway:
        yield gateway


async def verdict_of(gateway: Live, mode: str) -> dict[str, Any]:
    """Ask until the classifier was asked three times, before its breaker opens.

    Each exchange must end as the mode says; the verdict on the last prompt is returned.
    """
    for _ in range({"closed": 3, "open": 2}[mode]):
        answer = await gateway.ask("How do I bake bread?")
        assert ({"closed": 400, "open": 200}[mode]) == answer.status_code, answer.text
    final = await gateway.final()
    assert {"closed": "blocked_prompt", "open": "completed"}[mode] == final["outcome"]
    prompt: dict[str, Any] = final["prompt"]
    return prompt


async def told_of(gateway: Live) -> tuple[int, str, str]:
    """The status and the page of the readiness probe, and the metrics."""
    async with httpx2.AsyncClient(base_url=gateway.gateway.admin_url, timeout=5) as admin:
        ready = await admin.get("/readyz?verbose")
        metrics = await admin.get("/metrics")
    return ready.status_code, ready.text, metrics.text


REASONS = {
    "timeout": "timeout",
    "slow": "timeout",
    "exception": "unavailable",
    "401": "error",
    "500": "unavailable",
    "malformed": "malformed",
    "drift": "malformed",
}


FAULTS = [*REASONS, "killed"]
CELLS = [
    (fault, kind, mode)
    for row, fault in enumerate(FAULTS)
    for column, kind in enumerate(KINDS)
    for mode in LEAVES
    # Every fault with one kind, each kind in turn; all of them with `make soak`.
    if "STOPLOG_SOAK" in os.environ or row % len(KINDS) == column
]


@pytest.mark.parametrize(("fault", "kind", "mode"), CELLS)
async def test_a_remote_classifier_that_fails(
    fault: str, kind: str, mode: str, tmp_path: Path
) -> None:
    """Blocked where the tier closes, flagged where it opens, and always told."""
    async with hurt(fault) as url, gateway_with(tmp_path, kind, mode, url) as gateway:
        verdict = await verdict_of(gateway, mode)
        status, page, metrics = await told_of(gateway)

    reason = REASONS.get(fault, "unavailable")
    assert {"closed": "block", "open": "flag"}[mode] == verdict["action"]
    assert [("remote", reason)] == [(f["detector"], f["reason"]) for f in verdict["failures"]]
    assert f'classifier_failures_total{{classifier="remote",reason="{reason}"}}' in metrics
    sign = {"closed": "[-] classifiers", "open": "[!] open classifiers"}[mode]
    assert f"{sign}: remote gives no answer ({reason}" in page
    assert {"closed": 503, "open": 200}[mode] == status


@asynccontextmanager
async def hurt(fault: str) -> AsyncIterator[str]:
    """The address of a server with the fault; one that is killed is a process of its own."""
    if fault != "killed":
        async with faulty(healthy, fault) as served:
            yield served.url
        return
    program = HERE / "support" / "faulty.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable, program, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    await process.wait()
    yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_remote_classifier_that_is_well_lets_pass(kind: str, tmp_path: Path) -> None:
    """The benign twin of the matrix: nothing found, nothing failed, ready."""
    async with faulty(healthy) as served, gateway_with(tmp_path, kind, "closed", served.url) as up:
        answer = await up.ask("How do I bake bread?")
        final = await up.final()
        status, page, _ = await told_of(up)

    assert (200, "allow", []) == (
        answer.status_code, final["prompt"]["action"], final["prompt"]["failures"],
    )  # fmt: skip
    assert (200, True) == (status, "[+] classifiers\n" in page)
    assert served.asked


async def test_a_classifier_that_recovers_makes_the_gateway_ready_again(tmp_path: Path) -> None:
    """The probe asks again by itself: no traffic comes while it is not ready."""
    async with (
        faulty(healthy, "500") as served,
        gateway_with(tmp_path, "moderation", "closed", served.url) as gateway,
    ):
        await verdict_of(gateway, "closed")
        assert 503 == (await told_of(gateway))[0]
        served.fault = ""
        async with asyncio.timeout(5):
            while (await told_of(gateway))[0] != 200:
                await asyncio.sleep(0.2)
        answer = await gateway.ask("How do I bake bread?")

    assert 200 == answer.status_code


def never() -> None:
    sleeping(0.5)()


def misshapen(scorer: WordScorer) -> None:
    scorer.labels = (*scorer.labels, "more")


def no_number(scorer: WordScorer) -> None:
    scorer._row = lambda text: [np.nan, 0.0]  # type: ignore[method-assign]


LOCAL: dict[str, tuple[Callable[[WordScorer], None], str]] = {
    "timeout": (lambda scorer: setattr(scorer, "act", never), "timeout"),
    "exception": (lambda scorer: setattr(scorer, "act", raising(ValueError("text"))), "error"),
    "killed": (lambda scorer: setattr(scorer, "act", raising(SystemExit())), "unavailable"),
    "drift": (no_number, "malformed"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fault", LOCAL)
async def test_a_model_of_this_process_that_fails(fault: str) -> None:
    """The same, for a model in a worker thread."""
    harm, reason = LOCAL[fault]
    scorer = WordScorer(labels=("local",), words={})
    classifier = ScoredClassifier("local", Batcher(scorer, "local"), Reading({"local": 0.5}))
    active = active_pack(classifier)
    active.panel._deadline_s = 0.2
    segments = [Segment("How do I bake bread?")]
    well = await screen(active, Direction.PROMPT, segments)
    harm(scorer)
    verdict = await screen(active, Direction.PROMPT, segments)

    assert (Action.ALLOW, ()) == (well.action, well.failures)
    assert Action.BLOCK is verdict.action
    assert [("local", reason)] == [(f.classifier, f.reason) for f in verdict.failures]
