"""The door: what an overloaded gateway turns away, and how much one caller may have."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import openai
import pytest
from live import Live, live

from gateway.admission import Admission, Bounds, Strain
from gateway.errors import Refusal
from gateway.scripted import Speed

SLOW = Speed(first_s=0.5)


@pytest.mark.parametrize(
    ("open_exchanges", "lag_s", "memory", "expected"),
    [
        (3, 0.0, 0, None),
        (4, 0.0, 0, Strain.EXCHANGES),
        (1, 0.11, 0, Strain.LAG),
        (0, 0.11, 0, None),
        (1, 0.0, 101, Strain.MEMORY),
        (0, 0.0, 101, None),
        (1, 0.1, 100, None),
    ],
)
def test_one_more_is_too_many_beyond_a_bound(
    open_exchanges: int, lag_s: float, memory: int, expected: Strain | None
) -> None:
    """And never for a lag or memory that no exchange of ours can be the cause of."""
    bounds = Bounds(exchanges=4, lag_s=0.1, memory_bytes=100)
    door = Admission(bounds, resident_bytes=lambda: memory)
    for _ in range(5):
        door.feel(lag_s)

    assert door.strain(open_exchanges) is expected


def test_one_late_turn_turns_nobody_away() -> None:
    """A reload makes the loop late once; a queue that stays makes it late again and again."""
    door = Admission(Bounds(lag_s=0.1))
    strains = []
    for lag_s in (5.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.05):
        door.feel(lag_s)
        strains.append(door.strain(1))

    assert strains == [*[None] * 6, Strain.LAG, None]


def test_without_bounds_everyone_is_let_in() -> None:
    """0 sets none."""
    door = Admission(Bounds(), resident_bytes=lambda: 10**12)
    for _ in range(5):
        door.feel(100.0)

    assert door.strain(10**6) is None
    with door.of_key("a"), door.of_key("a"):
        pass


def test_a_caller_has_so_many_places_and_gets_them_back() -> None:
    """Others have their own, and those whom nobody knows share none."""
    door = Admission(Bounds(key_exchanges=2))
    with door.of_key("a"), door.of_key("a"):
        with pytest.raises(Refusal) as refused, door.of_key("a"):
            pass
        with door.of_key("b"), door.of_key(""), door.of_key(""), door.of_key(""):
            pass
    with door.of_key("a"):
        pass

    assert (refused.value.status, refused.value.code) == (429, "too_many_open_requests")
    assert refused.value.retry_after_s > 0


def test_a_caller_may_begin_so_many_a_minute() -> None:
    """The refusal says when to try again; another caller is not affected."""
    door = Admission(Bounds(key_per_minute=3))
    for _ in range(3):
        with door.of_key("a"):
            pass
    with pytest.raises(Refusal) as refused, door.of_key("a"):
        pass
    with door.of_key("b"):
        pass

    assert refused.value.code == "rate_limit_exceeded"
    assert 1 <= refused.value.retry_after_s <= 60


def sections(**admission: Any) -> dict[str, Any]:
    return {"server": {"admission": admission}}


async def ask_at_once(gateway: Live, count: int, **headers: str) -> list[tuple[int, float, Any]]:
    """Status, seconds and code of each answer."""

    async def one() -> tuple[int, float, Any]:
        began = time.monotonic()
        answer = await gateway.http.post(
            "/v1/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "Hello."}]},
            headers=headers,
        )
        code = answer.json().get("error", {}).get("code")
        if answer.status_code != 200:
            assert int(answer.headers["retry-after"]) > 0
        return answer.status_code, time.monotonic() - began, code

    return await asyncio.gather(*(one() for _ in range(count)))


async def until_let_in(gateway: Live) -> None:
    """A place is free a moment after the last byte, once the final record is written."""
    async with asyncio.timeout(5):
        while (await gateway.ask("Hello.")).status_code != 200:
            await asyncio.sleep(0.02)


async def test_what_has_no_room_is_told_at_once(tmp_path: Path) -> None:
    """Those who are in get their answers; the others hear 503 long before, and are counted."""
    async with live(tmp_path, speed=SLOW, **sections(exchanges=3)) as gateway:
        answers = await ask_at_once(gateway, 8)
        intents = [body for body in gateway.records() if body["kind"] == "intent"]
        metrics = (await gateway.http.get(f"{gateway.gateway.admin_url}/metrics")).text
        await until_let_in(gateway)

    refused = [(seconds, code) for status, seconds, code in answers if status == 503]
    assert [status for status, *_ in answers].count(200) == 3
    assert len(refused) == 5
    assert {code for _, code in refused} == {"overloaded"}
    assert max(seconds for seconds, _ in refused) < 0.4
    assert 'stoplog_turned_away_total{reason="exchanges"} 5.0' in metrics
    assert len(intents) == 3


async def test_one_caller_cannot_take_every_place(tmp_path: Path) -> None:
    """Its surplus hears 429, on record; another caller is served beside it."""
    async with live(tmp_path, speed=SLOW, **sections(key_exchanges=2)) as gateway:
        greedy, other = await asyncio.gather(
            ask_at_once(gateway, 6, authorization="Bearer greedy"),
            ask_at_once(gateway, 1, authorization="Bearer other"),
        )
        finals = [body for body in gateway.records() if body["kind"] == "final"]

    assert sorted(status for status, *_ in greedy) == [200, 200, 429, 429, 429, 429]
    assert [status for status, *_ in other] == [200]
    assert [final["outcome"] for final in finals].count("refused") == 4


async def test_the_official_client_waits_and_tries_again(tmp_path: Path) -> None:
    """It reads Retry-After and gets through by itself."""
    async with live(tmp_path, speed=Speed(first_s=0.2), **sections(exchanges=1)) as gateway:
        client = openai.AsyncOpenAI(base_url=f"{gateway.gateway.url}/v1", api_key="k")
        async with client:
            answers = await asyncio.gather(
                *(
                    client.chat.completions.create(
                        model="m", messages=[{"role": "user", "content": f"Hello {n}."}]
                    )
                    for n in range(2)
                )
            )

    assert all("Hello" in (answer.choices[0].message.content or "") for answer in answers)
