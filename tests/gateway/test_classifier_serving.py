"""A gateway with the model on: prompts, answers and streams are judged, and torch stays out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from live import live
from models import make_model

from classifiers.heads import HEADS

HERE = Path(__file__).parents[1]
SECTION = """\
classifiers:
  - name: bundled
    kind: model
    folder: {folder}
    threshold: {threshold}
    labels: {{violence: [S.1]}}
"""


def pack_with(folder: Path, threshold: str) -> Path:
    """The sample pack with a tiny model, whose scores of any text lie between 0 and 1."""
    model = make_model(folder / "model")
    curve = {"curve": [[0.0, 0.0], [1.0, 1.0]], "thresholds": {"fpr:0.5": 0.000001}}
    sides = {"prompt": {"en": curve, "zh": curve}, "output": {"en": curve, "zh": curve}}
    calibration = {
        "version": 1, "model": "sha256:0", "labels": {head.value: sides for head in HEADS},
    }  # fmt: skip
    (model / "calibration.json").write_text(json.dumps(calibration))
    pack = Path(shutil.copytree(HERE / "policies" / "sample", folder / "sample"))
    section = SECTION.format(folder=model, threshold=threshold)
    text = (pack / "pack.yaml").read_text(encoding="utf-8")
    (pack / "pack.yaml").write_text(text.replace("leaves:\n", f"{section}leaves:\n", 1), "utf-8")
    return pack


@pytest.mark.parametrize(
    ("threshold", "action", "status"), [("1.0", "allow", 200), ("fpr:0.5", "block", 400)]
)
async def test_prompts_are_judged_by_the_model(
    threshold: str, action: str, status: int, tmp_path: Path
) -> None:
    """The record says by which label, side, language, target and model."""
    policy = {"packs": [str(pack_with(tmp_path, threshold))], "lists": {}}
    async with live(tmp_path, policy=policy) as gateway:
        answer = await gateway.ask("How do I bake bread?")
        prompt = (await gateway.final())["prompt"]

    assert (status, action) == (answer.status_code, prompt["action"])
    if action == "block":
        hit = prompt["hits"][0]
        assert ("bundled", 0.5) == (hit["detector"], hit["threshold"])
        assert hit["rule"].startswith("violence prompt en fpr:0.5 @")
    assert prompt["scanned"] == prompt["total"]


@pytest.mark.parametrize("stream", [False, True])
async def test_answers_are_judged_whole_and_in_windows(stream: bool, tmp_path: Path) -> None:
    """Every character is read by the model before it leaves, and the metrics say so."""
    policy = {"packs": [str(pack_with(tmp_path, "1.0"))], "lists": {}}
    async with live(tmp_path, policy=policy) as gateway:
        answer = await gateway.ask("@long-en", stream=stream)
        output = (await gateway.final())["output"]
        async with httpx2.AsyncClient(base_url=gateway.gateway.admin_url) as admin:
            metrics = (await admin.get("/metrics")).text
            ready = await admin.get("/readyz?verbose")

    assert 200 == answer.status_code == ready.status_code
    assert ("allow", output["total"]) == (output["action"], output["scanned"])
    for step in ("queue", "tokenise", "infer"):
        name = f'classifier_step_seconds_count{{classifier="bundled",step="{step}"}}'
        assert f"stoplog_{name} 0.0" not in metrics
        assert name in metrics
    assert 'stoplog_classifier_seconds_count{classifier="bundled"}' in metrics
    assert 'stoplog_classifier_texts_total{classifier="bundled",outcome="asked"}' in metrics
    assert 'score_ratio_count{classifier="bundled",label="violence"}' in metrics


SERVE = """
import asyncio, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from live import live
async def main():
    folder = Path(sys.argv[2])
    policy = {"packs": [sys.argv[3]], "lists": {}}
    async with live(folder, policy=policy) as gateway:
        answer = await gateway.ask("How do I bake bread?")
        loaded = sorted({"torch", "transformers"} & set(sys.modules))
        Path(sys.argv[4]).write_text(json.dumps([answer.status_code, loaded]))
asyncio.run(main())
"""


def test_serving_with_the_model_never_imports_torch(tmp_path: Path) -> None:
    """In a process of its own: an exchange is carried, and neither library was loaded."""
    pack = pack_with(tmp_path, "1.0")
    done = subprocess.run(
        [sys.executable, "-c", SERVE, HERE / "support", tmp_path, pack, tmp_path / "out"],
        capture_output=True, text=True, cwd=HERE.parent, env=os.environ,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert [200, []] == json.loads((tmp_path / "out").read_text())
