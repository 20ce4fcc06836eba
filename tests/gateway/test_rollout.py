"""Packs over their life: signed, tried, taken back, and exchanged while traffic flows."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from live import Live, live

from gateway.app import selection
from gateway.editions import build_edition
from gateway.settings import Policy
from policies.errors import PackError
from policies.load import load_pack
from policies.signing import sign, written

SAMPLE = Path(__file__).parents[1] / "policies" / "sample"
SOAK = os.environ.get("STOPLOG_SOAK") == "1"


def pack(folder: Path, version: str = "1.0", word: str = "forbiddenword") -> Path:
    """The sample pack under `folder`, with a version and a word of its own."""
    if not folder.exists():
        shutil.copytree(SAMPLE, folder)
    text = (SAMPLE / "pack.yaml").read_text(encoding="utf-8")
    (folder / "lexicon/S.1.txt").write_text(f"{word}\n", encoding="utf-8")
    (folder / "pack.yaml").write_text(text.replace('"1.0"', f'"{version}"'), encoding="utf-8")
    return folder


def policy(folder: Path, **given: Any) -> dict[str, Any]:
    return {"packs": [str(folder)], "lists": {}, **given}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def value(gateway: Live, name: str, **labels: str) -> float:
    return gateway.gateway.metrics.registry.get_sample_value(f"stoplog_{name}", labels) or 0.0


def signers(folder: Path, count: int) -> tuple[list[Ed25519PrivateKey], list[Path]]:
    keys = [Ed25519PrivateKey.generate() for _ in range(count)]
    paths = [folder / f"{number}.pub" for number in range(count)]
    for key, path in zip(keys, paths, strict=True):
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        path.write_bytes(pem)
    return keys, paths


async def test_a_gateway_takes_only_packs_that_enough_people_signed(tmp_path: Path) -> None:
    """Not at the start, and not later: what is in force stays until its follower is signed."""
    ours = pack(tmp_path / "sample")
    keys, paths = signers(tmp_path, 2)
    signatures = tmp_path / "signatures"
    first = load_pack(ours).pack.digest
    signatures.write_bytes(written([sign(keys[0], first)]))
    given = policy(ours, signatures=signatures, signed_by=paths, signers=2)
    with pytest.raises(PackError, match=r"1 trusted keys signed .*, and 2 are asked for"):
        build_edition(selection(Policy.model_validate(given)))

    signatures.write_bytes(written([sign(key, first) for key in keys]))
    async with live(tmp_path, policy=given) as gateway:
        pack(ours, "1.1", "nextword")
        await gateway.gateway.packs.reload()
        assert (await gateway.ask("a nextword")).headers["x-stoplog-policy"] == "sample@1.0"
        assert value(gateway, "config_last_reload_successful") == 0

        both = [sign(key, load_pack(ours).pack.digest) for key in keys]
        signatures.write_bytes(written(both))
        await gateway.gateway.packs.reload()
        assert (await gateway.ask("a nextword")).headers["x-stoplog-policy"] == "sample@1.1"


def rollout(folder: Path, **given: Any) -> Path:
    lines = [f"packs: [{folder / 'next' / 'sample'}]"]
    lines += [f"{name}: {said}" for name, said in given.items()]
    path = folder / "rollout.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def test_stages_change_without_a_restart(tmp_path: Path) -> None:
    """Shadow judges nobody, a canary its tenant, active all; taking the stage away goes back."""
    ours = pack(tmp_path / "sample")
    pack(tmp_path / "next" / "sample", "2.0", "nextword")
    path = rollout(tmp_path, stage="shadow")
    given, identity = policy(ours, rollout=path), {"tenant_header": "X-Tenant"}
    async with live(tmp_path, policy=given, identity=identity) as gateway:

        async def judged(tenant: str = "other") -> str:
            headers = {"X-Tenant": tenant}
            body = {"model": "m", "messages": [{"role": "user", "content": "a nextword"}]}
            answer = await gateway.http.post("/v1/chat/completions", json=body, headers=headers)
            return answer.headers["x-stoplog-policy"]

        assert await judged() == "sample@1.0"
        await until(lambda: value(gateway, "shadow_verdicts_total", change="newly stopped") == 1)
        rollout(tmp_path, stage="canary", tenants="[acme]")
        await gateway.gateway.packs.reload()
        assert [await judged("acme"), await judged()] == ["sample@2.0", "sample@1.0"]
        rollout(tmp_path, stage="active")
        await gateway.gateway.packs.reload()
        assert await judged() == "sample@2.0"
        rollout(tmp_path, stage="canary")
        await gateway.gateway.packs.reload()
        assert await judged() == "sample@1.0"


async def test_a_canary_that_stops_too_much_is_taken_back(tmp_path: Path) -> None:
    """By itself, and the same packs are not tried again at the next reload."""
    ours = pack(tmp_path / "sample")
    pack(tmp_path / "next" / "sample", "2.0", "ordinary")
    path = rollout(tmp_path, stage="canary", tenants="[acme]", least_exchanges=5)
    given, identity = policy(ours, rollout=path), {"tenant_header": "X-Tenant"}
    async with live(tmp_path, policy=given, identity=identity) as gateway:
        body = {"model": "m", "messages": [{"role": "user", "content": "an ordinary text"}]}

        async def judged(tenant: str) -> str:
            answer = await gateway.http.post(
                "/v1/chat/completions", json=body, headers={"X-Tenant": tenant}
            )
            return answer.headers["x-stoplog-policy"]

        for _ in range(5):
            assert [await judged("other"), await judged("acme")] == ["sample@1.0", "sample@2.0"]
        await until(lambda: value(gateway, "pack_rollbacks_total") == 1)
        assert await judged("acme") == "sample@1.0"
        await gateway.gateway.packs.reload()
        assert await judged("acme") == "sample@1.0"


async def test_packs_are_exchanged_while_traffic_flows(tmp_path: Path) -> None:
    """No exchange fails, none is judged by two versions, and the loop does not stand still."""
    reloads, rate = (1000, 100) if SOAK else (12, 20)
    ours = pack(tmp_path / "sample")
    async with live(tmp_path, policy=policy(ours)) as gateway:
        answers: list[tuple[int, str]] = []
        done = asyncio.Event()

        async def ask(number: int) -> None:
            answer = await gateway.ask("a plain question", stream=bool(number % 2))
            answers.append((answer.status_code, answer.headers["x-stoplog-policy"]))

        async def traffic() -> None:
            async with asyncio.TaskGroup() as group:
                number = 0
                while not done.is_set():
                    group.create_task(ask(number))
                    number += 1
                    await asyncio.sleep(1 / rate)

        stalls: dict[bool, list[float]] = {True: [], False: []}
        reloading = False

        async def watch() -> None:
            while not done.is_set():
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                stalls[reloading].append(time.perf_counter() - before - 0.005)

        async with asyncio.TaskGroup() as group:
            group.create_task(traffic())
            group.create_task(watch())
            # The same traffic without a reload: a busy machine stalls any loop.
            await asyncio.sleep(20 if SOAK else 1)
            reloading = True
            for number in range(reloads):
                pack(ours, f"1.{number}")
                await gateway.gateway.packs.reload()
                assert value(gateway, "config_last_reload_successful") == 1
            done.set()
        await gateway.final()
        intents = [body for body in gateway.records() if body["kind"] == "intent"]
        finals = [body for body in gateway.records() if body["kind"] == "final"]

    assert {status for status, _ in answers} == {200}
    assert len({version for _, version in answers}) > 2
    versions = {body["exchange"]: {p["name"] for p in body["packs"]} for body in intents}
    assert all(
        {ruling["pack"] for ruling in body[way]["rulings"]} == versions[body["exchange"]]
        for body in finals
        for way in ("prompt", "output")
    )
    assert sorted(f"sample@{p['version']}" for body in intents for p in body["packs"]) == sorted(
        version for _, version in answers
    )
    calm, busy = (sorted(stalls[at])[len(stalls[at]) * 9 // 10] for at in (False, True))
    if SOAK:
        told = [f"{max(stalls[at]) * 1000:.0f} ms" for at in (False, True)]
        print(
            f"{len(answers)} exchanges; nine of ten stalls below {calm * 1000:.1f} ms without and"
        )
        print(f"{busy * 1000:.1f} ms with {reloads} reloads; the longest {' and '.join(told)}")
    assert busy < calm + 0.05
