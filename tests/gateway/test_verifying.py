"""Waivers, signatures, and the public question whether this service made something."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from live import CHAT, Live, asking, live
from media_samples import samples
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import Refusal
from gateway.labels.aigc import AigcLabel
from gateway.labels.signing import LabelSigner, is_signed_by
from gateway.labels.waivers import Waiver, Waivers
from gateway.ledger.verify import verify
from gateway.script import Scene
from gateway.settings import setting_models
from gateway.verifying import PATH, Pace

SAID = "A harbour has walls, boats, gulls and a smell of tar in the summer."
SCENES = [Scene("@harbour", SAID)]
SEED = bytes(range(32))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def asked(gateway: Live, **question: str) -> dict[str, Any]:
    got = await gateway.http.get(PATH, params=question)
    assert 200 == got.status_code
    found: dict[str, Any] = got.json()
    return found


async def test_what_was_made_here_is_known_by_number_and_by_hash(tmp_path: Path) -> None:
    """Whole and streamed answers are found with their time; a changed character is not."""
    async with live(tmp_path, scenes=SCENES, verify={"enabled": True}) as gateway:
        whole = (await gateway.ask("@harbour")).json()
        final = await gateway.final()
        by_number = await asked(gateway, produce_id=whole["AIGC"]["ProduceID"])
        by_hash = await asked(gateway, sha256=sha256(SAID.encode()))
        changed = await asked(gateway, sha256=sha256(SAID.replace("tar", "tea").encode()))

    assert by_number == by_hash
    assert by_number["made"]
    assert by_number["producer"] == whole["AIGC"]["ContentProducer"]
    assert by_number["produce_id"] == final["exchange"]
    made = datetime.fromisoformat(by_number["time"])
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    assert {"made": False} == changed


async def test_a_streamed_text_is_known_by_its_hash(tmp_path: Path) -> None:
    """However it was cut; and nothing in clear is on the record by which it could be guessed."""
    async with live(tmp_path, scenes=SCENES, verify={"enabled": True}) as gateway:
        await gateway.ask("@harbour", stream=True)
        final = await gateway.final()
        by_hash = await asked(gateway, sha256=sha256(SAID.encode()))

    assert by_hash["produce_id"] == final["exchange"]
    assert sha256(SAID.encode()) not in json.dumps(final)
    assert verify(tmp_path / "ledger.db").ok


async def test_a_refused_prompt_made_nothing(tmp_path: Path) -> None:
    """Its number stands on the refusal's label, and yet nothing was generated."""
    async with live(tmp_path, verify={"enabled": True}) as gateway:
        refused = await gateway.ask("forbiddenword")
        final = await gateway.final()
        number = refused.json()["AIGC"]["ProduceID"]
        assert number == final["exchange"]
        assert {"made": False} == await asked(gateway, produce_id=number)
        assert {"made": False} == await asked(gateway, produce_id="never-heard-of")
        for wrong in ({}, {"sha256": "12"}, {"sha256": "0" * 64, "produce_id": "x"}):
            assert 400 == (await gateway.http.get(PATH, params=wrong)).status_code
        assert 405 == (await gateway.http.post(PATH, json={})).status_code


async def test_the_question_is_closed_unless_it_is_opened(tmp_path: Path) -> None:
    """By default the path is on no route, and no fingerprints are kept."""
    async with live(tmp_path, scenes=SCENES) as gateway:
        assert 404 == (await gateway.http.get(PATH, params={"produce_id": "x"})).status_code
        await gateway.ask("@harbour")
        assert [] == (await gateway.final())["prints"]


async def test_asking_too_often_is_told(tmp_path: Path) -> None:
    """Beyond its questions a minute an address gets 429 and when to come back."""
    async with live(tmp_path, verify={"enabled": True, "per_minute": 3}) as gateway:
        codes = [
            (await gateway.http.get(PATH, params={"produce_id": "x"})).status_code for _ in range(5)
        ]
        last = await gateway.http.get(PATH, params={"produce_id": "x"})
    assert [200, 200, 200, 429, 429] == codes
    assert "60" == last.headers["retry-after"]


def test_a_minute_later_an_address_may_ask_again() -> None:
    """Addresses are counted apart, and forgotten when there are too many."""
    now = [0.0]
    pace = Pace(1, lambda: now[0])
    assert [True, False, True] == [pace.takes("a"), pace.takes("a"), pace.takes("b")]
    now[0] = 61.0
    assert pace.takes("a")
    for number in range(5_000):
        pace.takes(str(number))
    assert len(pace._asked) <= 4_096


async def test_a_file_is_known_by_its_hash(tmp_path: Path) -> None:
    """The hash is that of the file as it left, its label in it."""
    picture = base64.b64encode(samples()["picture.png"]).decode()

    async def say(_: Request) -> Response:
        return JSONResponse({"created": 1, "data": [{"b64_json": picture}]})

    endpoint = Starlette(routes=[Route("/{path:path}", say, methods=["POST"])])
    async with live(
        tmp_path, endpoint=endpoint, surfaces=["openai.images"], verify={"enabled": True}
    ) as gateway:
        ask = {"model": "m", "prompt": "a boat"}
        got = (await gateway.http.post("/v1/images/generations", json=ask)).json()
        await gateway.final()
        left = base64.b64decode(got["data"][0]["b64_json"])
        assert (await asked(gateway, sha256=sha256(left)))["made"]
        assert not (await asked(gateway, sha256=sha256(samples()["picture.png"])))["made"]


