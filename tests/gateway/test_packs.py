"""Several packs on the data plane: who is judged by which, what is done, what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from live import live

from gateway.editions import Binding
from gateway.settings import Policy
from policies.context import Context

LAW, HOUSE, MINORS = "cn-interim-measures", "baseline", "cn-minors"


def policy(folder: Path, **given: Any) -> dict[str, Any]:
    """Word lists for three packs, and whatever packs are given."""
    lists = {f"{LAW}/A.1.h": "lawword", f"{HOUSE}/harassment": "houseword", f"{MINORS}/M.3": "teen"}
    judging = {name for binding in given.get("bindings", []) for name in binding["packs"]}
    judging |= set(given["packs"])
    for word in lists.values():
        (folder / f"{word}.txt").write_text(f"{word}ish\n", encoding="utf-8")
    mine = {n: [folder / f"{w}.txt"] for n, w in lists.items() if n.split("/")[0] in judging}
    return {"lists": mine, **given}


@pytest.mark.parametrize("stream", [False, True])
async def test_the_strictest_pack_is_obeyed_and_all_are_on_record(
    tmp_path: Path, stream: bool
) -> None:
    """In the answer's head, in the intent with digests, and in the verdict with each ruling."""
    async with live(tmp_path, policy=policy(tmp_path, packs=[LAW, HOUSE])) as gateway:
        answer = await gateway.ask("a lawwordish houseowner, quite housewordish", stream=stream)
        final = await gateway.final()
    (intent,) = [body for body in gateway.records() if body["kind"] == "intent"]

    assert answer.headers["x-stoplog-decision"] == "block"
    assert answer.headers["x-stoplog-policy"] == f"{LAW}@2026.11.0, {HOUSE}@2026.11.0"
    assert [pack["name"] for pack in intent["packs"]] == [LAW, HOUSE]
    assert all(pack["digest"].startswith("sha256:") for pack in intent["packs"])
    assert final["prompt"]["rulings"] == [
        {"pack": LAW, "action": "block"},
        {"pack": HOUSE, "action": "flag"},
    ]
    assert [(hit["pack"], hit["leaf"]) for hit in final["prompt"]["hits"]] == [
        (LAW, "A.1.h"),
        (HOUSE, "harassment"),
    ]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_second_pack_stops_what_the_first_lets_out(tmp_path: Path, stream: bool) -> None:
    """Outputs too, whole and streamed: not a character of the word leaves."""
    async with live(tmp_path, policy=policy(tmp_path, packs=[LAW, HOUSE])) as gateway:
        answer = await gateway.ask("echo: a housewordish reply", stream=stream)
        final = await gateway.final()

    assert final["outcome"] == "blocked_output"
    assert "housewordish" not in answer.text
    assert final["output"]["rulings"][0] == {"pack": HOUSE, "action": "block"}


async def test_a_binding_chooses_the_packs_by_what_the_request_says(tmp_path: Path) -> None:
    """Age, tenant and model, each by itself; what fits none is judged by the usual packs."""
    bindings = [
        {"minor": True, "packs": [LAW, MINORS]},
        {"tenant": "house", "model": "script*", "packs": [HOUSE]},
    ]
    given = policy(tmp_path, packs=[LAW], bindings=bindings)
    identity = {"minor_header": "X-Minor", "tenant_header": "X-Tenant"}
    async with live(tmp_path, policy=given, identity=identity) as gateway:

        async def packs(**headers: str) -> str:
            gateway.http.headers.update(headers)
            answer = await gateway.ask("a teenish question")
            for name in headers:
                del gateway.http.headers[name]
            return f"{answer.headers['x-stoplog-policy']} {answer.status_code}"

        assert await packs() == f"{LAW}@2026.11.0 200"
        assert await packs(**{"X-Minor": "0"}) == f"{LAW}@2026.11.0 200"
        assert await packs(**{"X-Minor": "1"}) == f"{LAW}@2026.11.0, {MINORS}@2026.11.0 400"
        assert (await packs(**{"X-Minor": "perhaps"})).endswith("400")
        assert await packs(**{"X-Tenant": "house"}) == f"{HOUSE}@2026.11.0 200"
        assert await packs(**{"X-Tenant": "other"}) == f"{LAW}@2026.11.0 200"
        assert (await packs(**{"X-Tenant": "no name"})).endswith("400")
        (tenant,) = [
            body["tenant"]
            for body in gateway.records()
            if body.get("tenant") not in (None, "default", "other")
        ]
    assert tenant == "house"


def test_the_first_binding_that_fits_decides() -> None:
    """What it does not name fits anything."""
    binding = Binding(("p",), route="/v1/chat/completions", key="k")

    assert binding.fits(Context(route="/v1/chat/completions", user_key="k", tenant="any"))
    assert not binding.fits(Context(route="/v1/completions", user_key="k"))
    assert not binding.fits(Context(route="/v1/chat/completions", user_key="other"))


def test_lists_go_to_the_pack_that_they_name() -> None:
    """Bare leaves mean the first pack."""
    lists = {"A.1.h": (Path("a"),), f"{MINORS}/M.3": (Path("m"),)}
    given = Policy(packs=(LAW, f"./packs/{MINORS}"), lists=lists)

    assert given.lists_of(LAW) == {"A.1.h": (Path("a"),)}
    assert given.lists_of(f"./packs/{MINORS}") == {"M.3": (Path("m"),)}


def test_a_list_for_a_pack_that_does_not_judge_is_a_mistake() -> None:
    """It would never be read."""
    with pytest.raises(ValueError, match="no pack `cn-minors` judges"):
        Policy(lists={"cn-minors/M.3": (Path("m"),)})
