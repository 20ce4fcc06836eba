"""The written form: bytes that are JSON, that name their place, and that hash as published."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.records import (
    Delivered,
    FailureRecord,
    Final,
    HitRecord,
    Intent,
    Mark,
    Outcome,
    Record,
    Stopping,
    VerdictRecord,
)
from gateway.ledger.written import Sealed, body_bytes, chained, draft, month_of

VERDICT = VerdictRecord(
    "flag",
    (HitRecord("A.2.a", "IM Art. 4(2)", "model", "r", 0.6, 0.5, "flag"),),
    (FailureRecord("remote", "timeout"),),
    9,
    10,
)
RECORDS: list[Record] = [
    Intent("x", 5, "/v1", "chat", content=b"asked"),
    Delivered("x", 6, (Mark(0, "content", 3),), b"said"),
    Stopping("x", 7, "output", VERDICT),
    Final("x", 8, Outcome.COMPLETED, prompt=VERDICT, output=VERDICT),
]
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_of_a_record_is_written(record: Record) -> None:
    """A field that is added to a record and forgotten here would be lost silently."""
    written = orjson.loads(body_bytes(draft(record), 3, None))

    assert {field.name for field in fields(record)} <= set(written)
    assert (1, 3, "x", record.time_ms) == tuple(
        written[name] for name in ("v", "seq", "exchange", "time_ms")
    )


def test_a_verdict_is_written_whole() -> None:
    """Hits, failures and the count of what was scanned are all there."""
    verdict = orjson.loads(body_bytes(draft(RECORDS[2]), 1, None))["verdict"]

    assert "remote" == verdict["failures"][0]["detector"]
    assert (9, 10) == (verdict["scanned"], verdict["total"])
    assert {field.name for field in fields(HitRecord)} == set(verdict["hits"][0])


def test_content_is_named_by_its_ciphertext() -> None:
    """The body says which sealed bytes stand beside it, and never what they say."""
    body = body_bytes(draft(RECORDS[0]), 1, Sealed(7, b"sealed"))
    digest = hashlib.sha256(b"sealed").hexdigest()

    assert {"bytes": 5, "key": 7, "sha256": digest} == orjson.loads(body)["content"]
    assert b"asked" not in body


@given(model=texts, exchange=texts, content=st.binary())
def test_whatever_is_in_it_the_body_is_json(model: str, exchange: str, content: bytes) -> None:
    """Quotes, braces and line ends of a caller break nothing out of their field."""
    record = Intent(exchange, 0, "/v1", "chat", model=model, content=content)
    written = orjson.loads(body_bytes(draft(record), 1, Sealed(1, content)))

    assert (exchange, model) == (written["exchange"], written["model"])
    assert len(content) == written["content"]["bytes"]


def test_the_chain_runs_over_what_was_before() -> None:
    """Each link is SHA-256 over the previous link and the leaf."""
    assert hashlib.sha256(bytes(32) + b"leaf").digest() == chained(bytes(32), b"leaf")


@pytest.mark.parametrize(
    ("time_ms", "month"),
    [(0, "1970-01"), (1_764_547_199_999, "2025-11"), (1_764_547_200_000, "2025-12")],
)
def test_a_month_begins_and_ends_in_utc(time_ms: int, month: str) -> None:
    """The month of a data key does not depend on where the gateway stands."""
    assert month == month_of(time_ms)