async def test_labels_are_signed_where_there_is_a_key(tmp_path: Path) -> None:
    """Anybody with the public key can tell a label of ours from one that was made up."""
    key = tmp_path / "signing.key"
    key.write_text(SEED.hex())
    async with live(
        tmp_path, verify={"enabled": True}, label={"signing_key": f"file:{key}"}
    ) as gateway:
        got = (await gateway.ask("@clean")).json()["AIGC"]
        await gateway.final()
        public = (await asked(gateway, produce_id=got["ProduceID"]))["public_key"]

    label = AigcLabel.of(got)
    assert is_signed_by(label, bytes.fromhex(public))
    assert LabelSigner.of(SEED).public.hex() == public
    for forged in (
        {**got, "ProduceID": "01930000-0000-7000-8000-000000000000"},
        {**got, "ReservedCode1": ""},
        {**got, "ReservedCode1": "ed25519:????"},
        {**got, "ReservedCode1": got["ReservedCode1"][:-2] + "AA"},
    ):
        assert not is_signed_by(AigcLabel.of(forged), bytes.fromhex(public))


# Waivers: Labelling Measures Art. 9.

TODAY = datetime.now(UTC).date()
WAIVER = Waiver("W-1", "terms 2026-03", "anna", "subtitles for a film", TODAY)


@pytest.mark.parametrize(
    ("waiver_id", "user"), [("W-2", "anna"), ("", "anna"), ("W-1", "ben"), ("W-1", "")]
)
def test_only_its_recipient_may_name_a_waiver(waiver_id: str, user: str) -> None:
    """Unknown waivers and those of others are refused alike; its recipient's own is taken."""
    waivers = Waivers({"W-1": WAIVER})
    assert WAIVER == waivers.named("W-1", "anna")
    with pytest.raises(Refusal) as refused:
        waivers.named(waiver_id, user)
    assert (403, "label_required") == (refused.value.status, refused.value.code)


def test_a_waiver_ends_with_its_last_day() -> None:
    """The day after, the label is owed again."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(Refusal):
        Waivers({"W-1": WAIVER}, lambda: tomorrow.timestamp()).named("W-1", "anna")


async def test_without_a_waiver_the_label_stays_and_the_attempt_is_on_record(
    tmp_path: Path,
) -> None:
    """403, no call of the model, and a record that says why."""
    async with live(tmp_path) as gateway:
        named = {"x-stoplog-unlabelled": "W-1", "authorization": "Bearer k"}
        got = await gateway.http.post(CHAT, json=asking("@clean"), headers=named)
        final = await gateway.final()

    assert (403, "label_required") == (got.status_code, got.json()["error"]["code"])
    assert ("label_required", False) == (final["fault"], final["upstream_called"])


async def test_with_a_waiver_only_the_visible_label_goes_and_all_of_it_is_on_record(
    tmp_path: Path,
) -> None:
    """Waiver, agreement, recipient and purpose are on the record; the implicit label stays."""
    async with live(tmp_path, scenes=SCENES) as gateway:
        await gateway.http.post(
            CHAT, json=asking("@harbour"), headers={"authorization": "Bearer k"}
        )
        await gateway.final()
        (user,) = {body["user_key"] for body in gateway.records() if body["kind"] == "intent"}
    waiver = {
        "id": "W-1",
        "agreement": "terms 2026-03",
        "recipient": user,
        "purpose": "subtitles",
        "until": str(TODAY + timedelta(days=1)),
    }
    async with live(
        tmp_path, scenes=SCENES, label={"explicit": "suffix", "waivers": [waiver]}
    ) as gateway:
        key = {"authorization": "Bearer k"}
        named = {**key, "x-stoplog-unlabelled": "W-1"}
        labelled = (await gateway.http.post(CHAT, json=asking("@harbour"), headers=key)).json()
        got = (await gateway.http.post(CHAT, json=asking("@harbour"), headers=named)).json()
        await gateway.final()
        intents = [body for body in gateway.records() if body["kind"] == "intent"]

    assert SAID == got["choices"][0]["message"]["content"]
    assert SAID != labelled["choices"][0]["message"]["content"]
    assert got["AIGC"]["ProduceID"] == intents[-1]["exchange"]
    assert got["explicit_label_required"] is False
    del waiver["until"]
    assert [None, waiver] == [intent["waiver"] for intent in intents[-2:]]


def test_no_setting_takes_the_implicit_label_off() -> None:
    """Every setting about labels is known here; a new one has to be looked at for this."""
    assert {
        *("producer", "propagator", "explicit", "pictures", "sounds", "unlabellable"),
        *("signing_key", "waivers"),
    } == set(dict(setting_models())[("label",)].model_fields)
